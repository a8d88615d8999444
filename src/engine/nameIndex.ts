import { type ContainerNode, type NodeKind, parseKey, type PodNode, shortId } from '../graph/model/model';
import type { EngineEvent } from './engine';

/**
 * Names and ids from the last container list, to resolve references in inspects: `--volumes-from` and `Links` use
 * names, dependencies on infra containers mean their pods, and an inspect does not contain its pod's name.
 */
export class ContainerNameIndex {
  private readonly ids = new Map<string, string>();
  /** Former names of listed containers, which other containers may still refer to. */
  private readonly formerIds = new Map<string, string>();
  private infraPods = new Map<string, string>();
  private podNames = new Map<string, string>();
  /** Ids of pods by name, from the container list and from the pod list. */
  private memberPods = new Map<string, string>();
  private listedPods = new Map<string, string>();

  replaceAll(nodes: readonly ContainerNode[]): void {
    // Updated in place: the graph shares the strings of the first list.
    if (this.ids.size + this.formerIds.size > 0) this.keepFormerNames(nodes);
    for (const { name, id } of nodes) if (!this.ids.has(name)) this.ids.set(name, id);
    this.infraPods = new Map();
    this.podNames = new Map();
    this.memberPods = new Map();
    for (const node of nodes) {
      if (node.pod === undefined) continue;
      const pod = parseKey(node.pod).id;
      if (node.isInfra) this.infraPods.set(node.id, pod);
      if (node.podName === undefined) continue;
      this.podNames.set(pod, node.podName);
      this.memberPods.set(node.podName, pod);
    }
  }

  /** Moves the names that listed containers no longer have, and drops those of removed containers. */
  private keepFormerNames(nodes: readonly ContainerNode[]) {
    const listed = new Set(nodes.map(({ id }) => id));
    const names = new Map(nodes.map(({ name, id }) => [name, id]));
    for (const [name, id] of this.ids) {
      if (names.get(name) === id) continue;
      this.formerIds.set(name, id);
      this.ids.delete(name);
    }
    for (const [name, id] of this.formerIds) if (!listed.has(id)) this.formerIds.delete(name);
  }

  /** Pods may also be known from their containers. */
  updatePods(pods: readonly PodNode[]): void {
    this.listedPods = new Map(pods.map((pod) => [pod.name, pod.id]));
  }

  /** Updates names that resemble ids. */
  applyEvent({ key, action, name }: Pick<EngineEvent, 'key' | 'action' | 'name'>): void {
    if (name === undefined || !isFullId(name)) return;
    const { kind, id } = parseKey(key);
    const names = kind === 'pod' ? this.listedPods : this.ids;
    if (action !== 'remove') names.set(name, id);
    else if (names.get(name) === id) names.delete(name);
  }

  /** Id of another container or pod whose name equals this id: an engine that resolves names first uses that one. */
  ownerOfName(kind: NodeKind, id: string): string | undefined {
    if (kind !== 'container' && kind !== 'pod') return undefined;
    const owner = kind === 'container' ? this.ids.get(id) : (this.memberPods.get(id) ?? this.listedPods.get(id));
    return owner === id ? undefined : owner;
  }

  /** The nodes, with those marked for which `ownerOfName` finds another one. */
  markAmbiguous<T extends ContainerNode | PodNode>(nodes: readonly T[]): readonly T[] {
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

export function isFullId(text: string): boolean {
  return text.length === 64 && /^[0-9a-f]+$/.test(text);
}
