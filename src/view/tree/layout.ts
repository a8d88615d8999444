import { components } from '../../graph/cycles';
import type { ContainerGraph } from '../../graph/graph';
import type { EngineId, GraphNode, NodeKey } from '../../graph/model';
import { engineOf } from '../../graph/model';

/** The containers and pods of one compose project on one engine, shown under one item. */
export interface ComposeGroup {
  readonly id: string;
  readonly engine: EngineId;
  readonly project: string;
  /** All pods and loose containers of the project. */
  readonly nodes: readonly NodeKey[];
  /** Those of them that stand directly under the group; the others stand under these. */
  readonly entries: readonly NodeKey[];
}

/** What stands at the top of an engine's part of the tree. */
export type TopEntry = ComposeGroup | NodeKey;

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const rankOf = (node: GraphNode) => (node.kind === 'pod' ? 0 : node.external ? 2 : 1);

/** docker compose and podman-compose (which sets both) label what they create with the project's name. */
function projectOf(node: GraphNode): string | undefined {
  return node.labels['com.docker.compose.project'] ?? node.labels['io.podman.compose.project'];
}

/**
 * Where each node of a graph stands in the tree: under its pod, under everything that it needs, in its compose group, or at
 * the top. A member that needs another member of its pod stands under that one only. Every node can be reached from the
 * top without passing any node twice: of a cycle that nothing leads to, one node stands in front. Built in time linear in
 * nodes and edges, but for sorting by name.
 */
export class TreeLayout {
  private readonly podEntries = new Map<NodeKey, readonly NodeKey[]>();
  private readonly entriesInPods = new Set<NodeKey>();
  private readonly groupOfEntry = new Map<NodeKey, ComposeGroup>();
  private readonly tops = new Map<EngineId, readonly TopEntry[]>();
  private readonly groupsById = new Map<string, ComposeGroup>();

  private current: ContainerGraph;

  constructor(graph: ContainerGraph) {
    this.current = graph;
    for (const node of graph.nodes.values()) if (node.kind === 'pod') this.layPod(node.key);
    for (const group of this.findGroups()) {
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

  /** Groups first, then pods, then containers, each by name. */
  top(engine: EngineId): readonly TopEntry[] {
    return this.tops.get(engine) ?? [];
  }

  group(id: string): ComposeGroup | undefined {
    return this.groupsById.get(id);
  }

  hasChildren(key: NodeKey): boolean {
    return this.graph.dependents(key).some((edge) => this.standsUnder(edge.from, key));
  }

  childrenOf(key: NodeKey): NodeKey[] {
    const children = this.graph
      .dependents(key)
      .flatMap((edge) => (this.standsUnder(edge.from, key) ? [edge.from] : []));
    return this.sorted(children);
  }

  /** The nodes under which a node is shown. */
  parentsOf(key: NodeKey): readonly NodeKey[] {
    return this.graph.dependencies(key).flatMap((edge) => (this.standsUnder(key, edge.to) ? [edge.to] : []));
  }

  /** The group in which a node stands directly. */
  groupAbove(key: NodeKey): ComposeGroup | undefined {
    return this.groupOfEntry.get(key);
  }

  private standsUnder(key: NodeKey, parent: NodeKey): boolean {
    return this.graph.container(key)?.pod !== parent || this.entriesInPods.has(key);
  }

  private layPod(pod: NodeKey) {
    const members = this.graph.membersOf(pod).map((member) => member.key);
    const entries = this.entriesWithin(members);
    this.podEntries.set(pod, entries);
    for (const key of entries) this.entriesInPods.add(key);
  }

  private findGroups(): ComposeGroup[] {
    const projects = new Map<string, { engine: EngineId; project: string; nodes: NodeKey[] }>();
    for (const node of this.graph.nodes.values()) {
      const project = node.kind === 'pod' ? this.projectOfPod(node.key) : node.pod ? undefined : projectOf(node);
      if (!project) continue;
      const engine = engineOf(node.key);
      const id = `${engine}/group/${project}`;
      const known = projects.get(id);
      if (known) known.nodes.push(node.key);
      else projects.set(id, { engine, project, nodes: [node.key] });
    }
    return [...projects].flatMap(([id, { engine, project, nodes }]) => {
      // podman-compose puts a whole project into one pod: a group around that pod alone would say nothing.
      const onlyOne = nodes.length === 1 && this.graph.get(nodes[0] as NodeKey)?.kind === 'pod';
      return onlyOne ? [] : [{ id, engine, project, nodes, entries: this.sorted(this.entriesWithin(nodes)) }];
    });
  }

  /** The project to which all members of a pod belong. */
  private projectOfPod(pod: NodeKey): string | undefined {
    const [first, ...others] = this.graph.membersOf(pod).map(projectOf);
    return others.every((project) => project === first) ? first : undefined;
  }

  /** The nodes of a set that need no other of it, and the first of each cycle within it that needs nothing else of it. */
  private entriesWithin(keys: readonly NodeKey[]): NodeKey[] {
    const within = new Set(keys);
    const parents = (key: NodeKey) =>
      this.graph.dependencies(key).flatMap((edge) => (within.has(edge.to) && edge.to !== key ? [edge.to] : []));
    if (keys.every((key) => parents(key).length === 0)) return [...keys];
    return this.firstOfSources(keys, parents, () => false);
  }

  private layTops() {
    const above = (key: NodeKey) => this.parentsOf(key).filter((parent) => parent !== key);
    const found = this.firstOfSources([...this.graph.nodes.keys()], above, (key) => this.groupOfEntry.has(key));
    const tops = new Map<EngineId, NodeKey[]>();
    for (const key of found) push(tops, engineOf(key), key);
    const groups = new Map<EngineId, ComposeGroup[]>();
    for (const group of this.groupsById.values()) push(groups, group.engine, group);
    for (const engine of new Set([...tops.keys(), ...groups.keys()])) {
      const own = (groups.get(engine) ?? []).sort((a, b) => byName.compare(a.project, b.project));
      this.tops.set(engine, [...own, ...this.sorted(tops.get(engine) ?? [])]);
    }
  }

  /** One node of each connected part that no other part leads to; parts that have a place already are left out. */
  private firstOfSources(
    keys: readonly NodeKey[],
    parents: (key: NodeKey) => readonly NodeKey[],
    hasPlace: (key: NodeKey) => boolean,
  ): NodeKey[] {
    return components(keys, parents).flatMap((part) => {
      const own = new Set(part);
      const isSource = part.every((key) => !hasPlace(key) && parents(key).every((parent) => own.has(parent)));
      return isSource ? this.sorted(part).slice(0, 1) : [];
    });
  }

  private sorted(keys: readonly NodeKey[]): NodeKey[] {
    if (keys.length < 2) return [...keys];
    const nodes = keys.flatMap((key) => this.graph.get(key) ?? []);
    nodes.sort((a, b) => rankOf(a) - rankOf(b) || byName.compare(a.name, b.name) || (a.key < b.key ? -1 : 1));
    return nodes.map((node) => node.key);
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
