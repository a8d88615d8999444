import * as vscode from 'vscode';

const scheme = 'podgraph-stale';

/** The resource of all tree items whose engine is away: it stands for their colour, and for nothing else. */
export const staleUri = vscode.Uri.from({ scheme, path: '/' });

/** Paints what was last seen of an engine in the colour of what is disabled. */
export function paintStale(): vscode.Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration: (uri) =>
      uri.scheme === scheme ? { color: new vscode.ThemeColor('disabledForeground') } : undefined,
  });
}
