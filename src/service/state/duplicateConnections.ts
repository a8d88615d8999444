import { EngineError } from '../../engine/error';
import { type EngineId, parseKey, nodeKey } from '../../graph/model/model';
import type { Log } from '../service';
import type { EngineMonitor } from './engineMonitor';

/**
 * Detects connections to the same engine, for example by socket and by ssh: they share container ids and report one identity.
 * The first live one is shown; the others are hidden.
 */
export class DuplicateConnections {
  /** Duplicate to primary; a primary may itself be a duplicate. */
  private readonly primaries = new Map<EngineId, EngineId>();
  /** Pairs whose comparison is done or in progress. */
  private readonly compared = new Set<string>();

  constructor(
    private readonly monitors: ReadonlyMap<EngineId, EngineMonitor>,
    private readonly log: Pick<Log, 'info' | 'warn'>,
    private readonly onDidChange: () => void,
  ) {}

  isHidden(id: EngineId): boolean {
    return this.isSuspended(id) || (this.primaryOf(id) !== undefined && this.monitors.get(id)?.status.state !== 'live');
  }

  /** Whether its primary is live, so that this connection sends no requests. */
  isSuspended(id: EngineId): boolean {
    return this.primaryOf(id)?.status.state === 'live';
  }

  duplicatesOf(id: EngineId): readonly EngineMonitor[] {
    return [...this.monitors.values()].filter((monitor) => this.primaryOf(monitor.source.id)?.source.id === id);
  }

  /** After a reconnect, another engine may be at the same address. */
  handleConnected(id: EngineId) {
    for (const pair of [...this.compared]) if (pair.split(' ').includes(id)) this.compared.delete(pair);
  }

  retainOnly(ids: ReadonlySet<EngineId>) {
    for (const [id, first] of [...this.primaries]) if (!ids.has(id) || !ids.has(first)) this.primaries.delete(id);
    for (const pair of [...this.compared]) if (!pair.split(' ').every((id) => ids.has(id))) this.compared.delete(pair);
  }

  /** Compares an engine with all others; sends no request unless they share a container id. */
  checkDuplicates(id: EngineId) {
    const ids = [...this.monitors.keys()];
    for (const other of ids) {
      const [first, second] = ids.indexOf(id) < ids.indexOf(other) ? [id, other] : [other, id];
      if (first !== second && this.mayBeSame(first, second)) void this.compare(first, second);
    }
  }

  private mayBeSame(first: EngineId, second: EngineId): boolean {
    if (this.compared.has(`${first} ${second}`)) return false;
    if (this.primaries.get(second) === first) return true;
    const [a, b] = [this.monitors.get(first), this.monitors.get(second)];
    const areLive = a?.status.state === 'live' && b?.status.state === 'live';
    return areLive && !this.isHidden(first) && !this.isHidden(second) && shareContainer(a, b);
  }

  private async compare(first: EngineId, second: EngineId) {
    const [a, b] = [this.monitors.get(first), this.monitors.get(second)];
    if (!a || !b) return;
    this.compared.add(`${first} ${second}`);
    try {
      const [one, other] = await Promise.all([a.identity(), b.identity()]);
      if (this.monitors.get(first) !== a || this.monitors.get(second) !== b) return;
      if ((one === other) === (this.primaries.get(second) === first)) return;
      if (one === other) this.primaries.set(second, first);
      else this.primaries.delete(second);
      this.log.info(`${b.source.label} ${one === other ? 'is' : 'is no longer'} the same engine as ${a.source.label}`);
      this.onDidChange();
    } catch (thrown) {
      // Retried after a reconnect: showing an engine twice is better than hiding one.
      this.log.warn(`cannot compare ${a.source.label} with ${b.source.label}: ${EngineError.from(thrown).message}`);
    }
  }

  private primaryOf(id: EngineId): EngineMonitor | undefined {
    let first = this.primaries.get(id);
    for (let next = first; next !== undefined; next = this.primaries.get(next)) first = next;
    return first === undefined ? undefined : this.monitors.get(first);
  }
}

/** One container suffices, because both lists are complete. */
function shareContainer(a: EngineMonitor, b: EngineMonitor): boolean {
  const [key] = a.observations.containers.keys();
  return key !== undefined && b.observations.containers.has(nodeKey(b.source.id, 'container', parseKey(key).id));
}
