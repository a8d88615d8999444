import type { ContainerGraph } from '../../graph/graph';
import { labelOf } from '../../graph/labels';
import type { EngineId, GraphNode, NodeKey } from '../../graph/model';
import { engineOf } from '../../graph/model';

/** By what the top of the tree is ordered. */
export type Grouping =
  { readonly by: 'dependency' | 'state' | 'project' } | { readonly by: 'label'; readonly label: string };

/** Nodes of one engine that stand under one item. */
export interface NodeGroup {
  readonly id: string;
  readonly engine: EngineId;
  readonly by: 'project' | 'state' | 'label';
  /** The project, the state, the label's value; empty for those that have none. */
  readonly name: string;
  /** All pods and loose containers of the group. */
  readonly nodes: readonly NodeKey[];
  /** Those of them that stand directly under the group; the others stand under these. */
  readonly entries: readonly NodeKey[];
}

/** Of what people look for most, first. */
const states = ['running', 'degraded', 'paused', 'restarting', 'stopping', 'removing', 'dead', 'exited', 'created'];

/** docker compose and podman-compose (which sets both) label what they create with the project's name. */
function projectOf(node: GraphNode): string | undefined {
  return labelOf(node.labels, 'com.docker.compose.project') ?? labelOf(node.labels, 'io.podman.compose.project');
}

/** What a node has of that by which is grouped; a pod without a label of its own has what all its members have. */
function nameIn(graph: ContainerGraph, node: GraphNode, grouping: Grouping): string | undefined {
  if (grouping.by === 'state') return node.state;
  const own = grouping.by === 'label' ? (one: GraphNode) => labelOf(one.labels, grouping.label) : projectOf;
  if (node.kind === 'container') return own(node);
  const [first, ...others] = graph.membersOf(node.key).map(own);
  return own(node) ?? (others.every((name) => name === first) ? first : undefined);
}

/**
 * The groups of a graph. By dependency only compose projects are one, and only where a group says more than the one pod in
 * it; by anything else every pod and every loose container is in one.
 *
 * @param isLoose whether a node stands in no shown pod
 * @param entriesOf which nodes of a group stand directly under it
 */
export function groupsOf(
  graph: ContainerGraph,
  grouping: Grouping,
  isLoose: (node: GraphNode) => boolean,
  entriesOf: (nodes: readonly NodeKey[]) => readonly NodeKey[],
): NodeGroup[] {
  const isWhole = grouping.by !== 'dependency';
  const by = grouping.by === 'dependency' ? 'project' : grouping.by;
  const found = new Map<string, { engine: EngineId; name: string; nodes: NodeKey[] }>();
  for (const node of graph.nodes.values()) {
    if (!isLoose(node)) continue;
    const name = nameIn(graph, node, grouping) ?? '';
    if (!name && !isWhole) continue;
    const engine = engineOf(node.key);
    const id = groupId(engine, by, name);
    const known = found.get(id);
    if (known) known.nodes.push(node.key);
    else found.set(id, { engine, name, nodes: [node.key] });
  }
  return [...found].flatMap(([id, { engine, name, nodes }]) => {
    // podman-compose puts a whole project into one pod: a group around that pod alone would say nothing.
    const saysNothing = !isWhole && nodes.length === 1 && graph.get(nodes[0] as NodeKey)?.kind === 'pod';
    return saysNothing ? [] : [{ id, engine, by, name, nodes, entries: entriesOf(nodes) }];
  });
}

function groupId(engine: EngineId, by: NodeGroup['by'], name: string): string {
  return by === 'project' && name ? `${engine}/group/${name}` : `${engine}/by-${by}/${name}`;
}

/** What has no name in the grouping stands last. */
export function compareGroups(a: NodeGroup, b: NodeGroup, byName: (a: string, b: string) => number): number {
  if (!a.name || !b.name) return (a.name ? 0 : 1) - (b.name ? 0 : 1);
  if (a.by !== 'state') return byName(a.name, b.name);
  const rank = (name: string) => (states.includes(name) ? states.indexOf(name) : states.length);
  return rank(a.name) - rank(b.name) || byName(a.name, b.name);
}
