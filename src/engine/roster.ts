import type { ContainerNode } from '../graph/model';
import { keyParts } from '../graph/model';

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

  learn(nodes: readonly ContainerNode[]): void {
    const listed = new Set(nodes.map(({ id }) => id));
    for (const [name, id] of this.ids) this.formerIds.set(name, id);
    for (const [name, id] of this.formerIds) if (!listed.has(id)) this.formerIds.delete(name);
    this.ids = new Map();
    this.infraPods = new Map();
    this.podNames = new Map();
    for (const node of nodes) {
      this.ids.set(node.name, node.id);
      if (node.pod === undefined) continue;
      const pod = keyParts(node.pod).id;
      if (node.infra) this.infraPods.set(node.id, pod);
      if (node.podName !== undefined) this.podNames.set(pod, node.podName);
    }
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
    if (/^[0-9a-f]{64}$/.test(reference)) return reference;
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
