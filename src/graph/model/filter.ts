import type { ContainerGraph } from './graph';
import { labelOf } from './labels';
import { namespaceProblem, type NamespaceProblemKind } from './namespaceState';
import { type GraphNode, hasFailed, healthStates, isActive, type NodeKey } from './model';

/** One condition of a filter. */
type FilterTerm =
  | { readonly kind: 'name' | 'state' | 'health' | 'image' | 'pod'; readonly text: string }
  /** Without a value: the label exists. */
  | { readonly kind: 'label'; readonly name: string; readonly value: string | undefined };

/**
 * All names and labels must match, one of several states, images or pods, and no excluded term.
 * Case-insensitive except for labels; names, images and pods match by substring.
 */
export interface Filter {
  readonly include: readonly FilterTerm[];
  readonly exclude: readonly FilterTerm[];
}

/** The terms for namespace problems in a filter. */
const problemStates: ReadonlyMap<string, NamespaceProblemKind> = new Map([
  ['detached', 'detached'],
  ['orphaned', 'orphaned'],
  ['left down', 'leftDown'],
]);

/**
 * All states of containers and pods, namespace problems, and `failed`: exited with an error, dead, in a restart loop or with
 * a failed systemd unit.
 */
export const filterStates: readonly string[] = [
  'failed',
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
  ...problemStates.keys(),
];

/** The results of health checks, and `none` for containers that run without one. */
const filterHealth: readonly string[] = [...healthStates, 'none'];

/** Terms of these kinds are alternatives: a node has only one state, image and pod. */
const alternatives: readonly FilterTerm['kind'][] = ['state', 'health', 'image', 'pod'];

/**
 * Parses `web state:running health:unhealthy label:app=shop image:nginx pod:shop -state:exited`. Quotes allow spaces
 * (`label:"owner=the team"`). A term without a known key matches the name.
 */
export function parseFilter(text: string): Filter {
  const include: FilterTerm[] = [];
  const exclude: FilterTerm[] = [];
  for (const token of tokenize(text)) {
    const isExcluded = token.startsWith('-') && token.length > 1;
    const term = parseTerm(isExcluded ? token.slice(1) : token);
    if (term) (isExcluded ? exclude : include).push(term);
  }
  return { include, exclude };
}

/** States in a filter that no node can have: probably typing errors. */
export function unknownStates({ include, exclude }: Filter): string[] {
  return [...include, ...exclude].flatMap((term) =>
    (term.kind === 'state' && !filterStates.includes(term.text)) ||
    (term.kind === 'health' && !filterHealth.includes(term.text))
      ? [term.text]
      : [],
  );
}

/**
 * The matching nodes. A removal of a pod removes its members, so a pod is included only with all of them: if all match,
 * or if the pod matches and no member is excluded. Otherwise matching members are included without their pod.
 */
export function applyFilter(graph: ContainerGraph, filter: Filter): Set<NodeKey> {
  const predicate = toPredicate(graph, filter);
  const podName = (node: GraphNode) =>
    node.kind === 'pod' ? node.name : node.pod ? (graph.get(node.pod)?.name ?? node.podName) : undefined;
  const included = new Set<NodeKey>();
  for (const node of graph.nodes.values())
    if (node.kind === 'container' && predicate.matchesAll(node, podName(node))) included.add(node.key);
  for (const pod of graph.nodes.values()) {
    if (pod.kind !== 'pod') continue;
    const members = graph.membersOf(pod.key);
    const all = members.length > 0 && members.every(({ key }) => included.has(key));
    const itself =
      predicate.matchesAll(pod, pod.name) && !members.some((member) => predicate.isExcluded(member, pod.name));
    if (!all && !itself) continue;
    included.add(pod.key);
    for (const { key } of members) included.add(key);
  }
  return included;
}

/** Shown around the matches: their dependencies, pods and direct dependents, as far as these don't match. */
export function contextOf(graph: ContainerGraph, matches: ReadonlySet<NodeKey>): Set<NodeKey> {
  const found = new Set(matches);
  for (const key of found) {
    for (const { to } of graph.dependencies(key)) found.add(to);
    const pod = graph.container(key)?.pod;
    if (pod && graph.get(pod)) found.add(pod);
  }
  for (const key of matches) for (const { from } of graph.dependents(key)) found.add(from);
  for (const key of matches) found.delete(key);
  return found;
}

function toPredicate(graph: ContainerGraph, { include, exclude }: Filter) {
  const matches = (term: FilterTerm, node: GraphNode, pod: string | undefined) => matchesTerm(graph, term, node, pod);
  const required = include.filter(({ kind }) => !alternatives.includes(kind));
  const choices = alternatives
    .map((kind) => include.filter((term) => term.kind === kind))
    .filter((terms) => terms.length > 0);
  const isExcluded = (node: GraphNode, pod: string | undefined) => exclude.some((term) => matches(term, node, pod));
  const matchesAll = (node: GraphNode, pod: string | undefined) =>
    required.every((term) => matches(term, node, pod)) &&
    choices.every((terms) => terms.some((term) => matches(term, node, pod))) &&
    !isExcluded(node, pod);
  return { matchesAll, isExcluded };
}

function matchesTerm(graph: ContainerGraph, term: FilterTerm, node: GraphNode, pod: string | undefined): boolean {
  switch (term.kind) {
    case 'name':
      return node.name.toLowerCase().includes(term.text);
    case 'state': {
      const problem = problemStates.get(term.text);
      if (problem) return namespaceProblem(graph, node)?.kind === problem;
      if (term.text !== 'failed') return node.state === term.text;
      return node.kind === 'container' ? hasFailed(node) : (node.systemdUnit?.hasFailed ?? false);
    }
    case 'health':
      return node.kind === 'container' && isActive(node.state) && (node.health ?? 'none') === term.text;
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

function parseTerm(token: string): FilterTerm | undefined {
  const colon = token.indexOf(':');
  const [key, rest] = [token.slice(0, colon).toLowerCase(), token.slice(colon + 1)];
  switch (colon > 0 ? key : '') {
    case 'state':
    case 'health':
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
      return { kind: 'name', text: token.toLowerCase() };
  }
}

/** Splits at spaces outside of quotes; an unclosed quote extends to the end. */
function tokenize(text: string): string[] {
  const tokens: string[] = [];
  let token = '';
  let quoted = false;
  for (const char of text) {
    if (char === '"') quoted = !quoted;
    else if (quoted || !/\s/.test(char)) token += char;
    else {
      if (token) tokens.push(token);
      token = '';
    }
  }
  if (token) tokens.push(token);
  return tokens;
}
