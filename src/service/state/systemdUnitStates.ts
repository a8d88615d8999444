import { systemdUnitOf } from '../../graph/model/labels';
import type { ContainerNode, GraphEdge, NodeKey, PodNode, SystemdUnitState } from '../../graph/model/model';

/** The systemd units of one engine's containers and pods, as last read, with the edges between them. */
export class SystemdUnitStates {
  private states: ReadonlyMap<string, SystemdUnitState> = new Map();
  private unitEdges: readonly GraphEdge[] = [];
  private changes = 0;
  /** Nodes of units without a container, see `isStoppedUnit`. */
  stopped: readonly ContainerNode[] = [];

  /** Increases when a container or pod of a unit appears, disappears or changes its state. */
  get version(): number {
    return this.changes;
  }

  /** Call for each update of a container or pod. */
  track(before: ContainerNode | PodNode | undefined, after: ContainerNode | PodNode | undefined) {
    if (before?.state === after?.state) return;
    const node = after ?? before;
    const unit = node && systemdUnitOf(node);
    if (unit === undefined) return;
    this.changes++;
    if (after) this.stopped = this.stopped.filter(({ id }) => id !== unit);
  }

  /** @returns whether there was a node of a unit without a container */
  drop(key: NodeKey): boolean {
    const { length } = this.stopped;
    this.stopped = this.stopped.filter((node) => node.key !== key);
    return this.stopped.length < length;
  }

  /** The node with the state of its unit. */
  assign<T extends ContainerNode | PodNode>(node: T): T {
    const name = this.states.size > 0 ? systemdUnitOf(node) : undefined;
    const systemdUnit = name === undefined ? undefined : this.states.get(name);
    return node.systemdUnit === systemdUnit ? node : { ...node, systemdUnit };
  }

  /** @param stopped nodes of units without a container */
  replace(
    states: ReadonlyMap<string, SystemdUnitState>,
    edges: readonly GraphEdge[],
    stopped: readonly ContainerNode[],
  ) {
    this.states = states;
    this.unitEdges = edges;
    this.stopped = stopped;
  }

  /** The edges whose nodes still exist. */
  edges(exists: (key: NodeKey) => boolean): readonly GraphEdge[] {
    const isShown = (key: NodeKey) => exists(key) || this.stopped.some((node) => node.key === key);
    return this.unitEdges.filter(({ from, to }) => isShown(from) && isShown(to));
  }
}
