import type { NodeKey } from '../../src/graph/model';
import type { Outcome } from '../../src/graph/report';
import { Emitter } from '../../src/service/emitter';
import type { Failure, GraphChange, GraphSnapshot, Operation } from '../../src/service/service';
import type { Drawing } from './picture';
import { snapshotOf } from './picture';

/** The part of the service that the tree reads, in memory: shows what it is told to show. */
export class FakeService {
  snapshot: GraphSnapshot;
  readonly operations = new Map<NodeKey, Operation>();
  readonly elsewhere = new Set<NodeKey>();
  readonly failures = new Map<NodeKey, Outcome>();
  private readonly changes = new Emitter<GraphChange>((thrown) => {
    throw thrown;
  });
  readonly onDidChange = this.changes.event;

  constructor(drawing: Drawing) {
    this.snapshot = snapshotOf(drawing);
  }

  operationOf(key: NodeKey) {
    return this.operations.get(key);
  }

  isElsewhere(key: NodeKey) {
    return this.elsewhere.has(key);
  }

  failureOf(key: NodeKey): Failure | undefined {
    const outcome = this.failures.get(key);
    return outcome && { action: 'remove', outcome };
  }

  show(drawing: Drawing, change: Partial<GraphChange>) {
    this.snapshot = snapshotOf(drawing, this.snapshot.version + 1);
    this.tell(change);
  }

  tell(change: Partial<GraphChange>) {
    this.changes.fire({ structure: false, nodes: new Set(), engines: false, ...change });
  }
}
