import * as vscode from 'vscode';
import type { NodeKey } from '../../graph/model';
import { commandIds } from '../names';
import type { MarkedText } from './marked';

export const inspectScheme = 'podgraph-inspect';
export const explainScheme = 'podgraph-explain';

/** Writes a document anew; undefined where there is nothing to write about any more. */
export type Write = () => Promise<MarkedText | undefined>;

/** Documents about nodes: to read, search and copy, and not to change. Where they name a node, a click reveals it. */
export class NodeDocuments
  implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider, vscode.Disposable
{
  private readonly shown = new Map<string, { readonly write: Write; readonly written: MarkedText }>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly disposables: vscode.Disposable[];
  readonly onDidChange = this.changed.event;

  constructor() {
    const schemes = [inspectScheme, explainScheme];
    this.disposables = [
      ...schemes.map((scheme) => vscode.workspace.registerTextDocumentContentProvider(scheme, this)),
      vscode.languages.registerDocumentLinkProvider(
        schemes.map((scheme) => ({ scheme })),
        this,
      ),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => void this.shown.delete(uri.toString())),
      this.changed,
    ];
  }

  /** Writes a document, and shows it where there is something to show. */
  async show(uri: vscode.Uri, write: Write): Promise<void> {
    if (!(await this.take(uri, write))) return;
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  /** Writes a document anew. What is gone keeps its last text. */
  async refresh(uri: vscode.Uri): Promise<void> {
    const known = this.shown.get(uri.toString());
    if (known) await this.take(uri, known.write);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.shown.get(uri.toString())?.written.text ?? '';
  }

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    const written = this.shown.get(document.uri.toString())?.written;
    // The editor may still show the text before.
    if (!written || written.text !== document.getText().replaceAll('\r\n', '\n')) return [];
    return written.names.map(({ key, from, to }) => {
      const range = new vscode.Range(document.positionAt(from), document.positionAt(to));
      const link = new vscode.DocumentLink(range, revealing(key));
      link.tooltip = vscode.l10n.t('Reveal in Podgraph');
      return link;
    });
  }

  dispose() {
    for (const disposable of this.disposables) disposable.dispose();
    this.shown.clear();
  }

  private async take(uri: vscode.Uri, write: Write): Promise<boolean> {
    const written = await write();
    if (!written) return false;
    this.shown.set(uri.toString(), { write, written });
    this.changed.fire(uri);
    return true;
  }
}

function revealing(key: NodeKey): vscode.Uri {
  return vscode.Uri.parse(`command:${commandIds.reveal}?${encodeURIComponent(JSON.stringify([key]))}`);
}
