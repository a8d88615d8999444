import type { ContainerGraph } from './graph';
import { type ContainerNode, engineOf, nodeKey, type NodeKey } from './model';

export const resourceKinds = ['volume', 'network', 'image'] as const;
export type ResourceKind = (typeof resourceKinds)[number];

export function isResourceKind(kind: string): kind is ResourceKind {
  return (resourceKinds as readonly string[]).includes(kind);
}

interface ResourceBase {
  readonly key: NodeKey;
  /** The key's last part: the name of a volume or network, the hexadecimal id of an image. */
  readonly id: string;
  /** For display. */
  readonly name: string;
  readonly createdAt: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

export interface VolumeNode extends ResourceBase {
  readonly kind: 'volume';
  /** Created without a name, for one container; see `parseVolumeList`. */
  readonly isAnonymous: boolean;
  /** A container uses it, by the engine's list, which includes containers of other tools. */
  readonly isInUse: boolean;
  /** Bytes; undefined if not measured, see `Engine.measureSizes`. */
  readonly size?: number | undefined;
}

export interface NetworkNode extends ResourceBase {
  readonly kind: 'network';
  readonly driver: string;
  /** The engine's own, which it never removes: Podman's `podman`, Docker's `bridge`, `host` and `none`. */
  readonly isDefault: boolean;
  readonly subnets: readonly string[];
}

export interface ImageNode extends ResourceBase {
  readonly kind: 'image';
  /** `docker.io/library/nginx:latest`; empty if it is dangling. */
  readonly tags: readonly string[];
  /** Bytes, including layers that other images share. */
  readonly size: number | undefined;
  /** No tag refers to it. */
  readonly isDangling: boolean;
}

/** Both engines name anonymous volumes with 64 random hex digits. */
export function isAnonymousName(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

export type ResourceNode = VolumeNode | NetworkNode | ImageNode;

const kindsInKeys = resourceKinds.map((kind) => `/${kind}/`);

/** Does not parse the key, because it is called for every node of a plan. */
export function isResource(key: NodeKey): boolean {
  const at = key.indexOf('/');
  return kindsInKeys.some((kind) => key.startsWith(kind, at));
}

/** The resources that a container uses: volumes once it was inspected, networks and image from lists. */
export function resourcesOf(container: ContainerNode): readonly NodeKey[] {
  const { details, imageId, networks = [] } = container;
  const engine = engineOf(container.key);
  const volumes = details ? [...details.namedVolumes, ...details.anonymousVolumes] : [];
  return [
    ...volumes.map((name) => nodeKey(engine, 'volume', name)),
    ...networks.map((name) => nodeKey(engine, 'network', name)),
    ...(imageId ? [nodeKey(engine, 'image', imageId)] : []),
  ];
}

/** The containers that use each resource, in the order of the graph. An infra container counts as its pod. */
export function resourceUsers(graph: ContainerGraph): ReadonlyMap<NodeKey, readonly NodeKey[]> {
  const users = new Map<NodeKey, NodeKey[]>();
  for (const node of graph.nodes.values()) {
    const container = node.kind === 'pod' ? graph.infraOf(node.key) : node;
    for (const key of container ? resourcesOf(container) : []) {
      const known = users.get(key);
      if (!known) users.set(key, [node.key]);
      else if (known.at(-1) !== node.key) known.push(node.key);
    }
  }
  return users;
}

/** Volumes that may be removed without being named: anonymous, and used by no container. */
export function danglingAmong(volumes: readonly VolumeNode[]): readonly VolumeNode[] {
  return volumes.filter(({ isAnonymous, isInUse }) => isAnonymous && !isInUse);
}

/** The full name: `docker.io/library/nginx` and `nginx` are `nginx:latest`. */
function fullImageName(name: string): string {
  const short = name.replace(/^docker\.io\/(library\/)?/, '');
  return /:[^/]*$/.test(short) ? short : `${short}:latest`;
}

/**
 * Whether an image name means another image than that of a container. A digest (`@sha256:…`) or id cannot move.
 *
 * @param images of the container's engine
 * @param id of the container's image, with or without `sha256:`
 */
export function isNewerImage(images: readonly Pick<ImageNode, 'id' | 'tags'>[], name: string, id: string): boolean {
  if (name === '' || id === '' || name.includes('@')) return false;
  const wanted = fullImageName(name);
  const now = images.find(({ tags }) => tags.some((tag) => fullImageName(tag) === wanted));
  return now !== undefined && now.id !== id.replace(/^sha256:/, '');
}
