import * as vscode from 'vscode';
import type { ContainerState, GraphNode, PodState } from '../../graph/model/model';
import type { OperationPhase } from '../../service/service';

/** A theme icon by its ids: codicon, and the theme colour it is painted in. */
export interface Icon {
  readonly id: string;
  readonly color: string | undefined;
}

const green = 'charts.green';
const yellow = 'charts.yellow';
const grey = 'disabledForeground';

export const engineIcon = (answers: boolean): Icon =>
  answers ? { id: 'server', color: undefined } : { id: 'debug-disconnect', color: 'list.warningForeground' };

export const groupIcon: Icon = { id: 'layers', color: undefined };
export const blockIcon: Icon = { id: 'list-flat', color: undefined };
export const cycleIcon: Icon = { id: 'debug-restart', color: grey };
export const otherWindowIcon: Icon = { id: 'multiple-windows', color: grey };
export const failedIcon: Icon = { id: 'error', color: 'list.errorForeground' };

export const dimmed = (icon: Icon): Icon => ({ ...icon, color: grey });

export function operationIcon(phase: OperationPhase): Icon {
  switch (phase) {
    case 'waiting':
    case 'waitingForPermit':
      return { id: 'watch', color: grey };
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

/** Protected ones bear a shield in the colour of their state. */
export function nodeIcon(node: GraphNode, isProtected: boolean): Icon {
  const usual = stateIcon(node);
  return isProtected ? { ...usual, id: 'shield' } : usual;
}

function stateIcon(node: GraphNode): Icon {
  if (node.kind === 'pod') return { id: 'package', color: podColor(node.state) };
  return node.unlisted ? { id: 'question', color: grey } : containerIcon(node.state);
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
      return grey;
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
      return { id: 'circle-large-outline', color: grey };
  }
}

const scheme = 'podgraph-stale';

/** The resource of all tree items whose engine is away: it stands for their colour, and for nothing else. */
export const staleUri = vscode.Uri.from({ scheme, path: '/' });

/** Paints what was last seen of an engine in the colour of what is disabled. */
export function registerStaleDecoration(): vscode.Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration: (uri) =>
      uri.scheme === scheme ? { color: new vscode.ThemeColor('disabledForeground') } : undefined,
  });
}
