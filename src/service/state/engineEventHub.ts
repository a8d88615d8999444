import type { Clock } from '../../clock';
import type { NodeKey } from '../../graph/model/model';
import { Emitter, type Event } from '../emitter';
import type { EngineStateStore } from './stateStore';

/** What the feed of one engine lets others know of what it has learned, and how they wait for it. */
export class EngineEventHub {
  /** Something else is known of what the engine holds; told at each event. */
  readonly onDidObserve = new Emitter<void>();
  /** Something exited or went. */
  readonly onActivity = new Emitter<void>();
  /** A node is no more. */
  readonly onDidRemove = new Emitter<NodeKey>();
  /** The engine has told anything, asked or not. */
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

  /** Resolves when all keys are known to be gone, or after `ms`. */
  waitForRemoval(keys: Iterable<NodeKey>, ms: number): Promise<void> {
    const left = new Set(keys);
    const areGone = () => {
      for (const key of left) if (this.observations.isGone(key)) left.delete(key);
      return left.size === 0;
    };
    return this.until(areGone, this.onDidRemove.event, ms);
  }

  /** Resolves when something is so, looked at whenever the engine has told anything, or after `ms`. */
  waitUntil(isSo: () => boolean, ms: number): Promise<void> {
    return this.until(isSo, this.onDidReceive.event, ms);
  }

  private until<T>(isSo: () => boolean, onEvent: Event<T>, ms: number): Promise<void> {
    if (isSo()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        listening.dispose();
        resolve();
      };
      const cancel = this.clock.after(ms, done);
      const listening = onEvent(() => {
        if (isSo()) done();
      });
    });
  }
}
