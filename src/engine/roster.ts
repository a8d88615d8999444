import type { ContainerNode, NodeKind, PodNode } from '../graph/model';
import { keyParts } from '../graph/model';
import type { EngineEvent } from './engine';

/**
 * What the last container list told, for what inspects leave out: `--volumes-from` and `Links` name containers by name,
 * dependencies on infra containers stand for their pods, and an inspect does not know its pod's name.
 */
export class Roster {
  private ids = new Map<string, string>();
  /** Names that containers had in earlier lists, by which others may still refer to them. */
  private formerIds = new Map<string, string>();
  private infraPods = new Map<string, string>();
  private podNames = new Map<string, string>();
  /** Ids of pods by name: as the containers name them, and as pods are listed. */
  private memberPods = new Map<string, string>();
  private listedPods = new Map<string, string>();

  /** Takes a list of containers; returns it with those marked that the engine would mistake for others. */
  learn(nodes: readonly ContainerNode[]): readonly ContainerNode[] {
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
      const pod = keyParts(node.pod).id;
      if (node.infra) this.infraPods.set(node.id, pod);
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
    const { kind, id } = keyParts(key);
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
  learnName(name: string, id: string): void {
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
