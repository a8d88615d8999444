import type { ContainerGraph } from '../model/graph';
import { labelOf } from '../model/labels';
import { type ContainerNode, type EdgeReason, type EngineId, engineOf, isHard, type NodeKey } from '../model/model';

/**
 * A frame around containers: their pod, their compose project, or, in a graph so large that it must be folded, what hangs
 * together (`cluster`) and what nothing is tied to (`loose`).
 */
export type BoxKind = 'pod' | 'project' | 'cluster' | 'ungrouped';

/** A pod's own key, or `engine/box/…`. */
export type BoxId = string;

export interface SceneBox {
  readonly id: BoxId;
  readonly kind: BoxKind;
  readonly engine: EngineId;
  /** Of the pod, the project, or the first container in it. */
  readonly name: string;
  readonly members: readonly NodeKey[];
  /** Shown as one box, its members not. */
  readonly collapsed: boolean;
}

/** A line between what is shown: a node, a pod, or the folded box that a node is in. */
export interface SceneEdge {
  readonly from: string;
  readonly to: string;
  readonly hard: boolean;
  readonly reasons: readonly EdgeReason[];
}

/** What is to be drawn of a graph, not yet where. */
export interface Scene {
  readonly engines: readonly EngineId[];
  readonly boxes: ReadonlyMap<BoxId, SceneBox>;
  /** Of each engine, its boxes and the containers that are in none, in order. */
  readonly topLevel: ReadonlyMap<EngineId, readonly string[]>;
  readonly edges: readonly SceneEdge[];
}

export interface SceneOptions {
  /** The engines to be shown, in their order. */
  readonly engines: Iterable<EngineId>;
  /** What a person folded or opened; everything else is as the size of the graph wants it. */
  readonly collapsed: ReadonlyMap<BoxId, boolean>;
  /** Whether boxes are folded by themselves, and loose containers stand in boxes too. */
  readonly autoCollapse: boolean;
  /** The nodes that are shown; all of them without. A pod is shown with all its members or not at all. */
  readonly visible?: ReadonlySet<NodeKey> | undefined;
}

/** A graph with more nodes than this is large. */
export const autoCollapseThreshold = 600;

const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Compose labels what it creates with the project's name; podman-compose sets both. */
function projectOf({ labels }: ContainerNode): string | undefined {
  return labelOf(labels, 'com.docker.compose.project') ?? labelOf(labels, 'io.podman.compose.project');
}

export function buildScene(graph: ContainerGraph, { engines, collapsed, autoCollapse, visible }: SceneOptions): Scene {
  const shown = new Set(engines);
  const isShown = (key: NodeKey) => shown.has(engineOf(key)) && (visible?.has(key) ?? true);
  const boxes = new Map<BoxId, SceneBox>();
  const homes = new Map<NodeKey, SceneBox>();
  const add = (box: Omit<SceneBox, 'collapsed'>) => {
    const made = { ...box, collapsed: collapsed.get(box.id) ?? (autoCollapse && box.members.length > 1) };
    boxes.set(box.id, made);
    for (const key of box.members) homes.set(key, made);
  };
  const loose: ContainerNode[] = [];
  for (const node of sorted(graph, isShown)) {
    if (node.kind === 'pod') {
      const members = [...graph.membersOf(node.key)].sort(inOrder).map(({ key }) => key);
      add({ id: node.key, kind: 'pod', engine: engineOf(node.key), name: node.name, members });
    } else if (!node.pod || !isShown(node.pod)) loose.push(node);
  }
  for (const box of projects(loose)) add(box);
  const rest = loose.filter(({ key }) => !homes.has(key));
  if (autoCollapse) for (const box of clusters(graph, rest)) add(box);
  const topLevel = new Map<EngineId, string[]>([...shown].map((id) => [id, []]));
  for (const box of boxes.values()) topLevel.get(box.engine)?.push(box.id);
  for (const { key } of rest) if (!homes.has(key)) topLevel.get(engineOf(key))?.push(key);
  return { engines: [...shown], boxes, topLevel, edges: edgesOf(graph, homes, isShown) };
}

const inOrder = (a: ContainerNode, b: ContainerNode) => byName.compare(a.name, b.name) || (a.key < b.key ? -1 : 1);

function sorted(graph: ContainerGraph, isShown: (key: NodeKey) => boolean) {
  const nodes = [...graph.nodes.values()].filter(({ key }) => isShown(key));
  return nodes.sort((a, b) => byName.compare(a.name, b.name) || (a.key < b.key ? -1 : 1));
}

/** A project of one container needs no frame around it. */
function projects(loose: readonly ContainerNode[]): Omit<SceneBox, 'collapsed'>[] {
  const found = new Map<BoxId, { engine: EngineId; name: string; members: NodeKey[] }>();
  for (const container of loose) {
    const name = projectOf(container);
    if (!name) continue;
    const engine = engineOf(container.key);
    const id = `${engine}/box/project/${name}`;
    const known = found.get(id);
    if (known) known.members.push(container.key);
    else found.set(id, { engine, name, members: [container.key] });
  }
  return [...found].flatMap(([id, box]) => (box.members.length > 1 ? [{ id, kind: 'project' as const, ...box }] : []));
}

/** Loose containers of each engine by what they hang together with, and those that hang together with none. */
function clusters(graph: ContainerGraph, loose: readonly ContainerNode[]): Omit<SceneBox, 'collapsed'>[] {
  const own = new Map(loose.map((container) => [container.key, container]));
  const seen = new Set<NodeKey>();
  const found: Omit<SceneBox, 'collapsed'>[] = [];
  const alone = new Map<EngineId, NodeKey[]>();
  for (const { key, name } of loose) {
    if (seen.has(key)) continue;
    seen.add(key);
    const part = [key];
    for (let at = 0; at < part.length; at++) {
      const here = part[at] as NodeKey;
      const near = [...graph.dependencies(here).map(({ to }) => to), ...graph.dependents(here).map(({ from }) => from)];
      for (const other of near) {
        if (!own.has(other) || seen.has(other)) continue;
        seen.add(other);
        part.push(other);
      }
    }
    const engine = engineOf(key);
    if (part.length > 1) found.push({ id: `${engine}/box/with/${key}`, kind: 'cluster', engine, name, members: part });
    else alone.set(engine, [...(alone.get(engine) ?? []), key]);
  }
  for (const [engine, members] of alone) {
    const name = own.get(members[0] as NodeKey)?.name ?? '';
    if (members.length > 1) found.push({ id: `${engine}/box/loose`, kind: 'ungrouped', engine, name, members });
  }
  return found;
}

/** That a container is in its pod is seen from where it stands: no line says it once more. */
function edgesOf(graph: ContainerGraph, homes: ReadonlyMap<NodeKey, SceneBox>, isShown: (key: NodeKey) => boolean) {
  const edges = new Map<string, SceneEdge>();
  const shownAs = (key: NodeKey) => {
    const box = homes.get(key);
    return box?.collapsed ? box.id : key;
  };
  for (const key of graph.nodes.keys()) {
    if (!isShown(key)) continue;
    for (const edge of graph.dependencies(key)) {
      if (!isShown(edge.to)) continue;
      const [from, to] = [shownAs(edge.from), shownAs(edge.to)];
      const isOwnPod = graph.container(edge.from)?.pod === edge.to;
      if (isOwnPod || (from === to && edge.from !== edge.to)) continue;
      const known = edges.get(`${from}\n${to}`);
      const reasons = known ? [...new Set([...known.reasons, ...edge.reasons])] : edge.reasons;
      edges.set(`${from}\n${to}`, { from, to, hard: known?.hard === true || isHard(edge), reasons });
    }
  }
  // In an order of their own, so that a drawing does not depend on how an engine lists.
  return [...edges.keys()].sort().flatMap((key) => edges.get(key) ?? []);
}
