import * as vscode from 'vscode';
import type { NodeKey } from '../../graph/model/model';
import { commandIds } from '../ids';
import { plainMessage } from '../text/format';
import type { NameOf } from '../text/plan';

/** Where a text names a node. */
export interface NodeLink {
  readonly key: NodeKey;
  /** From and to, in characters from the text's beginning. */
  readonly from: number;
  readonly to: number;
}

export interface LinkedText {
  readonly text: string;
  readonly names: readonly NodeLink[];
}

// Of Unicode's private use area: no words hold them, and names are rid of them.
const open = '\ue000';
const middle = '\ue001';
const close = '\ue002';
const marks = /[\ue000-\ue002]/g;

/**
 * Writes a text of sentences about nodes and tells where it names which: names are marked when they are given out, travel
 * through any wording or translation, and the marks are taken out at the end.
 */
export function linkNodeNames(nameOf: NameOf, write: (nameOf: NameOf) => string): LinkedText {
  const keys: NodeKey[] = [];
  const marked: NameOf = (key) => {
    keys.push(key);
    return plainMessage(`${open}${keys.length - 1}${middle}${nameOf(key).replace(marks, '')}${close}`);
  };
  const names: NodeLink[] = [];
  let text = '';
  for (const piece of write(marked).split(open)) {
    const [, number, name, rest] = /^(\d+)\ue001([^\ue002]*)\ue002([^]*)$/.exec(piece) ?? [];
    const key = number === undefined ? undefined : keys[Number(number)];
    if (key === undefined || name === undefined) {
      text += piece.replace(marks, '');
      continue;
    }
    names.push({ key, from: text.length, to: text.length + name.length });
    text += name + (rest ?? '');
  }
  return { text, names };
}

export const inspectScheme = 'podgraph-inspect';
export const explainScheme = 'podgraph-explain';

/** Writes a document anew; undefined where there is nothing to write about any more. */
type RenderDocument = () => Promise<LinkedText | undefined>;

/** Documents about nodes: to read, search and copy, and not to change. Where they name a node, a click reveals it. */
export class NodeDocuments
  implements vscode.TextDocumentContentProvider, vscode.DocumentLinkProvider, vscode.Disposable
{
  private readonly shown = new Map<string, { readonly write: RenderDocument; readonly written: LinkedText }>();
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
  async show(uri: vscode.Uri, write: RenderDocument): Promise<void> {
    if (!(await this.update(uri, write))) return;
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  /** Writes a document anew. What is gone keeps its last text. */
  async refresh(uri: vscode.Uri): Promise<void> {
    const knownNodes = this.shown.get(uri.toString());
    if (knownNodes) await this.update(uri, knownNodes.write);
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
      const link = new vscode.DocumentLink(range, revealUri(key));
      link.tooltip = vscode.l10n.t('Reveal in Podgraph');
      return link;
    });
  }

  dispose() {
    for (const disposable of this.disposables) disposable.dispose();
    this.shown.clear();
  }

  private async update(uri: vscode.Uri, write: RenderDocument): Promise<boolean> {
    const written = await write();
    if (!written) return false;
    this.shown.set(uri.toString(), { write, written });
    this.changed.fire(uri);
    return true;
  }
}

function revealUri(key: NodeKey): vscode.Uri {
  return vscode.Uri.parse(`command:${commandIds.reveal}?${encodeURIComponent(JSON.stringify([key]))}`);
}

const [bell, escape, csi, terminator] = [0x07, 0x1b, 0x9b, 0x9c];
/** `ESC ]`, `ESC P`, `ESC X`, `ESC ^`, `ESC _`: a string follows, up to its terminator. */
const strings = new Set([0x5d, 0x50, 0x58, 0x5e, 0x5f]);
/** What is left beside escape sequences: control characters but for tabs, bidirectional controls and line breaks. */
const invisible = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g;

/**
 * A line of a container's log as text: without escape sequences and control characters; of a line that was written over (a
 * progress bar), only what was written last. One pass from left to right, whatever the line holds.
 */
export function printable(line: string): string {
  const text = line.slice(line.lastIndexOf('\r') + 1);
  if (!/[\u001b\u0080-\u009f]/.test(text)) return text.replace(invisible, '');
  let shown = '';
  let from = 0;
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    const end = code === escape ? afterEscape(text, at + 1) : code === csi ? afterCsi(text, at + 1) : undefined;
    if (end === undefined) at++;
    else {
      shown += text.slice(from, at);
      from = at = end;
    }
  }
  return (shown + text.slice(from)).replace(invisible, '');
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

/** Another escape sequence ends a string as well: one without an end hides nothing that follows it. */
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
