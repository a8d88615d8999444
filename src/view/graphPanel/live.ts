import type { NodeKey } from '../../graph/model';
import type { GraphChange } from '../../service/service';

/** Milliseconds for which changes are gathered before they are drawn. */
const gathering = 40;

/** Gathers changes that come in quick succession into one. */
export class Gathering {
  private nodes = new Set<NodeKey>();
  private structure = false;
  /** A structural change that did not say which nodes it concerns. */
  private everywhere = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly tell: (change: Pick<GraphChange, 'structure' | 'nodes'>) => void) {}

  add({ structure, nodes }: Pick<GraphChange, 'structure' | 'nodes'>) {
    if (structure && nodes.size === 0) this.everywhere = true;
    this.structure ||= structure;
    for (const key of nodes) this.nodes.add(key);
    this.timer ??= setTimeout(() => this.flush(), gathering);
  }

  dispose() {
    clearTimeout(this.timer);
  }

  private flush() {
    this.timer = undefined;
    const change = { structure: this.structure, nodes: this.everywhere ? new Set<NodeKey>() : this.nodes };
    this.nodes = new Set();
    this.structure = false;
    this.everywhere = false;
    this.tell(change);
  }
}
