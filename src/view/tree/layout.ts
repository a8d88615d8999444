import { components } from '../../graph/cycles';
import type { ContainerGraph } from '../../graph/graph';
import type { EngineId, GraphNode, NodeKey } from '../../graph/model';
import { engineOf } from '../../graph/model';
import type { Grouping, NodeGroup } from './grouping';
import { compareGroups, groupsOf } from './grouping';
import { inOrder, sortable } from './naturalOrder';

/** What stands at the top of an engine's part of the tree. */
export type TopEntry = NodeGroup | NodeKey;

const byName = (a: string, b: string) => (sortable(a) < sortable(b) ? -1 : 1);

/** How the nodes of a graph are to be laid out. */
export interface Arrangement {
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
export class TreeLayout {
  private readonly entriesInPods = new Set<NodeKey>();
  private readonly groupOfEntry = new Map<NodeKey, NodeGroup>();
  private readonly tops = new Map<EngineId, readonly TopEntry[]>();
  private readonly groupsById = new Map<string, NodeGroup>();
  /** Long rows of children in their order: blocks of them are asked for one by one. */
  private readonly long = new Map<NodeKey, readonly NodeKey[]>();
  private readonly visible: ReadonlySet<NodeKey> | undefined;

  private current: ContainerGraph;

  constructor(graph: ContainerGraph, { visible, grouping = { by: 'dependency' } }: Arrangement = {}) {
    this.current = graph;
    this.visible = visible;
    for (const node of graph.nodes.values()) if (node.kind === 'pod' && this.shows(node.key)) this.layPod(node.key);
    const isLoose = (node: GraphNode) =>
      this.shows(node.key) && (node.kind === 'pod' || node.pod === undefined || !this.shows(node.pod));
    for (const group of groupsOf(graph, grouping, isLoose, (nodes) => this.sorted(this.entriesWithin(nodes)))) {
      this.groupsById.set(group.id, group);
      for (const key of group.entries) this.groupOfEntry.set(key, group);
    }
    this.layTops();
  }

  get graph(): ContainerGraph {
    return this.current;
  }

  /** Takes over a graph of the same structure, in which nodes have other states. */
  renew(graph: ContainerGraph) {
    this.current = graph;
  }

  shows(key: NodeKey): boolean {
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
    return this.graph.dependents(key).some((edge) => this.standsUnder(edge.from, key));
  }

  childrenOf(key: NodeKey): readonly NodeKey[] {
    const known = this.long.get(key);
    if (known) return known;
    const children = this.graph
      .dependents(key)
      .flatMap((edge) => (this.standsUnder(edge.from, key) ? [edge.from] : []));
    const sorted = this.sorted(children);
    if (sorted.length > 100) this.long.set(key, sorted);
    return sorted;
  }

  /** The shown nodes under which a node is shown. */
  parentsOf(key: NodeKey): readonly NodeKey[] {
    return this.graph.dependencies(key).flatMap((edge) => (this.standsUnder(key, edge.to) ? [edge.to] : []));
  }

  /** The group in which a node stands directly. */
  groupAbove(key: NodeKey): NodeGroup | undefined {
    return this.groupOfEntry.get(key);
  }

  private standsUnder(key: NodeKey, parent: NodeKey): boolean {
    if (this.visible && !(this.visible.has(key) && this.visible.has(parent))) return false;
    return this.graph.container(key)?.pod !== parent || this.entriesInPods.has(key);
  }

  private layPod(pod: NodeKey) {
    const members = this.graph.membersOf(pod).map((member) => member.key);
    for (const key of this.entriesWithin(members)) this.entriesInPods.add(key);
  }

  /** The nodes of a set that need no other of it, and the first of each cycle within it that needs nothing else of it. */
  private entriesWithin(keys: readonly NodeKey[]): NodeKey[] {
    const within = new Set(keys);
    const parents = (key: NodeKey) =>
      this.graph.dependencies(key).flatMap((edge) => (within.has(edge.to) && edge.to !== key ? [edge.to] : []));
    return this.sourcesAmong(keys, parents, () => false);
  }

  private layTops() {
    const above = (key: NodeKey) => this.parentsOf(key).filter((parent) => parent !== key);
    const shown = [...this.graph.nodes.keys()].filter((key) => this.shows(key));
    const found = this.sourcesAmong(shown, above, (key) => this.groupOfEntry.has(key));
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
  private sourcesAmong(
    keys: readonly NodeKey[],
    parents: (key: NodeKey) => readonly NodeKey[],
    hasPlace: (key: NodeKey) => boolean,
  ): NodeKey[] {
    const sources = keys.filter((key) => parents(key).length === 0);
    if (sources.length === keys.length) return sources.filter((key) => !hasPlace(key));
    const rest = this.unreached(keys, sources);
    const ofCycles = components(rest, parents).flatMap((part) => {
      const own = new Set(part);
      const isSource = part.every((key) => !hasPlace(key) && parents(key).every((parent) => own.has(parent)));
      return isSource ? this.sorted(part).slice(0, 1) : [];
    });
    return [...sources.filter((key) => !hasPlace(key)), ...ofCycles];
  }

  /** Those of the keys to which nothing leads down from the sources: most often none, for they hang on a cycle. */
  private unreached(keys: readonly NodeKey[], sources: readonly NodeKey[]): NodeKey[] {
    const { numbers, nodes, into } = this.graph.numbered;
    const unreached = new Uint8Array(nodes.length);
    for (const key of keys) unreached[numbers.get(key) as number] = 1;
    const open = sources.map((key) => numbers.get(key) as number);
    for (const number of open) unreached[number] = 0;
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      for (let at = into.start[number] as number; at < (into.start[number + 1] as number); at++) {
        const from = into.ends[at] as number;
        if (unreached[from] === 0) continue;
        unreached[from] = 0;
        open.push(from);
      }
    }
    return keys.filter((key) => unreached[numbers.get(key) as number] === 1);
  }

  private sorted(keys: readonly NodeKey[]): NodeKey[] {
    if (keys.length < 2) return [...keys];
    return inOrder(keys.flatMap((key) => this.graph.get(key) ?? [])).map((node) => node.key);
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
