import type { ContainerNode } from '../graph/model';
import { keyParts } from '../graph/model';

/**
 * What the last container list told, for what inspects leave out: `--volumes-from` and `Links` name containers by name,
 * dependencies on infra containers stand for their pods, and an inspect does not know its pod's name.
 */
export class Roster {
  private ids = new Map<string, string>();
  private infraPods = new Map<string, string>();
  private podNames = new Map<string, string>();

  learn(nodes: readonly ContainerNode[]): void {
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

  /** Full id of a container that is named by id or by name. */
  idOf(reference: string): string | undefined {
    return /^[0-9a-f]{64}$/.test(reference) ? reference : this.ids.get(reference);
  }

  /** Id of the pod whose infra container this is. */
  podOfInfra(id: string): string | undefined {
    return this.infraPods.get(id);
  }

  podName(id: string): string | undefined {
    return this.podNames.get(id);
  }
}
