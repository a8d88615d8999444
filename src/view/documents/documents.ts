import * as vscode from 'vscode';
import { viewIds } from '../ids';
import { documentLinks, type LinkedText } from './linkedText';

export const inspectScheme = 'podgraph-inspect';
export const explainScheme = 'podgraph-explain';

/** Renders a document; undefined if its subject no longer exists. */
type RenderDocument = () => Promise<LinkedText | undefined>;

/** Read-only documents about nodes, with links that reveal them in the tree. */
export class NodeDocuments
  implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider, vscode.Disposable
{
  private readonly shown = new Map<string, { readonly render: RenderDocument; readonly content: LinkedText }>();
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

  /** Renders and opens a document; does nothing if its subject no longer exists. */
  async show(uri: vscode.Uri, render: RenderDocument): Promise<void> {
    if (!(await this.update(uri, render))) return;
    const document = await vscode.workspace.openTextDocument(uri);
    const viewColumn = isGraphActive() ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    await vscode.window.showTextDocument(document, { preview: true, viewColumn });
  }

  /** Renders an open document again; keeps its text if the subject no longer exists. */
  async refresh(uri: vscode.Uri): Promise<void> {
    const open = this.shown.get(uri.toString());
    if (open) await this.update(uri, open.render);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.shown.get(uri.toString())?.content.text ?? '';
  }

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    return documentLinks(document, this.shown.get(document.uri.toString())?.content);
  }

  dispose() {
    for (const disposable of this.disposables) disposable.dispose();
    this.shown.clear();
  }

  private async update(uri: vscode.Uri, render: RenderDocument): Promise<boolean> {
    const content = await render();
    if (!content) return false;
    this.shown.set(uri.toString(), { render, content });
    this.changed.fire(uri);
    return true;
  }
}

const [bell, escape, csi, terminator] = [0x07, 0x1b, 0x9b, 0x9c];
/** `ESC ]`, `ESC P`, `ESC X`, `ESC ^`, `ESC _`: a string follows, up to its terminator. */
const strings = new Set([0x5d, 0x50, 0x58, 0x5e, 0x5f]);
/** Control characters except tabs, bidirectional controls and line breaks. */
const invisible = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g;

/**
 * A log line without escape sequences and control characters; of text overwritten by carriage returns (a progress bar), only
 * the last part. Linear time.
 * @param keepsColors whether sequences that set colors and text styles remain
 */
export function printable(line: string, keepsColors = false): string {
  const text = line.slice(line.lastIndexOf('\r') + 1);
  if (!/[\u001b\u0080-\u009f]/.test(text)) return text.replace(invisible, '');
  let shown = '';
  let from = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    const end = code === escape ? afterEscape(text, at + 1) : code === csi ? afterCsi(text, at + 1) : undefined;
    if (end === undefined) {
      at++;
      continue;
    }
    shown += text.slice(from, at).replace(invisible, '');
    if (keepsColors && isColor(text, at, end)) shown += text.slice(at, end);
    from = at = end;
  }
  return shown + text.slice(from).replace(invisible, '');
}

/** `ESC [ parameters m` of bounded length: colors and text styles. */
function isColor(text: string, from: number, end: number): boolean {
  return end - from <= 40 && /^\u001b\[[\d;:]*m$/.test(text.slice(from, end));
}

function afterEscape(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code === 0x5b) return afterCsi(text, at + 1);
  if (strings.has(code)) return afterString(text, at + 1);
  const end = skip(text, at, 0x20, 0x2f);
  return isWithin(text, end, 0x30, 0x7e) ? end + 1 : end;
}

/** Parameters, intermediate characters and a final one. */
function afterCsi(text: string, at: number): number {
  const end = skip(text, skip(text, at, 0x30, 0x3f), 0x20, 0x2f);
  return isWithin(text, end, 0x40, 0x7e) ? end + 1 : end;
}

/** Another escape sequence also ends a string, so an unterminated one hides nothing after it. */
function afterString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === bell || code === terminator) return at + 1;
    if (code === escape) return text[at + 1] === '\\' ? at + 2 : at;
  }
  return text.length;
}

function skip(text: string, from: number, low: number, high: number): number {
  let at = from;
  while (isWithin(text, at, low, high)) at++;
  return at;
}

function isWithin(text: string, at: number, low: number, high: number): boolean {
  const code = text.charCodeAt(at);
  return code >= low && code <= high;
}

/** A document must not cover the graph that it was opened from. */
function isGraphActive(): boolean {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  // The editor prefixes the type.
  return input instanceof vscode.TabInputWebview && input.viewType.endsWith(viewIds.graph);
}
