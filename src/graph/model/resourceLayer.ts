import type { ContainerGraph } from './graph';
import type { NodeKey } from './model';
import { resourceKinds, type ResourceNode, resourceUsers } from './resources';

/** The listed volumes, networks and images with the pods and containers that use them: a layer below the graph. */
export interface ResourceLayer {
  /** By kind and name, anonymous volumes and images without tags last. */
  readonly nodes: ReadonlyMap<NodeKey, ResourceNode>;
  /** The users of each used resource. */
  readonly users: ReadonlyMap<NodeKey, readonly NodeKey[]>;
  /** Bytes of the volumes whose sizes were requested. */
  readonly sizes: ReadonlyMap<NodeKey, number>;
}

/** `web2` before `web10`. */
export const byName = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

export function buildResourceLayer(
  graph: ContainerGraph,
  resources: Iterable<ResourceNode>,
  sizes: ReadonlyMap<NodeKey, number>,
): ResourceLayer {
  const sorted = [...resources].sort(
    (one, other) =>
      resourceKinds.indexOf(one.kind) - resourceKinds.indexOf(other.kind) ||
      Number(isNameless(one)) - Number(isNameless(other)) ||
      byName.compare(shownName(one), shownName(other)) ||
      (one.key < other.key ? -1 : 1),
  );
  return { nodes: new Map(sorted.map((node) => [node.key, node])), users: resourceUsers(graph), sizes };
}

/** Without an image's registry, which views leave out. */
function shownName({ name }: ResourceNode): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Whether it has no name of its own. */
function isNameless(node: ResourceNode): boolean {
  return node.kind === 'volume' ? node.isAnonymous : node.kind === 'image' && node.tags.length === 0;
}

/** The size of a resource in bytes; undefined if it is unknown, 0 for a network. */
export function resourceSize(node: ResourceNode, { sizes }: Pick<ResourceLayer, 'sizes'>): number | undefined {
  if (node.kind === 'network') return 0;
  return node.kind === 'image' ? node.size : (sizes.get(node.key) ?? node.size);
}

/** Returns the same layer until the resources or their users change: views compare it by identity. */
export class ResourceLayerCache {
  private graph: ContainerGraph | undefined;
  private resources: ReadonlyMap<NodeKey, ResourceNode> | undefined;
  private layer: ResourceLayer | undefined;

  get(
    graph: ContainerGraph,
    resources: ReadonlyMap<NodeKey, ResourceNode>,
    sizes: ResourceLayer['sizes'],
  ): ResourceLayer {
    const { layer } = this;
    if (layer?.sizes === sizes && graph === this.graph && resources === this.resources) return layer;
    [this.graph, this.resources] = [graph, resources];
    const next = buildResourceLayer(graph, resources.values(), sizes);
    if (!layer || !isSame(layer, next)) this.layer = next;
    return this.layer ?? next;
  }
}

function isSame(one: ResourceLayer, other: ResourceLayer): boolean {
  if (one.sizes !== other.sizes || one.nodes.size !== other.nodes.size || one.users.size !== other.users.size)
    return false;
  for (const [key, node] of one.nodes) if (other.nodes.get(key) !== node) return false;
  for (const [key, users] of one.users) {
    const others = other.users.get(key);
    if (others?.length !== users.length || users.some((user, at) => user !== others[at])) return false;
  }
  return true;
}
