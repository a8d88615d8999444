import type { Clock } from '../../clock';
import type { NodeKey } from '../../graph/model/model';
import { Emitter } from '../emitter';
import type { EngineStateStore } from './stateStore';

/** Events of one engine's monitor, and waiting for conditions on its state. */
export class EngineEventHub {
  /** The observed state changed; fires once per event or response. */
  readonly onDidObserve = new Emitter<void>();
  /** A container exited or a node was removed. */
  readonly onActivity = new Emitter<void>();
  /** The engine sent an event or a response. */
  readonly onDidReceive = new Emitter<void>();

  constructor(
    private readonly observations: EngineStateStore,
    private readonly clock: Clock,
  ) {}

  notify() {
    if (this.observations.changes.any) this.onDidObserve.fire();
  }

  dispose() {
    this.onDidObserve.dispose();
  }

  notifyRemoved(key: NodeKey) {
    this.observations.markRemoved(key);
    this.onDidReceive.fire();
    this.onActivity.fire();
    this.notify();
  }

  /** Resolves when the condition holds, or after `ms`. It is checked whenever the engine sends an event or a response. */
  waitUntil(condition: () => boolean, ms: number): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        subscription.dispose();
        resolve();
      };
      const cancel = this.clock.after(ms, done);
      const subscription = this.onDidReceive.event(() => {
        if (condition()) done();
      });
    });
  }
}
