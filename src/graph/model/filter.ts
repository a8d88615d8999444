import type { ContainerGraph } from './graph';
import { labelOf } from './labels';
import type { GraphNode, NodeKey } from './model';

/** What one term of a filter asks of a node. */
export type FilterTerm =
  | { readonly kind: 'name' | 'state' | 'image' | 'pod'; readonly text: string }
  /** Without a value: whether the label is there at all. */
  | { readonly kind: 'label'; readonly name: string; readonly value: string | undefined };

/**
 * Words and labels must all fit, of several states, images or pods one must, and nothing that is refused may.
 * Everything but labels is compared without regard to case; names, images and pods by any part of them.
 */
export interface Filter {
  readonly include: readonly FilterTerm[];
  readonly exclude: readonly FilterTerm[];
}

/** States that containers and pods can have, as a filter names them. */
export const filterStates: readonly string[] = [
  'running',
  'exited',
  'created',
  'paused',
  'restarting',
  'stopping',
  'removing',
  'dead',
  'degraded',
  'empty',
  'unknown',
];

/** Of these, several in one filter are alternatives: nothing has two of them. */
const alternatives: readonly FilterTerm['kind'][] = ['state', 'image', 'pod'];

/**
 * Reads `web state:running label:app=shop image:nginx pod:shop -state:exited`. Quotes keep spaces together
 * (`label:"owner=the team"`); what has no key, or none that is known, is a word of the name.
 */
export function parseFilter(text: string): Filter {
  const include: FilterTerm[] = [];
  const exclude: FilterTerm[] = [];
  for (const word of tokenize(text)) {
    const isRefusal = word.startsWith('-') && word.length > 1;
    const term = termOf(isRefusal ? word.slice(1) : word);
    if (term) (isRefusal ? exclude : include).push(term);
  }
  return { include, exclude };
}

/** States that a filter names and that nothing ever has: most likely a slip of the pen. */
export function unknownStates({ include, exclude }: Filter): string[] {
  return [...include, ...exclude].flatMap((term) =>
    term.kind === 'state' && !filterStates.includes(term.text) ? [term.text] : [],
  );
}

/**
 * The nodes that a filter lets through. A pod's removal takes its members along, so a pod is shown only with all of them:
 * if each of them fits, or if it fits itself and the filter refuses none. Other members stand alone.
 */
export function applyFilter(graph: ContainerGraph, filter: Filter): Set<NodeKey> {
  const judge = toPredicate(filter);
  const podName = (node: GraphNode) =>
    node.kind === 'pod' ? node.name : node.pod ? (graph.get(node.pod)?.name ?? node.podName) : undefined;
  const chosen = new Set<NodeKey>();
  for (const node of graph.nodes.values())
    if (node.kind === 'container' && judge.fits(node, podName(node))) chosen.add(node.key);
  for (const pod of graph.nodes.values()) {
    if (pod.kind !== 'pod') continue;
    const members = graph.membersOf(pod.key);
    const all = members.length > 0 && members.every(({ key }) => chosen.has(key));
    const itself = judge.fits(pod, pod.name) && !members.some((member) => judge.refuses(member, pod.name));
    if (!all && !itself) continue;
    chosen.add(pod.key);
    for (const { key } of members) chosen.add(key);
  }
  return chosen;
}

function toPredicate({ include, exclude }: Filter) {
  const must = include.filter(({ kind }) => !alternatives.includes(kind));
  const choices = alternatives
    .map((kind) => include.filter((term) => term.kind === kind))
    .filter((terms) => terms.length > 0);
  const refuses = (node: GraphNode, pod: string | undefined) => exclude.some((term) => matches(term, node, pod));
  const fits = (node: GraphNode, pod: string | undefined) =>
    must.every((term) => matches(term, node, pod)) &&
    choices.every((terms) => terms.some((term) => matches(term, node, pod))) &&
    !refuses(node, pod);
  return { fits, refuses };
}

function matches(term: FilterTerm, node: GraphNode, pod: string | undefined): boolean {
  switch (term.kind) {
    case 'name':
      return node.name.toLowerCase().includes(term.text);
    case 'state':
      return node.state === term.text;
    case 'image':
      return node.kind === 'container' && node.image.toLowerCase().includes(term.text);
    case 'pod':
      return pod?.toLowerCase().includes(term.text) ?? false;
    case 'label': {
      const value = labelOf(node.labels, term.name);
      return value !== undefined && (term.value === undefined || value === term.value);
    }
  }
}

function termOf(word: string): FilterTerm | undefined {
  const colon = word.indexOf(':');
  const [key, rest] = [word.slice(0, colon).toLowerCase(), word.slice(colon + 1)];
  switch (colon > 0 ? key : '') {
    case 'state':
    case 'image':
    case 'pod':
    case 'name':
      return rest ? { kind: key as 'name', text: rest.toLowerCase() } : undefined;
    case 'label': {
      const equals = rest.indexOf('=');
      const name = equals < 0 ? rest : rest.slice(0, equals);
      return name ? { kind: 'label', name, value: equals < 0 ? undefined : rest.slice(equals + 1) } : undefined;
    }
    default:
      return { kind: 'name', text: word.toLowerCase() };
  }
}

/** Parts at spaces, but for those between quotes; an open quote reaches to the end. */
function tokenize(text: string): string[] {
  const message: string[] = [];
  let word = '';
  let quoted = false;
  for (const char of text) {
    if (char === '"') quoted = !quoted;
    else if (quoted || !/\s/.test(char)) word += char;
    else {
      if (word) message.push(word);
      word = '';
    }
  }
  if (word) message.push(word);
  return message;
}
