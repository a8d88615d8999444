import type { Clock } from '../../clock';
import type { NodeKey } from '../../graph/model/model';
import { Emitter, type Event } from '../emitter';
import type { EngineStateStore } from './stateStore';

/** Events of one engine's monitor, and waiting for conditions on its state. */
export class EngineEventHub {
  /** The observed state changed; fires once per event or response. */
  readonly onDidObserve = new Emitter<void>();
  /** A container exited or a node was removed. */
  readonly onActivity = new Emitter<void>();
  readonly onDidRemove = new Emitter<NodeKey>();
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
    this.onDidRemove.fire(key);
    this.onActivity.fire();
    this.notify();
  }

  /** Resolves when all keys are removed, or after `ms`. */
  waitForRemoval(keys: Iterable<NodeKey>, ms: number): Promise<void> {
    const remaining = new Set(keys);
    const areGone = () => {
      for (const key of remaining) if (this.observations.isGone(key)) remaining.delete(key);
      return remaining.size === 0;
    };
    return this.waitFor(areGone, this.onDidRemove.event, ms);
  }

  /** Resolves when the condition holds, or after `ms`. It is checked whenever the engine sends an event or a response. */
  waitUntil(condition: () => boolean, ms: number): Promise<void> {
    return this.waitFor(condition, this.onDidReceive.event, ms);
  }

  private waitFor<T>(condition: () => boolean, onEvent: Event<T>, ms: number): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        subscription.dispose();
        resolve();
      };
      const cancel = this.clock.after(ms, done);
      const subscription = onEvent(() => {
        if (condition()) done();
      });
    });
  }
}
