import type { ContainerGraph } from '../model/graph';
import { composeProject, quadletFolder } from '../model/labels';
import { byName, type ResourceLayer } from '../model/resourceLayer';
import {
  addToList,
  type ContainerNode,
  type DependencyCondition,
  type EdgeReason,
  type EngineId,
  engineOf,
  type GraphNode,
  isHard,
  type NodeKey,
  parseKey,
} from '../model/model';

/**
 * A pod, a compose project, or in a large graph a connected component (`cluster`), all isolated containers, or the volumes,
 * networks or images of an engine (`resources`).
 */
export type BoxKind = 'pod' | 'project' | 'application' | 'cluster' | 'ungrouped' | 'resources';

/** A pod's own key, or `engine/box/…`. */
export type BoxId = string;

export interface SceneBox {
  readonly id: BoxId;
  readonly kind: BoxKind;
  readonly engine: EngineId;
  /** Of the pod, the project, or the first container in it; the kind of resources. */
  readonly name: string;
  readonly members: readonly NodeKey[];
  /** Shown without its members. */
  readonly collapsed: boolean;
}

/** An edge between visible elements; a collapsed box replaces its members. */
export interface SceneEdge {
  readonly from: string;
  readonly to: string;
  readonly hard: boolean;
  readonly reasons: readonly EdgeReason[];
  /** Undefined where none is declared, or several are. */
  readonly condition: DependencyCondition | undefined;
}

/** A use of a volume, network or image, by the container or the collapsed box that shows it. */
export interface SceneUse {
  readonly from: string;
  readonly to: NodeKey;
}

/** The visible elements of a graph, without positions. */
export interface Scene {
  readonly engines: readonly EngineId[];
  readonly boxes: ReadonlyMap<BoxId, SceneBox>;
  /** For each engine, its boxes and the containers outside of boxes. */
  readonly topLevel: ReadonlyMap<EngineId, readonly string[]>;
  readonly edges: readonly SceneEdge[];
  /** For each engine, its volumes, networks and images, or boxes with them; empty while their layer is off. */
  readonly resources: ReadonlyMap<EngineId, readonly string[]>;
  readonly uses: readonly SceneUse[];
}

interface SceneOptions {
  /** The visible engines in display order. */
  readonly engines: Iterable<EngineId>;
  /** Boxes that the user collapsed or expanded; others follow `autoCollapse`. */
  readonly collapsed: ReadonlyMap<BoxId, boolean>;
  /** Collapse pods and projects by default. */
  readonly autoCollapse: boolean;
  /** Group and collapse other containers, too. */
  readonly autoGroup: boolean;
  /** All nodes if undefined. A pod is shown with its visible members. */
  readonly visible?: ReadonlySet<NodeKey> | undefined;
  /** Undefined while the layer is off. With `visible`, only resources that a visible node uses. */
  readonly layer?: ResourceLayer | undefined;
}

/** `autoCollapse` and `autoGroup` apply to graphs with more nodes. */
export const autoCollapseThreshold = 100;
export const autoGroupThreshold = 600;

export function buildScene(
  graph: ContainerGraph,
  { engines, collapsed, autoCollapse, autoGroup, visible, layer }: SceneOptions,
): Scene {
  const visibleEngines = new Set(engines);
  const isVisible = (key: NodeKey) => visibleEngines.has(engineOf(key)) && (visible?.has(key) ?? true);
  const boxes = new Map<BoxId, SceneBox>();
  const boxOf = new Map<NodeKey, SceneBox>();
  const add = (box: Omit<SceneBox, 'collapsed'>, isCollapsed = autoCollapse && box.members.length > 1) => {
    const complete = { ...box, collapsed: collapsed.get(box.id) ?? isCollapsed };
    boxes.set(box.id, complete);
    for (const key of box.members) boxOf.set(key, complete);
  };
  const outsidePods: ContainerNode[] = [];
  const nodes = [...graph.nodes.values()].filter(({ key }) => isVisible(key)).sort(inOrder);
  for (const node of nodes) {
    if (node.kind === 'pod') {
      const members = [...graph.membersOf(node.key)].sort(inOrder).flatMap(({ key }) => (isVisible(key) ? key : []));
      add({ id: node.key, kind: 'pod', engine: engineOf(node.key), name: node.name, members });
    } else if (!node.pod || !isVisible(node.pod)) outsidePods.push(node);
  }
  for (const box of projects(outsidePods)) add(box);
  const ungrouped = outsidePods.filter(({ key }) => !boxOf.has(key));
  if (autoGroup) for (const box of clusters(graph, ungrouped)) add(box);
  const topLevel = new Map<EngineId, string[]>([...visibleEngines].map((id) => [id, []]));
  for (const box of boxes.values()) topLevel.get(box.engine)?.push(box.id);
  for (const { key } of ungrouped) if (!boxOf.has(key)) topLevel.get(engineOf(key))?.push(key);
  const shownResources = layer ? visibleResources(layer, visibleEngines, visible) : [];
  const isGrouped = autoCollapse || (layer?.nodes.size ?? 0) > autoCollapseThreshold;
  for (const box of isGrouped ? resourceBoxes(shownResources) : []) add(box, true);
  const visibleId = (key: NodeKey) => {
    const box = boxOf.get(key);
    return box?.collapsed ? box.id : key;
  };
  return {
    engines: [...visibleEngines],
    boxes,
    topLevel,
    edges: edgesOf(graph, visibleId, isVisible),
    ...resourcesOf(shownResources, boxOf, visibleId),
  };
}

const inOrder = (a: GraphNode, b: GraphNode) => byName.compare(a.name, b.name) || (a.key < b.key ? -1 : 1);

/** Compose projects and applications of Quadlets, with several containers. */
function projects(containers: readonly ContainerNode[]): Omit<SceneBox, 'collapsed'>[] {
  const found = new Map<BoxId, Pick<SceneBox, 'kind' | 'engine' | 'name'> & { members: NodeKey[] }>();
  for (const container of containers) {
    const project = composeProject(container);
    const name = project ?? quadletFolder(container);
    if (!name) continue;
    const kind = project ? 'project' : 'application';
    const engine = engineOf(container.key);
    const id = `${engine}/box/${kind}/${name}`;
    const known = found.get(id);
    if (known) known.members.push(container.key);
    else found.set(id, { kind, engine, name, members: [container.key] });
  }
  return [...found].flatMap(([id, box]) => (box.members.length > 1 ? [{ id, ...box }] : []));
}

/** Connected components of these containers, and one box of isolated containers for each engine. */
function clusters(graph: ContainerGraph, containers: readonly ContainerNode[]): Omit<SceneBox, 'collapsed'>[] {
  const own = new Map(containers.map((container) => [container.key, container]));
  const seen = new Set<NodeKey>();
  const found: Omit<SceneBox, 'collapsed'>[] = [];
  const isolated = new Map<EngineId, NodeKey[]>();
  for (const { key, name } of containers) {
    if (seen.has(key)) continue;
    seen.add(key);
    const component = [key];
    for (const current of component) {
      const dependencies = graph.dependencies(current).map(({ to }) => to);
      const neighbors = [...dependencies, ...graph.dependents(current).map(({ from }) => from)];
      for (const other of neighbors) {
        if (!own.has(other) || seen.has(other)) continue;
        seen.add(other);
        component.push(other);
      }
    }
    const engine = engineOf(key);
    if (component.length > 1)
      found.push({ id: `${engine}/box/cluster/${key}`, kind: 'cluster', engine, name, members: component });
    else addToList(isolated, engine, key);
  }
  for (const [engine, members] of isolated) {
    const name = own.get(members[0] as NodeKey)?.name ?? '';
    if (members.length > 1) found.push({ id: `${engine}/box/ungrouped`, kind: 'ungrouped', engine, name, members });
  }
  return found;
}

/** A resource with its visible users. */
type VisibleResource = readonly [key: NodeKey, users: readonly NodeKey[]];

function visibleResources(
  { nodes, users }: ResourceLayer,
  engines: ReadonlySet<EngineId>,
  visible: ReadonlySet<NodeKey> | undefined,
): readonly VisibleResource[] {
  return [...nodes.keys()].flatMap((key): VisibleResource[] => {
    if (!engines.has(engineOf(key))) return [];
    const own = (users.get(key) ?? []).filter((user) => visible?.has(user) ?? true);
    return visible && own.length === 0 ? [] : [[key, own]];
  });
}

/** The resources of each kind, if there are several. */
function resourceBoxes(resources: readonly VisibleResource[]): Omit<SceneBox, 'collapsed'>[] {
  const members = new Map<BoxId, NodeKey[]>();
  for (const [key] of resources) addToList(members, `${engineOf(key)}/box/resources/${parseKey(key).kind}`, key);
  return [...members].flatMap(([id, own]) => {
    const [first] = own;
    if (!first || own.length === 1) return [];
    const { engine, kind: name } = parseKey(first);
    return [{ id, kind: 'resources' as const, engine, name, members: own }];
  });
}

/** Without the uses of resources in a collapsed box: nearly all containers would have one. */
function resourcesOf(
  shown: readonly VisibleResource[],
  boxOf: ReadonlyMap<NodeKey, SceneBox>,
  visibleId: (key: NodeKey) => string,
): Pick<Scene, 'resources' | 'uses'> {
  const resources = new Map<EngineId, Set<string>>();
  const uses: SceneUse[] = [];
  for (const [key, users] of shown) {
    const box = boxOf.get(key);
    const engine = engineOf(key);
    resources.set(engine, (resources.get(engine) ?? new Set<string>()).add(box?.id ?? key));
    if (!box?.collapsed) for (const from of new Set(users.map(visibleId))) uses.push({ from, to: key });
  }
  return { resources: new Map([...resources].map(([engine, ids]) => [engine, [...ids]])), uses };
}

/** Without edges from members to their pod: the box shows these. */
function edgesOf(graph: ContainerGraph, visibleId: (key: NodeKey) => string, isVisible: (key: NodeKey) => boolean) {
  const edges = new Map<string, SceneEdge>();
  for (const key of graph.nodes.keys()) {
    if (!isVisible(key)) continue;
    for (const edge of graph.dependencies(key)) {
      if (!isVisible(edge.to)) continue;
      const [from, to] = [visibleId(edge.from), visibleId(edge.to)];
      const isOwnPod = graph.container(edge.from)?.pod === edge.to;
      if (isOwnPod || (from === to && edge.from !== edge.to)) continue;
      const known = edges.get(`${from}\n${to}`);
      const reasons = known ? [...new Set([...known.reasons, ...edge.reasons])] : edge.reasons;
      const condition = !known || known.condition === edge.condition ? edge.condition : undefined;
      edges.set(`${from}\n${to}`, { from, to, hard: known?.hard === true || isHard(edge), reasons, condition });
    }
  }
  // Sorted, so that the layout does not depend on the order of the engine's lists.
  return [...edges.keys()].sort().flatMap((key) => edges.get(key) ?? []);
}
