import { isActive, type NodeKey, nodeKey } from '../../src/graph/model/model';
import { ContainerModel } from './containerModel';

/** Checks the invariants of operations, and records violations. */
export class InvariantChecker extends ContainerModel {
  readonly violations: string[] = [];
  peakConcurrency = 0;
  maxConcurrency = Infinity;
  /** After a cancel: no request may be sent. */
  closed = false;
  private readonly busyNodes = new Set<NodeKey>();
  private concurrency = 0;

  /** Nodes with an operation in progress, by any client. */
  get inFlight(): ReadonlySet<NodeKey> {
    return this.busyNodes;
  }

  /** Checks: one operation per node, no more than allowed, none after the end. */
  protected async working(key: NodeKey, work: () => Promise<void>) {
    if (this.closed) this.violations.push(`sent after everything was to stop: ${key}`);
    if (this.busyNodes.has(key)) this.violations.push(`two operations at once: ${key}`);
    this.busyNodes.add(key);
    this.peakConcurrency = Math.max(this.peakConcurrency, ++this.concurrency);
    if (this.concurrency > this.maxConcurrency) this.violations.push(`${this.concurrency} operations at once`);
    try {
      await work();
    } finally {
      this.busyNodes.delete(key);
      this.concurrency--;
    }
  }

  protected checkStop(key: NodeKey) {
    for (const one of this.dependentsOf(key)) {
      if (isActive(one.state)) this.violations.push(`${key} stopped under ${one.key}`);
    }
  }

  /** Dependencies start first, except in a hard cycle. */
  protected checkStart(key: NodeKey) {
    const going = this.affectedBy(key);
    for (const one of going) {
      for (const name of one.spec.needs ?? []) {
        const needed = this.containers.get(nodeKey(this.id, 'container', name));
        if (!needed || going.includes(needed) || isActive(needed.state) || this.inCycle(one, needed.key)) continue;
        this.violations.push(`${one.key} started before ${needed.key}`);
      }
    }
  }

  protected checkDependents(key: NodeKey) {
    for (const one of this.dependentsOf(key)) this.violations.push(`${key} removed under ${one.key}`);
  }
}
