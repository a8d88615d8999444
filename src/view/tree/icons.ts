import * as vscode from 'vscode';
import type { ContainerState, GraphNode, PodState } from '../../graph/model/model';
import type { OperationPhase } from '../../service/service';

/** Ids of a codicon and of its theme color. */
export interface Icon {
  readonly id: string;
  readonly color: string | undefined;
}

const green = 'charts.green';
const yellow = 'charts.yellow';
const gray = 'disabledForeground';

export const engineIcon = (isConnected: boolean, isDemo = false): Icon =>
  isDemo
    ? { id: 'beaker', color: undefined }
    : isConnected
      ? { id: 'server', color: undefined }
      : { id: 'debug-disconnect', color: 'list.warningForeground' };

export const groupIcon: Icon = { id: 'layers', color: undefined };
export const chunkIcon: Icon = { id: 'list-flat', color: undefined };
export const cycleIcon: Icon = { id: 'debug-restart', color: gray };
export const otherWindowIcon: Icon = { id: 'multiple-windows', color: gray };
export const failedIcon: Icon = { id: 'error', color: 'list.errorForeground' };

export const dimmed = (icon: Icon): Icon => ({ ...icon, color: gray });

export function operationIcon(phase: OperationPhase): Icon {
  switch (phase) {
    case 'waiting':
    case 'waitingForPermit':
      return { id: 'watch', color: gray };
    case 'stopping':
      return { id: 'color-mode', color: yellow };
    case 'removing':
    case 'starting':
    case 'restarting':
    case 'pausing':
    case 'resuming':
    case 'killing':
    case 'retrying':
      return { id: 'loading~spin', color: undefined };
  }
}

export function nodeIcon(node: GraphNode, isProtected: boolean): Icon {
  const icon = stateIcon(node);
  return isProtected ? { ...icon, id: 'shield' } : icon;
}

function stateIcon(node: GraphNode): Icon {
  if (node.kind === 'pod') return { id: 'package', color: podColor(node.state) };
  return node.unlisted ? { id: 'question', color: gray } : containerIcon(node.state);
}

function podColor(state: PodState): string {
  switch (state) {
    case 'running':
      return green;
    case 'degraded':
    case 'paused':
      return yellow;
    case 'empty':
    case 'created':
    case 'exited':
      return gray;
  }
}

function containerIcon(state: ContainerState): Icon {
  switch (state) {
    case 'running':
      return { id: 'circle-large-filled', color: green };
    case 'paused':
      return { id: 'debug-pause', color: yellow };
    case 'restarting':
      return { id: 'sync', color: yellow };
    case 'stopping':
      return { id: 'color-mode', color: yellow };
    case 'removing':
      return { id: 'loading~spin', color: undefined };
    case 'dead':
    case 'unknown':
      return { id: 'warning', color: 'list.warningForeground' };
    case 'created':
    case 'exited':
      return { id: 'circle-large-outline', color: gray };
  }
}

const scheme = 'podgraph-stale';

/** Resource of every tree item whose engine is disconnected; it only selects the decoration below. */
export const staleUri = vscode.Uri.from({ scheme, path: '/' });

/** Dims the items of disconnected engines. */
export function registerStaleDecoration(): vscode.Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration: (uri) =>
      uri.scheme === scheme ? { color: new vscode.ThemeColor('disabledForeground') } : undefined,
  });
}
