import type { NodeKey } from '../../src/graph/model/model';
import type { Outcome } from '../../src/graph/plan/report';
import { Emitter } from '../../src/service/emitter';
import type { ActionFailure, GraphChange, GraphSnapshot, Operation } from '../../src/service/service';
import { type GraphSpec, snapshotOf } from './graphSpec';

/** In-memory fake of the service as the tree uses it. */
export class FakeService {
  snapshot: GraphSnapshot;
  readonly operations = new Map<NodeKey, Operation>();
  readonly busyInOtherWindow = new Set<NodeKey>();
  readonly failures = new Map<NodeKey, Outcome>();
  private readonly changes = new Emitter<GraphChange>((thrown) => {
    throw thrown;
  });
  readonly onDidChange = this.changes.event;

  constructor(spec: GraphSpec) {
    this.snapshot = snapshotOf(spec);
  }

  operationOf(key: NodeKey) {
    return this.operations.get(key);
  }

  isBusyInOtherWindow(key: NodeKey) {
    return this.busyInOtherWindow.has(key);
  }

  failureOf(key: NodeKey): ActionFailure | undefined {
    const outcome = this.failures.get(key);
    return outcome && { action: 'remove', outcome };
  }

  show(spec: GraphSpec, change: Partial<GraphChange>) {
    this.snapshot = snapshotOf(spec);
    this.emit(change);
  }

  emit(change: Partial<GraphChange>) {
    this.changes.fire({ structure: false, nodes: new Set(), engines: false, ...change });
  }
}
