import { EngineError } from '../../engine/error';
import type { EngineId } from '../../graph/model/model';
import type { JournalEntry } from '../journal/journal';
import type { Log } from '../service';
import type { EngineStateView } from '../state/engineStateView';

/** The identity that each connection's engine reports, queried once per connect. */
export class Identities {
  private readonly identities = new Map<EngineId, Promise<string>>();

  constructor(
    private readonly observed: Pick<EngineStateView, 'engine' | 'isDemo'>,
    private readonly log: Pick<Log, 'debug'>,
  ) {}

  /** Rejects with an `EngineError`. */
  get(id: EngineId): Promise<string> {
    const known = this.identities.get(id);
    if (known) return known;
    const engine = this.observed.engine(id);
    if (!engine) return Promise.reject(new EngineError('unreachable', 'the connection was removed'));
    const identity = engine.identity();
    this.identities.set(id, identity);
    identity.catch(() => this.invalidate(id));
    return identity;
  }

  /** Queries in the background, so that the identity is known when a run starts. */
  prepare(id: EngineId) {
    if (!this.observed.isDemo(id)) void this.get(id).catch(() => undefined);
  }

  /** Records the identity in the journal once it is known; Podman may take two seconds to report it. */
  record(id: EngineId, entry: JournalEntry) {
    void this.get(id).then(
      (identity) => entry.recordIdentity(id, identity),
      (thrown: unknown) => this.log.debug(`${id}: identity unknown: ${EngineError.from(thrown).message}`),
    );
  }

  invalidate(id: EngineId) {
    this.identities.delete(id);
  }
}
