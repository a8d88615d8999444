import type { Clock } from '../../clock';
import type { NodeKey } from '../../graph/model';
import { Emitter, type Event } from '../emitter';
import type { Observations } from './observations';

/** What the feed of one engine lets others know of what it has learned, and how they wait for it. */
export class Signs {
  /** Something else is known of what the engine holds; told at each event. */
  readonly onDidObserve = new Emitter<void>();
  /** Something exited or went. */
  readonly onActivity = new Emitter<void>();
  /** A node is no more. */
  readonly onGone = new Emitter<NodeKey>();
  /** The engine has told anything, asked or not. */
  readonly onTold = new Emitter<void>();

  constructor(
    private readonly observations: Observations,
    private readonly clock: Clock,
  ) {}

  tell() {
    if (this.observations.changes.any) this.onDidObserve.fire();
  }

  dispose() {
    this.onDidObserve.dispose();
  }

  noteGone(key: NodeKey) {
    this.observations.noteGone(key);
    this.onGone.fire(key);
    this.onActivity.fire();
    this.tell();
  }

  /** Resolves when all keys are known to be gone, or after `ms`. */
  awaitGone(keys: Iterable<NodeKey>, ms: number): Promise<void> {
    const left = new Set(keys);
    const areGone = () => {
      for (const key of left) if (this.observations.isGone(key)) left.delete(key);
      return left.size === 0;
    };
    return this.until(areGone, this.onGone.event, ms);
  }

  /** Resolves when something is so, looked at whenever the engine has told anything, or after `ms`. */
  awaitThat(isSo: () => boolean, ms: number): Promise<void> {
    return this.until(isSo, this.onTold.event, ms);
  }

  private until<T>(isSo: () => boolean, onSign: Event<T>, ms: number): Promise<void> {
    if (isSo()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        takeBack();
        listening.dispose();
        resolve();
      };
      const takeBack = this.clock.after(ms, done);
      const listening = onSign(() => {
        if (isSo()) done();
      });
    });
  }
}
