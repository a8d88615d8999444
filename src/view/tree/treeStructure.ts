import type { ContainerGraph } from '../../graph/model/graph';
import { labelOf } from '../../graph/model/labels';
import { type EngineId, engineOf, type GraphNode, type NodeKey } from '../../graph/model/model';
import { stronglyConnectedComponents } from '../../graph/model/scc';
import { compareNatural, sortKey } from './treeElement';

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
function groupNameOf(graph: ContainerGraph, node: GraphNode, grouping: Grouping): string | undefined {
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
export function buildGroups(
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
    const name = groupNameOf(graph, node, grouping) ?? '';
    if (!name && !isWhole) continue;
    const engine = engineOf(node.key);
    const id = groupId(engine, by, name);
    const knownNodes = found.get(id);
    if (knownNodes) knownNodes.nodes.push(node.key);
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
function compareGroups(a: NodeGroup, b: NodeGroup, byName: (a: string, b: string) => number): number {
  if (!a.name || !b.name) return (a.name ? 0 : 1) - (b.name ? 0 : 1);
  if (a.by !== 'state') return byName(a.name, b.name);
  const rank = (name: string) => (states.includes(name) ? states.indexOf(name) : states.length);
  return rank(a.name) - rank(b.name) || byName(a.name, b.name);
}

/** What stands at the top of an engine's part of the tree. */
export type TopEntry = NodeGroup | NodeKey;

const byName = (a: string, b: string) => (sortKey(a) < sortKey(b) ? -1 : 1);

/** How the nodes of a graph are to be laid out. */
export interface TreeOptions {
  /** The nodes that are shown; all of them when undefined. */
  readonly visible?: ReadonlySet<NodeKey> | undefined;
  readonly grouping?: Grouping | undefined;
}

/**
 * Where each shown node of a graph stands in the tree: under its pod, under everything that it needs, in its group, or at
 * the top. A member that needs another member of its pod stands under that one only. Every node can be reached from the
 * top without passing any node twice: of a cycle that nothing leads to, one node stands in front. Built in time linear in
 * nodes and edges, but for sorting by name.
 */
export class TreeStructure {
  private readonly entriesInPods = new Set<NodeKey>();
  private readonly groupOfEntry = new Map<NodeKey, NodeGroup>();
  private readonly tops = new Map<EngineId, readonly TopEntry[]>();
  private readonly groupsById = new Map<string, NodeGroup>();
  /** Long rows of children in their order: blocks of them are asked for one by one. */
  private readonly largeLevels = new Map<NodeKey, readonly NodeKey[]>();
  private readonly visible: ReadonlySet<NodeKey> | undefined;

  private current: ContainerGraph;

  constructor(graph: ContainerGraph, { visible, grouping = { by: 'dependency' } }: TreeOptions = {}) {
    this.current = graph;
    this.visible = visible;
    for (const node of graph.nodes.values())
      if (node.kind === 'pod' && this.isVisible(node.key)) this.buildPod(node.key);
    const isLoose = (node: GraphNode) =>
      this.isVisible(node.key) && (node.kind === 'pod' || node.pod === undefined || !this.isVisible(node.pod));
    for (const group of buildGroups(graph, grouping, isLoose, (nodes) => this.sorted(this.entriesWithin(nodes)))) {
      this.groupsById.set(group.id, group);
      for (const key of group.entries) this.groupOfEntry.set(key, group);
    }
    this.buildTopLevel();
  }

  get graph(): ContainerGraph {
    return this.current;
  }

  /** Takes over a graph of the same structure, in which nodes have other states. */
  update(graph: ContainerGraph) {
    this.current = graph;
  }

  isVisible(key: NodeKey): boolean {
    return this.visible?.has(key) ?? true;
  }

  /** Groups first, then pods, then containers, each by name. */
  top(engine: EngineId): readonly TopEntry[] {
    return this.tops.get(engine) ?? [];
  }

  group(id: string): NodeGroup | undefined {
    return this.groupsById.get(id);
  }

  hasChildren(key: NodeKey): boolean {
    return this.graph.dependents(key).some((edge) => this.isParent(edge.from, key));
  }

  childrenOf(key: NodeKey): readonly NodeKey[] {
    const knownNodes = this.largeLevels.get(key);
    if (knownNodes) return knownNodes;
    const children = this.graph.dependents(key).flatMap((edge) => (this.isParent(edge.from, key) ? [edge.from] : []));
    const sorted = this.sorted(children);
    if (sorted.length > 100) this.largeLevels.set(key, sorted);
    return sorted;
  }

  /** The shown nodes under which a node is shown. */
  parentsOf(key: NodeKey): readonly NodeKey[] {
    return this.graph.dependencies(key).flatMap((edge) => (this.isParent(key, edge.to) ? [edge.to] : []));
  }

  /** The group in which a node stands directly. */
  groupOf(key: NodeKey): NodeGroup | undefined {
    return this.groupOfEntry.get(key);
  }

  private isParent(key: NodeKey, parent: NodeKey): boolean {
    if (this.visible && !(this.visible.has(key) && this.visible.has(parent))) return false;
    return this.graph.container(key)?.pod !== parent || this.entriesInPods.has(key);
  }

  private buildPod(pod: NodeKey) {
    const members = this.graph.membersOf(pod).map((member) => member.key);
    for (const key of this.entriesWithin(members)) this.entriesInPods.add(key);
  }

  /** The nodes of a set that need no other of it, and the first of each cycle within it that needs nothing else of it. */
  private entriesWithin(keys: readonly NodeKey[]): NodeKey[] {
    const within = new Set(keys);
    const parents = (key: NodeKey) =>
      this.graph.dependencies(key).flatMap((edge) => (within.has(edge.to) && edge.to !== key ? [edge.to] : []));
    return this.roots(keys, parents, () => false);
  }

  private buildTopLevel() {
    const above = (key: NodeKey) => this.parentsOf(key).filter((parent) => parent !== key);
    const shown = [...this.graph.nodes.keys()].filter((key) => this.isVisible(key));
    const found = this.roots(shown, above, (key) => this.groupOfEntry.has(key));
    const tops = new Map<EngineId, NodeKey[]>();
    for (const key of found) push(tops, engineOf(key), key);
    const groups = new Map<EngineId, NodeGroup[]>();
    for (const group of this.groupsById.values()) push(groups, group.engine, group);
    for (const engine of new Set([...tops.keys(), ...groups.keys()])) {
      const own = (groups.get(engine) ?? []).sort((a, b) => compareGroups(a, b, byName));
      this.tops.set(engine, [...own, ...this.sorted(tops.get(engine) ?? [])]);
    }
  }

  /** One node of each connected part that no other part leads to; parts that have a place already are left out. */
  private roots(
    keys: readonly NodeKey[],
    parents: (key: NodeKey) => readonly NodeKey[],
    hasPlace: (key: NodeKey) => boolean,
  ): NodeKey[] {
    const sources = keys.filter((key) => parents(key).length === 0);
    if (sources.length === keys.length) return sources.filter((key) => !hasPlace(key));
    const rest = this.unreachableFromRoots(keys, sources);
    const ofCycles = stronglyConnectedComponents(rest, parents).flatMap((part) => {
      const own = new Set(part);
      const isSource = part.every((key) => !hasPlace(key) && parents(key).every((parent) => own.has(parent)));
      return isSource ? this.sorted(part).slice(0, 1) : [];
    });
    return [...sources.filter((key) => !hasPlace(key)), ...ofCycles];
  }

  /** Those of the keys to which nothing leads down from the sources: most often none, for they hang on a cycle. */
  private unreachableFromRoots(keys: readonly NodeKey[], sources: readonly NodeKey[]): NodeKey[] {
    const { indexOf, nodes, predecessors } = this.graph.numbered;
    const unreached = new Uint8Array(nodes.length);
    for (const key of keys) unreached[indexOf.get(key) as number] = 1;
    const open = sources.map((key) => indexOf.get(key) as number);
    for (const number of open) unreached[number] = 0;
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      for (let at = predecessors.offsets[number] as number; at < (predecessors.offsets[number + 1] as number); at++) {
        const from = predecessors.targets[at] as number;
        if (unreached[from] === 0) continue;
        unreached[from] = 0;
        open.push(from);
      }
    }
    return keys.filter((key) => unreached[indexOf.get(key) as number] === 1);
  }

  private sorted(keys: readonly NodeKey[]): NodeKey[] {
    if (keys.length < 2) return [...keys];
    return compareNatural(keys.flatMap((key) => this.graph.get(key) ?? [])).map((node) => node.key);
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** With more rows than this a level is folded into blocks. */
const maxRows = 250;
/** Rows of a block, and blocks of a block of blocks. */
const blockSize = 100;

/** A part of a level that is too long to be shown at once: from this place up to that, without it. */
interface Block {
  readonly from: number;
  readonly to: number;
}

/**
 * Folds the part of a level into blocks, where it is long; undefined where it can be shown as it is. No part has more rows
 * than `maxRows`, however long the level is: blocks of many rows fold again.
 */
export function Chunk({ from, to }: Block): readonly Block[] | undefined {
  const length = to - from;
  if (length <= maxRows) return undefined;
  let size = blockSize;
  while (length / size > maxRows) size *= blockSize;
  return Array.from({ length: Math.ceil(length / size) }, (_, at) => ({
    from: from + at * size,
    to: Math.min(to, from + (at + 1) * size),
  }));
}
