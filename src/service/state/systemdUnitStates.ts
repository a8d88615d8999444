import { systemdUnitOf } from '../../graph/model/labels';
import type { ContainerNode, GraphEdge, NodeKey, PodNode, SystemdUnitState } from '../../graph/model/model';

/** The systemd units of one engine's containers and pods, as last read, with the edges between them. */
export class SystemdUnitStates {
  private states: ReadonlyMap<string, SystemdUnitState> = new Map();
  private unitEdges: readonly GraphEdge[] = [];
  private changes = 0;

  /** Increases when a container or pod of a unit appears, disappears or changes its state. */
  get version(): number {
    return this.changes;
  }

  /** Call for each update of a container or pod. */
  track(before: ContainerNode | PodNode | undefined, after: ContainerNode | PodNode | undefined) {
    const node = after ?? before;
    if (before?.state !== after?.state && node && systemdUnitOf(node) !== undefined) this.changes++;
  }

  /** The node with the state of its unit. */
  assign<T extends ContainerNode | PodNode>(node: T): T {
    const name = this.states.size > 0 ? systemdUnitOf(node) : undefined;
    const systemdUnit = name === undefined ? undefined : this.states.get(name);
    return node.systemdUnit === systemdUnit ? node : { ...node, systemdUnit };
  }

  replace(states: ReadonlyMap<string, SystemdUnitState>, edges: readonly GraphEdge[]) {
    this.states = states;
    this.unitEdges = edges;
  }

  /** The edges whose nodes still exist. */
  edges(exists: (key: NodeKey) => boolean): readonly GraphEdge[] {
    return this.unitEdges.filter(({ from, to }) => exists(from) && exists(to));
  }
}
