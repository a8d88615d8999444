import type { ContainerGraph } from '../../graph/model/graph';
import { labelOf, quadletFolder } from '../../graph/model/labels';
import { addToList, type EngineId, engineOf, type GraphNode, type NodeKey, parseKey } from '../../graph/model/model';
import type { ResourceLayer } from '../../graph/model/resourceLayer';
import { stronglyConnectedComponents } from '../../graph/model/scc';
import { compareNatural, sortKey } from './treeElement';

/** How the top level of the tree is grouped. */
export type Grouping =
  { readonly by: 'dependency' | 'state' | 'project' } | { readonly by: 'label'; readonly label: string };

/** Nodes of one engine under one item. */
export interface NodeGroup {
  readonly id: string;
  readonly engine: EngineId;
  readonly by: 'project' | 'application' | 'state' | 'label' | 'resource';
  /**
   * The project, the folder of Quadlet files, the state (`unhealthy`, `starting` before `running`), the label's value or the
   * kind of the resources; empty for nodes without one.
   */
  readonly name: string;
  /** All pods of the group, and its containers without a visible pod. */
  readonly nodes: readonly NodeKey[];
  /** Direct children of the group; the other nodes are below these. */
  readonly entries: readonly NodeKey[];
}

const states = [
  'unhealthy',
  'starting',
  'running',
  'degraded',
  'paused',
  'restarting',
  'stopping',
  'removing',
  'dead',
  'exited',
  'created',
];

/** docker compose sets the first label, podman-compose both. */
function projectOf(node: GraphNode): string | undefined {
  return labelOf(node.labels, 'com.docker.compose.project') ?? labelOf(node.labels, 'io.podman.compose.project');
}

/** Its state, or the result of its health check if that is not healthy. */
function stateGroup(node: GraphNode): string {
  const isChecked = node.kind === 'container' && node.state === 'running' && node.health !== 'healthy';
  return (isChecked && node.health) || node.state;
}

/** A pod without a project or label of its own has that of its members if they agree. */
function groupNameOf(graph: ContainerGraph, node: GraphNode, own: (one: GraphNode) => string | undefined) {
  if (node.kind === 'container') return own(node);
  const [first, ...others] = graph.membersOf(node.key).map(own);
  return own(node) ?? (others.every((name) => name === first) ? first : undefined);
}

function groupOf(graph: ContainerGraph, node: GraphNode, grouping: Grouping): Pick<NodeGroup, 'by' | 'name'> {
  if (grouping.by === 'state') return { by: 'state', name: stateGroup(node) };
  if (grouping.by === 'label')
    return { by: 'label', name: groupNameOf(graph, node, (one) => labelOf(one.labels, grouping.label)) ?? '' };
  const project = groupNameOf(graph, node, projectOf);
  const application = project ? undefined : groupNameOf(graph, node, quadletFolder);
  return application ? { by: 'application', name: application } : { by: 'project', name: project ?? '' };
}

/**
 * Groups by dependency are compose projects and applications of Quadlets, except those that are a single pod; any other
 * grouping covers every pod and
 * every container without a visible pod.
 *
 * @param isUngrouped whether a node is in no visible pod
 * @param entriesOf the direct children of a group
 */
export function buildGroups(
  graph: ContainerGraph,
  grouping: Grouping,
  isUngrouped: (node: GraphNode) => boolean,
  entriesOf: (nodes: readonly NodeKey[]) => readonly NodeKey[],
): NodeGroup[] {
  const coversAll = grouping.by !== 'dependency';
  const found = new Map<string, Pick<NodeGroup, 'by' | 'name' | 'engine'> & { nodes: NodeKey[] }>();
  for (const node of graph.nodes.values()) {
    if (!isUngrouped(node)) continue;
    const { by, name } = groupOf(graph, node, grouping);
    if (!name && !coversAll) continue;
    const engine = engineOf(node.key);
    const id = groupId(engine, by, name);
    const existing = found.get(id);
    if (existing) existing.nodes.push(node.key);
    else found.set(id, { engine, by, name, nodes: [node.key] });
  }
  return [...found].flatMap(([id, { engine, by, name, nodes }]) => {
    // podman-compose puts a whole project into one pod.
    const isRedundant = !coversAll && nodes.length === 1 && graph.get(nodes[0] as NodeKey)?.kind === 'pod';
    return isRedundant ? [] : [{ id, engine, by, name, nodes, entries: entriesOf(nodes) }];
  });
}

/** One group for each kind of an engine's volumes, networks and images. */
function resourceGroups({ nodes }: ResourceLayer, isShown: (key: NodeKey) => boolean): NodeGroup[] {
  const found = new Map<string, NodeKey[]>();
  const isIn = (key: NodeKey) => `${engineOf(key)}/by-resource/${parseKey(key).kind}`;
  for (const key of nodes.keys()) if (isShown(key)) addToList(found, isIn(key), key);
  return [...found].map(([id, own]) => {
    const { engine, kind } = parseKey(own[0] as NodeKey);
    return { id, engine, by: 'resource', name: kind, nodes: own, entries: own };
  });
}

function groupId(engine: EngineId, by: NodeGroup['by'], name: string): string {
  return by === 'project' && name ? `${engine}/group/${name}` : `${engine}/by-${by}/${name}`;
}

/** The group without a name comes last. */
function compareGroups(a: NodeGroup, b: NodeGroup, byName: (a: string, b: string) => number): number {
  if (!a.name || !b.name) return (a.name ? 0 : 1) - (b.name ? 0 : 1);
  if (a.by !== 'state') return byName(a.name, b.name);
  const rank = (name: string) => (states.includes(name) ? states.indexOf(name) : states.length);
  return rank(a.name) - rank(b.name) || byName(a.name, b.name);
}

/** A row of an engine's top level. */
export type TopEntry = NodeGroup | NodeKey;

const byName = (a: string, b: string) => (sortKey(a) < sortKey(b) ? -1 : 1);

export interface TreeOptions {
  /** The matches of the filter; undefined shows all nodes. */
  readonly visible?: ReadonlySet<NodeKey> | undefined;
  /** Nodes shown only as context of the matches. */
  readonly context?: ReadonlySet<NodeKey> | undefined;
  readonly grouping?: Grouping | undefined;
  /** Undefined while volumes, networks and images are not shown. */
  readonly layer?: ResourceLayer | undefined;
}

/**
 * The parents of each visible node: its pod, its dependencies, its group, or the top level. A member that depends on another
 * member of its pod is only under that one. Every node is reachable from the top: of a cycle without other parents, one node
 * is a root. Construction is linear in nodes and edges, except for sorting by name.
 */
export class TreeStructure {
  private readonly entriesInPods = new Set<NodeKey>();
  private readonly groupOfEntry = new Map<NodeKey, NodeGroup>();
  private readonly tops = new Map<EngineId, readonly TopEntry[]>();
  private readonly resources = new Map<EngineId, NodeGroup[]>();
  private readonly groupsById = new Map<string, NodeGroup>();
  /** Sorted children of large levels, whose chunks are requested one by one. */
  private readonly largeLevels = new Map<NodeKey, readonly NodeKey[]>();
  private readonly visible: ReadonlySet<NodeKey> | undefined;
  private readonly context: ReadonlySet<NodeKey> | undefined;
  private readonly layer: ResourceLayer | undefined;

  private current: ContainerGraph;

  constructor(graph: ContainerGraph, { visible, context, grouping = { by: 'dependency' }, layer }: TreeOptions = {}) {
    this.current = graph;
    this.layer = layer;
    this.visible = visible;
    this.context = context;
    for (const node of graph.nodes.values())
      if (node.kind === 'pod' && this.isVisible(node.key)) this.buildPod(node.key);
    const isUngrouped = (node: GraphNode) =>
      this.isVisible(node.key) && (node.kind === 'pod' || node.pod === undefined || !this.isVisible(node.pod));
    for (const group of buildGroups(graph, grouping, isUngrouped, (nodes) => this.sorted(this.entriesWithin(nodes)))) {
      this.groupsById.set(group.id, group);
      for (const key of group.entries) this.groupOfEntry.set(key, group);
    }
    this.buildTopLevel();
    if (layer) this.addResources(layer);
  }

  get graph(): ContainerGraph {
    return this.current;
  }

  /** @param graph has the same structure; only node states differ */
  update(graph: ContainerGraph) {
    this.current = graph;
  }

  /** Whether the node matches the filter or is context of a match. */
  isVisible(key: NodeKey): boolean {
    return this.isMatch(key) || (this.context?.has(key) ?? false);
  }

  isMatch(key: NodeKey): boolean {
    return (this.visible?.has(key) ?? true) || this.isResource(key);
  }

  /** Groups first, then pods, then containers, each by name. */
  top(engine: EngineId): readonly TopEntry[] {
    return this.tops.get(engine) ?? [];
  }

  /** The groups of an engine's volumes, networks and images, which are above its top level. */
  resourceGroups(engine: EngineId): readonly NodeGroup[] {
    return this.resources.get(engine) ?? [];
  }

  group(id: string): NodeGroup | undefined {
    return this.groupsById.get(id);
  }

  hasChildren(key: NodeKey): boolean {
    if (this.isResource(key)) return this.usersOf(key).length > 0;
    return this.graph.dependents(key).some((edge) => this.isParent(edge.from, key));
  }

  childrenOf(key: NodeKey): readonly NodeKey[] {
    const cached = this.largeLevels.get(key);
    if (cached) return cached;
    const children = this.isResource(key)
      ? this.usersOf(key)
      : this.graph.dependents(key).flatMap((edge) => (this.isParent(edge.from, key) ? [edge.from] : []));
    const sorted = this.sorted(children);
    if (sorted.length > 100) this.largeLevels.set(key, sorted);
    return sorted;
  }

  /** The parent nodes that are visible. */
  parentsOf(key: NodeKey): readonly NodeKey[] {
    const edges = this.graph.dependencies(key);
    return edges.length === 0 ? [] : edges.flatMap((edge) => (this.isParent(key, edge.to) ? [edge.to] : []));
  }

  /** The group that the node is a direct child of. */
  groupOf(key: NodeKey): NodeGroup | undefined {
    return this.groupOfEntry.get(key);
  }

  /** Whether it is a listed volume, network or image. */
  isResource(key: NodeKey): boolean {
    return this.layer?.nodes.has(key) ?? false;
  }

  private usersOf(key: NodeKey): NodeKey[] {
    return (this.layer?.users.get(key) ?? []).filter((user) => this.isVisible(user));
  }

  /** With a filter, only what a visible node uses. */
  private addResources(layer: ResourceLayer) {
    const isShown = (key: NodeKey) => !this.visible || this.usersOf(key).length > 0;
    for (const group of resourceGroups(layer, isShown)) {
      this.groupsById.set(group.id, group);
      addToList(this.resources, group.engine, group);
    }
  }

  private isParent(key: NodeKey, parent: NodeKey): boolean {
    if (!this.isVisible(key) || !this.isVisible(parent)) return false;
    return this.graph.container(key)?.pod !== parent || this.entriesInPods.has(key);
  }

  private buildPod(pod: NodeKey) {
    const members = this.graph.membersOf(pod).map((member) => member.key);
    for (const key of this.entriesWithin(members)) this.entriesInPods.add(key);
  }

  /** The roots of the subgraph of these nodes. */
  private entriesWithin(keys: readonly NodeKey[]): NodeKey[] {
    const within = new Set(keys);
    const parents = (key: NodeKey) =>
      this.graph.dependencies(key).flatMap((edge) => (within.has(edge.to) && edge.to !== key ? [edge.to] : []));
    return this.roots(keys, parents, () => false);
  }

  private buildTopLevel() {
    const parents = (key: NodeKey) => this.parentsOf(key).filter((parent) => parent !== key);
    const shown = [...this.graph.nodes.keys()].filter((key) => this.isVisible(key));
    const roots = this.roots(shown, parents, (key) => this.groupOfEntry.has(key));
    const tops = new Map<EngineId, NodeKey[]>();
    for (const key of roots) addToList(tops, engineOf(key), key);
    const groups = new Map<EngineId, NodeGroup[]>();
    for (const group of this.groupsById.values()) addToList(groups, group.engine, group);
    for (const engine of new Set([...tops.keys(), ...groups.keys()])) {
      const own = (groups.get(engine) ?? []).sort((a, b) => compareGroups(a, b, byName));
      this.tops.set(engine, [...own, ...this.sorted(tops.get(engine) ?? [])]);
    }
  }

  /** The nodes without parents, and one of each strongly connected component without parents; grouped ones are skipped. */
  private roots(
    keys: readonly NodeKey[],
    parents: (key: NodeKey) => readonly NodeKey[],
    isGrouped: (key: NodeKey) => boolean,
  ): NodeKey[] {
    const sources = keys.filter((key) => parents(key).length === 0);
    if (sources.length === keys.length) return sources.filter((key) => !isGrouped(key));
    const unreached = this.unreachableFrom(sources, keys);
    const ofCycles = stronglyConnectedComponents(unreached, parents).flatMap((component) => {
      const own = new Set(component);
      const isSource = component.every((key) => !isGrouped(key) && parents(key).every((parent) => own.has(parent)));
      return isSource ? this.sorted(component).slice(0, 1) : [];
    });
    return [...sources.filter((key) => !isGrouped(key)), ...ofCycles];
  }

  /** The keys that cannot be reached from the sources: members and dependents of cycles. */
  private unreachableFrom(sources: readonly NodeKey[], keys: readonly NodeKey[]): NodeKey[] {
    const { indexOf, nodes, predecessors } = this.graph.indexed;
    const unreached = new Uint8Array(nodes.length);
    for (const key of keys) unreached[indexOf.get(key) as number] = 1;
    const pending = sources.map((key) => indexOf.get(key) as number);
    for (const number of pending) unreached[number] = 0;
    for (let number = pending.pop(); number !== undefined; number = pending.pop()) {
      for (let at = predecessors.offsets[number] as number; at < (predecessors.offsets[number + 1] as number); at++) {
        const from = predecessors.targets[at] as number;
        if (unreached[from] === 0) continue;
        unreached[from] = 0;
        pending.push(from);
      }
    }
    return keys.filter((key) => unreached[indexOf.get(key) as number] === 1);
  }

  private sorted(keys: readonly NodeKey[]): NodeKey[] {
    if (keys.length < 2) return [...keys];
    return compareNatural(keys.flatMap((key) => this.graph.get(key) ?? [])).map((node) => node.key);
  }
}

/** A level with more rows is split into chunks. */
const maxRows = 250;
/** Rows of a chunk, and chunks of a nested chunk. */
const chunkSize = 100;

/** The rows `[from, to)` of a level. */
interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Splits rows into at most `maxRows` chunks, which are split again on demand; undefined if no split is needed. */
export function splitIntoChunks({ from, to }: RowRange): readonly RowRange[] | undefined {
  const length = to - from;
  if (length <= maxRows) return undefined;
  let size = chunkSize;
  while (length / size > maxRows) size *= chunkSize;
  return Array.from({ length: Math.ceil(length / size) }, (_, at) => ({
    from: from + at * size,
    to: Math.min(to, from + (at + 1) * size),
  }));
}
