import type { NodeKey } from '../../src/graph/model/model';
import type { Outcome } from '../../src/graph/plan/report';
import { Emitter } from '../../src/service/emitter';
import type { ActionFailure, GraphChange, GraphSnapshot, Operation } from '../../src/service/service';
import { type GraphSpec, snapshotOf } from './picture';

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

  constructor(drawing: GraphSpec) {
    this.snapshot = snapshotOf(drawing);
  }

  operationOf(key: NodeKey) {
    return this.operations.get(key);
  }

  isBusyInOtherWindow(key: NodeKey) {
    return this.elsewhere.has(key);
  }

  failureOf(key: NodeKey): ActionFailure | undefined {
    const outcome = this.failures.get(key);
    return outcome && { action: 'remove', outcome };
  }

  show(drawing: GraphSpec, change: Partial<GraphChange>) {
    this.snapshot = snapshotOf(drawing, this.snapshot.version + 1);
    this.tell(change);
  }

  tell(change: Partial<GraphChange>) {
    this.changes.fire({ structure: false, nodes: new Set(), engines: false, ...change });
  }
}
