import {
  type ContainerNode,
  type EngineId,
  parseKey,
  type NodeKey,
  type NodeKind,
  type PodNode,
  shortId,
} from '../graph/model/model';
import type { CallOptions, Engine, EngineEvent } from './engine';
import { EngineError } from './error';
import type { ContainerInspector } from './inspector';
import { unresolvedNames } from './responses/containers';
import { asObject, asString } from '../graph/model/untrusted';
import { timeouts } from './timeouts';
import type { EngineHttpClient } from './transport/engineHttpClient';

/** The operations of an `Engine` for one engine type. */
export type EngineAdapter = Omit<Engine, 'id' | 'endpoint' | 'connect' | 'close' | keyof ContainerInspector> & {
  readonly inspector: ContainerInspector;
};

/** Kind and URL-encoded id of a key. Throws `unsupported` for a key of another engine. */
export function splitKey(key: NodeKey, engine: EngineId): { readonly kind: NodeKind; readonly id: string } {
  const parts = parseKey(key);
  if (parts.engine !== engine) throw new EngineError('unsupported', `${key} is not of engine ${engine}`);
  return { kind: parts.kind, id: encodeURIComponent(parts.id) };
}

/**
 * Whether a signal was rejected because nothing runs. Podman: `can only kill running containers. … is in state exited`,
 * Docker: `container … is not running`.
 */
export function isNotRunning(error: EngineError): boolean {
  return /is in state (exited|stopped|created|configured|initialized)|is not running|no running containers/.test(
    error.detail,
  );
}

/** Podman resolves names before ids, so it may respond for a container whose name is the requested id. */
export function assertSameId(response: unknown, id: string) {
  const responseId = asString(asObject(response)['Id']);
  if (responseId && responseId !== id) {
    throw new EngineError('ambiguousId', `the engine resolves this id to another container (${shortId(responseId)})`);
  }
}

/** Inspects a container by id or name. */
export function inspectContainer(api: EngineHttpClient, reference: string, options?: CallOptions): Promise<unknown> {
  const call = { timeoutMs: timeouts.inspect, options, id: reference };
  return api.json('GET', `/containers/${encodeURIComponent(reference)}/json`, call);
}

/** Adds containers that an inspect refers to and the index lacks. A removed container makes no edge. */
export async function resolveReferences(
  api: EngineHttpClient,
  inspect: unknown,
  nameIndex: ContainerNameIndex,
  options?: CallOptions,
): Promise<void> {
  for (const name of unresolvedNames(asObject(inspect), nameIndex)) {
    try {
      const id = asString(asObject(await inspectContainer(api, name, options))['Id']);
      if (id) nameIndex.add(name, id);
    } catch (error) {
      if (EngineError.from(error).reason !== 'gone') throw error;
    }
  }
}

/**
 * Names and ids from the last container list, to resolve references in inspects: `--volumes-from` and `Links` use
 * names, dependencies on infra containers mean their pods, and an inspect does not contain its pod's name.
 */
export class ContainerNameIndex {
  private ids = new Map<string, string>();
  /** Names from earlier lists, which other containers may still refer to. */
  private formerIds = new Map<string, string>();
  private infraPods = new Map<string, string>();
  private podNames = new Map<string, string>();
  /** Ids of pods by name, from the container list and from the pod list. */
  private memberPods = new Map<string, string>();
  private listedPods = new Map<string, string>();

  /** Replaces the index; returns the nodes, with those marked whose id is the name of another one. */
  replaceAll(nodes: readonly ContainerNode[]): readonly ContainerNode[] {
    const listed = new Set(nodes.map(({ id }) => id));
    for (const [name, id] of this.ids) this.formerIds.set(name, id);
    for (const [name, id] of this.formerIds) if (!listed.has(id)) this.formerIds.delete(name);
    this.ids = new Map();
    this.infraPods = new Map();
    this.podNames = new Map();
    this.memberPods = new Map();
    for (const node of nodes) {
      this.ids.set(node.name, node.id);
      if (node.pod === undefined) continue;
      const pod = parseKey(node.pod).id;
      if (node.isInfra) this.infraPods.set(node.id, pod);
      if (node.podName === undefined) continue;
      this.podNames.set(pod, node.podName);
      this.memberPods.set(node.podName, pod);
    }
    return this.markAmbiguous(nodes);
  }

  /** The same for pods, which may also be known from their containers. */
  updatePods(pods: readonly PodNode[]): readonly PodNode[] {
    this.listedPods = new Map(pods.map((pod) => [pod.name, pod.id]));
    return this.markAmbiguous(pods);
  }

  /** Updates names that look like ids. */
  applyEvent({ key, action, name }: Pick<EngineEvent, 'key' | 'action' | 'name'>): void {
    if (name === undefined || !isFullId(name)) return;
    const { kind, id } = parseKey(key);
    const names = kind === 'pod' ? this.listedPods : this.ids;
    if (action !== 'remove') names.set(name, id);
    else if (names.get(name) === id) names.delete(name);
  }

  /** Id of another container or pod whose name equals this id: an engine that resolves names first uses that one. */
  ownerOfName(kind: NodeKind, id: string): string | undefined {
    if (kind === 'volume') return undefined;
    const owner = kind === 'container' ? this.ids.get(id) : (this.memberPods.get(id) ?? this.listedPods.get(id));
    return owner === id ? undefined : owner;
  }

  private markAmbiguous<T extends ContainerNode | PodNode>(nodes: readonly T[]): readonly T[] {
    if (!nodes.some(({ name }) => isFullId(name))) return nodes;
    return nodes.map((node) => {
      const owner = this.ownerOfName(node.kind, node.id);
      return owner === undefined ? node : { ...node, unmanageable: { kind: 'ambiguousId', holder: shortId(owner) } };
    });
  }

  add(name: string, id: string): void {
    this.ids.set(name, id);
  }

  /** Full id for a reference, resolved as both engines do: by id, name, unique id prefix; then by a former name. */
  idOf(reference: string): string | undefined {
    if (isFullId(reference)) return reference;
    return this.ids.get(reference) ?? this.idWithPrefix(reference) ?? this.formerIds.get(reference);
  }

  private idWithPrefix(reference: string): string | undefined {
    if (!/^[0-9a-f]{1,63}$/.test(reference)) return undefined;
    const found = [...new Set(this.ids.values())].filter((id) => id.startsWith(reference));
    return found.length === 1 ? found[0] : undefined;
  }

  /** Id of the pod that has this infra container. */
  podOfInfra(id: string): string | undefined {
    return this.infraPods.get(id);
  }

  podName(id: string): string | undefined {
    return this.podNames.get(id);
  }
}

function isFullId(text: string): boolean {
  return text.length === 64 && /^[0-9a-f]+$/.test(text);
}
