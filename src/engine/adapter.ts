import {
  type ContainerNode,
  type EngineId,
  keyDeps,
  type NodeKey,
  type NodeKind,
  type PodNode,
} from '../graph/model/model';
import type { Engine, EngineEvent } from './engine';
import { EngineError } from './error';
import type { ContainerInspector } from './inspector';
import { JsonObject, text } from './responses/json';

/** One make's way of doing what an `Engine` does, once it is known which make it is. */
export type EngineAdapter = Omit<Engine, 'id' | 'endpoint' | 'connect' | 'close' | keyof ContainerInspector> & {
  readonly inspector: ContainerInspector;
};

/** What a key names, as part of a path. Throws for keys of other engines, which would name something else here. */
export function splitKey(key: NodeKey, engine: EngineId): { readonly kind: NodeKind; readonly id: string } {
  const parts = keyDeps(key);
  if (parts.engine !== engine) throw new EngineError('unsupported', `${key} is not of engine ${engine}`);
  return { kind: parts.kind, id: encodeURIComponent(parts.id) };
}

/**
 * Whether a signal found nothing that runs. Podman: `can only kill running containers. … is in state exited`, Docker:
 * `container … is not running`.
 */
export function isNotRunning(error: EngineError): boolean {
  return /is in state (exited|stopped|created|configured|initialized)|is not running|no running containers/.test(
    error.detail,
  );
}

/** Podman looks names up before ids, so that it may answer about a container that is named like the id of the requested one. */
export function checkIsAbout(answer: unknown, id: string) {
  const answered = text(JsonObject(answer)['Id']);
  if (answered && answered !== id) {
    throw new EngineError('ambiguousId', `the engine takes another container (${answered.slice(0, 12)}) for this one`);
  }
}

/**
 * What the last container list told, for what inspects leave out: `--volumes-from` and `Links` name containers by name,
 * dependencies on infra containers stand for their pods, and an inspect does not know its pod's name.
 */
export class ContainerNameIndex {
  private ids = new Map<string, string>();
  /** Names that containers had in earlier lists, by which others may still refer to them. */
  private formerIds = new Map<string, string>();
  private infraPods = new Map<string, string>();
  private podNames = new Map<string, string>();
  /** Ids of pods by name: as the containers name them, and as pods are listed. */
  private memberPods = new Map<string, string>();
  private listedPods = new Map<string, string>();

  /** Takes a list of containers; returns it with those marked that the engine would mistake for others. */
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
      const pod = keyDeps(node.pod).id;
      if (node.isInfra) this.infraPods.set(node.id, pod);
      if (node.podName === undefined) continue;
      this.podNames.set(pod, node.podName);
      this.memberPods.set(node.podName, pod);
    }
    return this.marked(nodes);
  }

  /** The same for pods, which may also be known by their containers. */
  learnPods(pods: readonly PodNode[]): readonly PodNode[] {
    this.listedPods = new Map(pods.map((pod) => [pod.name, pod.id]));
    return this.marked(pods);
  }

  /** What an event tells of a name that is the id of something. */
  learnEvent({ key, action, name }: Pick<EngineEvent, 'key' | 'action' | 'name'>): void {
    if (name === undefined || !isFullId(name)) return;
    const { kind, id } = keyDeps(key);
    const names = kind === 'pod' ? this.listedPods : this.ids;
    if (action !== 'remove') names.set(name, id);
    else if (names.get(name) === id) names.delete(name);
  }

  /** Id of another container or pod that is named like this id: an engine that looks names up first takes it instead. */
  holderOf(kind: NodeKind, id: string): string | undefined {
    if (kind === 'volume') return undefined;
    const holder = kind === 'container' ? this.ids.get(id) : (this.memberPods.get(id) ?? this.listedPods.get(id));
    return holder === id ? undefined : holder;
  }

  private marked<T extends ContainerNode | PodNode>(nodes: readonly T[]): readonly T[] {
    if (!nodes.some(({ name }) => isFullId(name))) return nodes;
    return nodes.map((node) => {
      const holder = this.holderOf(node.kind, node.id);
      return holder === undefined ? node : { ...node, keptOut: { kind: 'ambiguousId', holder: holder.slice(0, 12) } };
    });
  }

  /** A name that a list did not tell, found by an inspect. */
  add(name: string, id: string): void {
    this.ids.set(name, id);
  }

  /**
   * Full id of a container that is named as both engines let people name one: by id, by name, by a beginning of its id that is
   * like no other's, in this order; or by a name that it had.
   */
  idOf(reference: string): string | undefined {
    if (isFullId(reference)) return reference;
    return this.ids.get(reference) ?? this.idBeginning(reference) ?? this.formerIds.get(reference);
  }

  private idBeginning(reference: string): string | undefined {
    if (!/^[0-9a-f]{1,63}$/.test(reference)) return undefined;
    const found = [...new Set(this.ids.values())].filter((id) => id.startsWith(reference));
    return found.length === 1 ? found[0] : undefined;
  }

  /** Id of the pod whose infra container this is. */
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
