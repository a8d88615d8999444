import type { NodeKey } from '../../graph/model/model';

/** Without `structure`, only states or details of `nodes` changed: their edges, pods and names did not. */
interface ChangeSet {
  readonly nodes: ReadonlySet<NodeKey>;
  readonly structure: boolean;
}

/** Changes in the state of one engine, buffered separately for listeners and for the graph. */
export class ChangeTracker {
  private nodes = new Set<NodeKey>();
  private structure = false;
  private pendingForGraph: { nodes: Set<NodeKey>; structure: boolean } = { nodes: new Set(), structure: true };
  private count = 0;

  /** Increases with every change. */
  get version(): number {
    return this.count;
  }

  get any(): boolean {
    return this.structure || this.nodes.size > 0;
  }

  /** Returns and clears the changes for listeners. */
  drain(): ChangeSet & { readonly nodes: Set<NodeKey> } {
    const drained = { nodes: this.nodes, structure: this.structure };
    this.nodes = new Set();
    this.structure = false;
    return drained;
  }

  /** Returns and clears the changes for the graph. */
  drainForGraph(): ChangeSet {
    const drained = this.pendingForGraph;
    this.pendingForGraph = { nodes: new Set(), structure: false };
    return drained;
  }

  bumpVersion() {
    this.count++;
  }

  markChanged(key: NodeKey) {
    this.nodes.add(key);
    // A rebuild covers all nodes; hours may pass until then, so the set must not grow.
    if (!this.pendingForGraph.structure) this.pendingForGraph.nodes.add(key);
  }

  /** The presentation of a node depends on another node that changed; the graph is not affected. */
  markPresentationChanged(key: NodeKey) {
    this.nodes.add(key);
  }

  /** Nodes that are not part of the graph were added or removed. */
  markPresentationStructureChanged() {
    this.structure = true;
  }

  markStructureChanged() {
    this.structure = true;
    if (!this.pendingForGraph.structure) this.pendingForGraph = { nodes: new Set(), structure: true };
  }
}
