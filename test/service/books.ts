import { isActive, type NodeKey, nodeKey } from '../../src/graph/model/model';
import { ContainerModel } from './population';

/** A population with books on who works on it: every breach of what operations on a graph promise is noted. */
export class Books extends ContainerModel {
  readonly breaches: string[] = [];
  mostAtOnce = 0;
  allowedAtOnce = Infinity;
  /** No removal may be sent from now on. */
  closed = false;
  private readonly deleting = new Set<NodeKey>();
  private atOnce = 0;

  /** What removals are at work on, whoever sent them. */
  get inFlight(): ReadonlySet<NodeKey> {
    return this.deleting;
  }

  /** Keeps books on what is at work: never two on one node, never more than allowed, nothing after the end. */
  protected async working(key: NodeKey, work: () => Promise<void>) {
    if (this.closed) this.breaches.push(`sent after everything was to stop: ${key}`);
    if (this.deleting.has(key)) this.breaches.push(`two operations at once: ${key}`);
    this.deleting.add(key);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    if (this.atOnce > this.allowedAtOnce) this.breaches.push(`${this.atOnce} operations at once`);
    try {
      await work();
    } finally {
      this.deleting.delete(key);
      this.atOnce--;
    }
  }

  protected checkDown(key: NodeKey) {
    for (const one of this.dependentsOf(key)) {
      if (isActive(one.state)) this.breaches.push(`${key} stopped under ${one.key}`);
    }
  }

  /** Nothing comes up before what it needs; a hard cycle has no such order. */
  protected checkUp(key: NodeKey) {
    const going = this.concernedBy(key);
    for (const one of going) {
      for (const name of one.made.needs ?? []) {
        const needed = this.living.get(nodeKey(this.id, 'container', name));
        if (!needed || going.includes(needed) || isActive(needed.state) || this.inCycle(one, needed.key)) continue;
        this.breaches.push(`${one.key} started before ${needed.key}`);
      }
    }
  }

  protected checkDependents(key: NodeKey) {
    for (const one of this.dependentsOf(key)) this.breaches.push(`${key} removed under ${one.key}`);
  }
}
