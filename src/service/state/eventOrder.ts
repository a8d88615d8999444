import type { EngineEvent } from '../../engine/engine';
import { type ContainerNode, isActive, type NodeKey } from '../../graph/model/model';

/** Milliseconds by which events of different objects may be out of order. */
const tolerance = 5_000;
const maxTracked = 20_000;

interface LastEvent {
  readonly at: number;
  readonly action: EngineEvent['action'];
}

/**
 * Detects replayed events by the engine's timestamps: Podman replays its log after rotation, as may a reopened stream.
 * After the engine's clock was set back, new events have old timestamps, so query the engine after an old event.
 */
export class EventOrder {
  private newest = 0;
  private readonly last = new Map<NodeKey, LastEvent>();

  /**
   * Classifies an event and records it if it is new.
   * @param node the container as last observed
   */
  classify(event: EngineEvent, node: ContainerNode | undefined): 'new' | 'repeated' | 'old' {
    const { key, action, at } = event;
    // Ids are never reused.
    if (action === 'remove') {
      this.last.delete(key);
      return 'new';
    }
    if (!(at > 0)) return 'new';
    const before = this.last.get(key);
    if (before?.at === at && before.action === action) return 'repeated';
    if ((before && at < before.at) || at < this.newest - tolerance || isBeforeStart(event, node)) return 'old';
    this.newest = Math.max(this.newest, at);
    this.last.set(key, { at, action });
    if (this.last.size > maxTracked) this.evictOldest();
    return 'new';
  }

  private evictOldest() {
    let excess = maxTracked / 2;
    for (const key of this.last.keys()) {
      if (excess-- <= 0) return;
      this.last.delete(key);
    }
  }
}

/** Whether the event is older than the container's current start, as a list or an inspect reported it. */
function isBeforeStart({ action, at }: EngineEvent, node: ContainerNode | undefined): boolean {
  if (node?.startedAt === undefined) return false;
  if (action === 'exit') return at < node.startedAt;
  return action === 'start' && at < node.startedAt && !isActive(node.state);
}
