import * as vscode from 'vscode';
import type { NodeKey } from '../../graph/model/model';
import { commandIds } from '../ids';
import { plainMessage } from '../text/format';
import type { NameOf } from '../text/plan';

/** A node's name in a document, or a command on the node. */
export interface NodeLink {
  readonly key: NodeKey;
  readonly command?: 'repair' | undefined;
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

/**
 * Renders a text and locates the node names in it: `nameOf` marks each name, `repairOf` the title of that command. The marks
 * are removed at the end.
 */
export function linkNodeNames(nameOf: NameOf, write: (nameOf: NameOf, repairOf: NameOf) => string): LinkedText {
  const links: Pick<NodeLink, 'key' | 'command'>[] = [];
  const mark = (title: string, link: Pick<NodeLink, 'key' | 'command'>) => {
    links.push(link);
    return plainMessage(`${open}${links.length - 1}${middle}${title.replace(marks, '')}${close}`);
  };
  const marked: NameOf = (key) => mark(nameOf(key), { key });
  const repairOf: NameOf = (key) => mark(vscode.l10n.t('Repair'), { key, command: 'repair' });
  const names: NodeLink[] = [];
  let text = '';
  for (const piece of write(marked, repairOf).split(open)) {
    const [, number, name, rest] = /^(\d+)\ue001([^\ue002]*)\ue002([^]*)$/.exec(piece) ?? [];
    const found = number === undefined ? undefined : links[Number(number)];
    if (found === undefined || name === undefined) {
      text += piece.replace(marks, '');
      continue;
    }
    names.push({ ...found, from: text.length, to: text.length + name.length });
    text += name + (rest ?? '');
  }
  return { text, names };
}

/** Links that reveal the nodes in the tree or run a command; none while the editor still shows another text. */
export function documentLinks(document: vscode.TextDocument, content: LinkedText | undefined): vscode.DocumentLink[] {
  if (!content || content.text !== document.getText().replaceAll('\r\n', '\n')) return [];
  return content.names.map(({ key, command, from, to }) => {
    const range = new vscode.Range(document.positionAt(from), document.positionAt(to));
    const argument = command === undefined ? key : { podgraphKeys: [key] };
    const link = new vscode.DocumentLink(range, commandUri(commandIds[command ?? 'reveal'], argument));
    link.tooltip = command === undefined ? vscode.l10n.t('Reveal in Podgraph') : vscode.l10n.t('Repair');
    return link;
  });
}

function commandUri(command: string, argument: unknown): vscode.Uri {
  return vscode.Uri.parse(`command:${command}?${encodeURIComponent(JSON.stringify([argument]))}`);
}
