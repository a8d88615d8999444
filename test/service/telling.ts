import type { EngineEvent, EventListener } from '../../src/engine/engine';
import type { EngineError } from '../../src/engine/error';
import type { NodeKey } from '../../src/graph/model/model';

/** The event streams of an engine in memory. A stream keeps its order, however late it is. */
export class EventChannel {
  /** What everybody who listens was told to be gone. */
  readonly gone = new Set<NodeKey>();
  private readonly listeners = new Set<{ listener: EventListener; drop: (error: EngineError) => void }>();
  /** What happened and was not told yet. */
  private untold: (() => void)[] = [];

  constructor(private readonly turn: (label: string) => Promise<void>) {}

  listen(listener: EventListener, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry = { listener, drop: reject };
      this.listeners.add(entry);
      signal.addEventListener('abort', () => {
        this.listeners.delete(entry);
        resolve();
      });
      listener.onOpen();
    });
  }

  /** Out of nowhere, delivered at once. */
  tellNow(event: EngineEvent) {
    for (const { listener } of this.listeners) listener.onEvent(event);
  }

  /** Delivered when its turn comes. */
  tell(key: NodeKey, action: EngineEvent['action'], at: number) {
    const event: EngineEvent = { key, action, name: undefined, pod: undefined, exitCode: undefined, at };
    for (const { listener } of this.listeners) {
      this.untold.push(() => {
        if (action === 'remove') this.gone.add(key);
        listener.onEvent(event);
      });
      void this.turn('event').then(() => this.untold.shift()?.());
    }
  }

  /** The streams end, and what was not told never is. */
  drop(error: EngineError) {
    this.untold = [];
    for (const { drop } of [...this.listeners]) drop(error);
  }

  close() {
    this.listeners.clear();
  }
}
