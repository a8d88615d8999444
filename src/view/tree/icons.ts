import * as vscode from 'vscode';
import { codicons, type Shape, type Tone } from '../nodeShape';

/** Ids of a codicon and of its theme color. */
export interface TreeIcon {
  readonly id: string;
  readonly color: string | undefined;
}

const gray = 'disabledForeground';

export const engineIcon = (isConnected: boolean, isDemo = false): TreeIcon =>
  isDemo
    ? { id: 'beaker', color: undefined }
    : isConnected
      ? { id: 'server', color: undefined }
      : { id: 'debug-disconnect', color: 'list.warningForeground' };

export const chunkIcon: TreeIcon = { id: 'list-flat', color: undefined };
export const cycleIcon: TreeIcon = { id: 'debug-restart', color: gray };

export const dimmed = (icon: TreeIcon): TreeIcon => ({ ...icon, color: gray });

const colors: Readonly<Record<Tone, string>> = {
  good: 'charts.green',
  warn: 'charts.yellow',
  bad: 'list.errorForeground',
  muted: gray,
};

export function shapeIcon(shape: Shape, tone: Tone): TreeIcon {
  return { id: codicons[shape], color: colors[tone] };
}

/** Replaces the icon of a protected node. */
export function shieldIcon(tone: Tone): TreeIcon {
  return { id: 'shield', color: colors[tone] };
}

const scheme = 'podgraph-dimmed';

/** Resource of every dimmed tree item; it only selects the decoration below. */
export const dimmedUri = vscode.Uri.from({ scheme, path: '/' });

/** Dims the labels of items of disconnected engines and of those that a filter shows only as context. */
export function registerDimmedDecoration(): vscode.Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration: (uri) =>
      uri.scheme === scheme ? { color: new vscode.ThemeColor('disabledForeground') } : undefined,
  });
}
