import { EngineError } from '../../engine/error';
import { type EngineId, keyDeps, nodeKey } from '../../graph/model/model';
import type { Log } from '../log';
import type { EngineMonitor } from './engineMonitor';

/**
 * Engines that are reached by two ways, by a socket and over ssh perhaps. Both list the same containers, whose ids are random
 * and long, and both say that they are the same: then the first of them stands for both, and only while that one is away
 * and the other is not, the other for it.
 */
export class DuplicateConnections {
  /** What stands for an engine, which may itself have something that stands for it. */
  private readonly primaries = new Map<EngineId, EngineId>();
  /** Pairs that were asked, or are being asked. */
  private readonly compared = new Set<string>();
  /** What engines said when they were last asked, once for each connection. */
  private readonly identities = new Map<EngineId, Promise<string>>();

  constructor(
    private readonly feeds: ReadonlyMap<EngineId, EngineMonitor>,
    private readonly log: Pick<Log, 'info' | 'warn'>,
    private readonly onDidChange: () => void,
  ) {}

  /** Whether another one stands for it now. */
  isHidden(id: EngineId): boolean {
    return this.isSuspended(id) || (this.primaryOf(id) !== undefined && this.feeds.get(id)?.status.state !== 'live');
  }

  /** Whether nothing is to be asked by this way. */
  isSuspended(id: EngineId): boolean {
    return this.primaryOf(id)?.status.state === 'live';
  }

  /** The other ways to an engine. */
  duplicatesOf(id: EngineId): readonly EngineMonitor[] {
    return [...this.feeds.values()].filter((feed) => this.primaryOf(feed.source.id)?.source.id === id);
  }

  /** Takes note that an engine is there again, which may be another one at the same address. */
  handleConnected(id: EngineId) {
    this.identities.delete(id);
    for (const pair of [...this.compared]) if (pair.split(' ').includes(id)) this.compared.delete(pair);
  }

  /** Forgets engines that are no longer shown. */
  retainOnly(ids: ReadonlySet<EngineId>) {
    for (const [id, first] of [...this.primaries]) if (!ids.has(id) || !ids.has(first)) this.primaries.delete(id);
    for (const pair of [...this.compared]) if (!pair.split(' ').every((id) => ids.has(id))) this.compared.delete(pair);
    for (const id of [...this.identities.keys()]) if (!ids.has(id)) this.identities.delete(id);
  }

  /** Holds an engine against all others; cheap where they share nothing. */
  checkDuplicates(id: EngineId) {
    const ids = [...this.feeds.keys()];
    for (const other of ids) {
      const [first, second] = ids.indexOf(id) < ids.indexOf(other) ? [id, other] : [other, id];
      if (first !== second && this.mayBeSame(first, second)) void this.ask(first, second);
    }
  }

  private mayBeSame(first: EngineId, second: EngineId): boolean {
    if (this.compared.has(`${first} ${second}`)) return false;
    if (this.primaries.get(second) === first) return true;
    const [a, b] = [this.feeds.get(first), this.feeds.get(second)];
    const areLive = a?.status.state === 'live' && b?.status.state === 'live';
    return areLive && !this.isHidden(first) && !this.isHidden(second) && shareContainer(a, b);
  }

  private async ask(first: EngineId, second: EngineId) {
    const [a, b] = [this.feeds.get(first), this.feeds.get(second)];
    if (!a || !b) return;
    this.compared.add(`${first} ${second}`);
    try {
      const [one, other] = await Promise.all([this.identityOf(a), this.identityOf(b)]);
      if (this.feeds.get(first) !== a || this.feeds.get(second) !== b) return;
      if ((one === other) === (this.primaries.get(second) === first)) return;
      if (one === other) this.primaries.set(second, first);
      else this.primaries.delete(second);
      this.log.info(`${b.source.label} ${one === other ? 'is' : 'is no longer'} the same engine as ${a.source.label}`);
      this.onDidChange();
    } catch (thrown) {
      // Asked anew when one of them comes back: shown twice is better than one of them not at all.
      this.log.warn(`${a.source.label} or ${b.source.label}, which it is: ${EngineError.from(thrown).message}`);
    }
  }

  private identityOf({ source: { id, engine } }: EngineMonitor): Promise<string> {
    const known = this.identities.get(id);
    if (known) return known;
    const requestedAt = engine.identity();
    this.identities.set(id, requestedAt);
    requestedAt.catch(() => this.identities.delete(id));
    return requestedAt;
  }

  private primaryOf(id: EngineId): EngineMonitor | undefined {
    let first = this.primaries.get(id);
    for (let next = first; next !== undefined; next = this.primaries.get(next)) first = next;
    return first === undefined ? undefined : this.feeds.get(first);
  }
}

/** Any container tells, because both lists are whole. */
function shareContainer(a: EngineMonitor, b: EngineMonitor): boolean {
  const [key] = a.observations.containers.keys();
  return key !== undefined && b.observations.containers.has(nodeKey(b.source.id, 'container', keyDeps(key).id));
}
