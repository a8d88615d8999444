import { EngineError } from '../../engine/error';
import type { EngineId } from '../../graph/model/model';
import type { JournalEntry } from '../journal/journal';
import type { Log } from '../log';
import type { EngineStateView } from '../state/engineStateView';

/** Which engine is behind each connection, by its own account; asked once for each time it became reachable. */
export class Identities {
  private readonly knownState = new Map<EngineId, Promise<string>>();

  constructor(
    private readonly observed: Pick<EngineStateView, 'engine' | 'isInWindow'>,
    private readonly log: Pick<Log, 'debug'>,
  ) {}

  /** Rejects with an `EngineError`. */
  of(id: EngineId): Promise<string> {
    const known = this.knownState.get(id);
    if (known) return known;
    const engine = this.observed.engine(id);
    if (!engine) return Promise.reject(new EngineError('unreachable', 'the connection was removed'));
    const requestedAt = engine.identity();
    this.knownState.set(id, requestedAt);
    requestedAt.catch(() => this.forget(id));
    return requestedAt;
  }

  /** Asks in the background, so that the answer is there when a run begins. */
  prepare(id: EngineId) {
    if (!this.observed.isInWindow(id)) void this.of(id).catch(() => undefined);
  }

  /** Writes down which engine it is as soon as that is known. */
  note(id: EngineId, entry: JournalEntry) {
    void this.of(id).then(
      (identity) => entry.identified(id, identity),
      (thrown: unknown) => this.log.debug(`${id} did not tell which engine it is: ${EngineError.from(thrown).message}`),
    );
  }

  forget(id: EngineId) {
    this.knownState.delete(id);
  }
}
