import type { EngineEvent, EventListener } from '../../src/engine/engine';
import type { EngineError } from '../../src/engine/error';
import type { NodeKey } from '../../src/graph/model/model';

/** The event streams of a fake engine; each is in order, with any delay. */
export class EventChannel {
  /** Nodes whose removal was delivered. */
  readonly gone = new Set<NodeKey>();
  private readonly listeners = new Set<{ listener: EventListener; drop: (error: EngineError) => void }>();
  /** Undelivered events. */
  private queued: (() => void)[] = [];

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

  /** Delivers an event at once. */
  emitNow(event: EngineEvent) {
    for (const { listener } of this.listeners) listener.onEvent(event);
  }

  /** Delivers an event in a later step. */
  emit(key: NodeKey, action: EngineEvent['action'], at: number, more: Partial<EngineEvent> = {}) {
    const event: EngineEvent = { key, action, name: undefined, exitCode: undefined, at, ...more };
    for (const { listener } of this.listeners) {
      this.queued.push(() => {
        if (action === 'remove') this.gone.add(key);
        listener.onEvent(event);
      });
      void this.turn('event').then(() => this.queued.shift()?.());
    }
  }

  /** Ends the streams; queued events are lost. */
  drop(error: EngineError) {
    this.queued = [];
    for (const { drop } of [...this.listeners]) drop(error);
  }

  close() {
    this.listeners.clear();
  }
}
