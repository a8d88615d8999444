import * as vscode from 'vscode';
import type { NodeKey } from '../../graph/model/model';
import { commandIds } from '../ids';
import { plainMessage } from '../text/format';
import type { NameOf } from '../text/plan';

/** A node's name in a document. */
export interface NodeLink {
  readonly key: NodeKey;
  /** Character offsets in the text. */
  readonly from: number;
  readonly to: number;
}

export interface LinkedText {
  readonly text: string;
  readonly names: readonly NodeLink[];
}

// From Unicode's private use area: no text contains them, and they are removed from names.
const open = '\ue000';
const middle = '\ue001';
const close = '\ue002';
const marks = /[\ue000-\ue002]/g;

/** Renders a text and locates the node names in it: `nameOf` marks each name, and the marks are removed at the end. */
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

/** Links that reveal the nodes in the tree; none while the editor still shows another text. */
export function documentLinks(document: vscode.TextDocument, content: LinkedText | undefined): vscode.DocumentLink[] {
  if (!content || content.text !== document.getText().replaceAll('\r\n', '\n')) return [];
  return content.names.map(({ key, from, to }) => {
    const range = new vscode.Range(document.positionAt(from), document.positionAt(to));
    const link = new vscode.DocumentLink(range, revealUri(key));
    link.tooltip = vscode.l10n.t('Reveal in Podgraph');
    return link;
  });
}

function revealUri(key: NodeKey): vscode.Uri {
  return vscode.Uri.parse(`command:${commandIds.reveal}?${encodeURIComponent(JSON.stringify([key]))}`);
}
