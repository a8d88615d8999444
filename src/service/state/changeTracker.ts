import type { NodeKey } from '../../graph/model/model';

/** What changed. Without `structure` these nodes have other states or details, and all of them stand where they stood. */
export interface ChangeSet {
  readonly nodes: ReadonlySet<NodeKey>;
  readonly structure: boolean;
}

/** What changed in what is observed of an engine, kept until each of those who wait for it has taken it. */
export class ChangeTracker {
  private nodes = new Set<NodeKey>();
  private structure = false;
  /** The same for who draws the graph, at moments of its own. */
  private pendingForGraph: { nodes: Set<NodeKey>; structure: boolean } = { nodes: new Set(), structure: true };
  private count = 0;

  /** Grows with every change. */
  get version(): number {
    return this.count;
  }

  get any(): boolean {
    return this.structure || this.nodes.size > 0;
  }

  /** What changed since this was last called. */
  apply(): ChangeSet {
    const taken = { nodes: this.nodes, structure: this.structure };
    this.nodes = new Set();
    this.structure = false;
    return taken;
  }

  /** What changed since the graph was last drawn. */
  drain(): ChangeSet {
    const taken = this.pendingForGraph;
    this.pendingForGraph = { nodes: new Set(), structure: false };
    return taken;
  }

  bumpVersion() {
    this.count++;
  }

  markNodeChanged(key: NodeKey) {
    this.nodes.add(key);
    // All of it is drawn anew anyway, and nobody may draw for hours.
    if (!this.pendingForGraph.structure) this.pendingForGraph.nodes.add(key);
  }

  /** A node looks other than before because of another one: it is not drawn otherwise. */
  markChanged(key: NodeKey) {
    this.nodes.add(key);
  }

  markStructureChanged() {
    this.structure = true;
    this.pendingForGraph = { nodes: new Set(), structure: true };
  }
}
