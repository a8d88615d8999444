import type { EngineEvent } from '../../engine/engine';
import { type ContainerNode, isActive, type NodeKey } from '../../graph/model/model';

/** Milliseconds. Events of different objects may be written this much out of order. */
const tolerance = 5_000;
/** Objects of which the last event is kept. */
const most = 20_000;

interface Last {
  readonly at: number;
  readonly action: EngineEvent['action'];
}

/**
 * Tells old events from new ones by the engine's own times. Podman reports events of the past again after its log file was
 * rotated, and a stream that is opened again may do so too. Where the engine's clock was set back, new events look old: so an
 * old one means that the engine must be asked, never that nothing happened.
 */
export class EventOrder {
  private newest = 0;
  private readonly last = new Map<NodeKey, Last>();

  /**
   * Judges an event and records it if it is new.
   * @param node the container as it is known, if it is
   */
  judge(event: EngineEvent, node: ContainerNode | undefined): 'new' | 'repeated' | 'old' {
    const { key, action, at } = event;
    // An id never comes back: that something was removed stays true.
    if (action === 'remove') {
      this.last.delete(key);
      return 'new';
    }
    // Without a time nothing can be told.
    if (!(at > 0)) return 'new';
    const before = this.last.get(key);
    if (before?.at === at && before.action === action) return 'repeated';
    if ((before && at < before.at) || at < this.newest - tolerance || isBeforeItsStart(event, node)) return 'old';
    this.newest = Math.max(this.newest, at);
    this.last.set(key, { at, action });
    if (this.last.size > most) this.forgetOldest();
    return 'new';
  }

  private forgetOldest() {
    let left = most / 2;
    for (const key of this.last.keys()) {
      if (left-- <= 0) return;
      this.last.delete(key);
    }
  }
}

/** Whether it tells of an earlier run of the container than the one that a list or an inspect reported. */
function isBeforeItsStart({ action, at }: EngineEvent, node: ContainerNode | undefined): boolean {
  if (node?.startedAt === undefined) return false;
  if (action === 'exit') return at < node.startedAt;
  return action === 'start' && at < node.startedAt && !isActive(node.state);
}
