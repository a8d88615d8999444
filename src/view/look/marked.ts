import type { NodeKey } from '../../graph/model';
import { plainMessage } from '../words/plainText';
import type { NameOf } from '../words/plan';

/** Where a text names a node. */
export interface NamedAt {
  readonly key: NodeKey;
  /** From and to, in characters from the text's beginning. */
  readonly from: number;
  readonly to: number;
}

export interface MarkedText {
  readonly text: string;
  readonly names: readonly NamedAt[];
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
export function markNames(nameOf: NameOf, write: (nameOf: NameOf) => string): MarkedText {
  const keys: NodeKey[] = [];
  const marked: NameOf = (key) => {
    keys.push(key);
    return plainMessage(`${open}${keys.length - 1}${middle}${nameOf(key).replace(marks, '')}${close}`);
  };
  const names: NamedAt[] = [];
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
