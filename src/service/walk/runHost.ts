import type { Clock } from '../../clock';
import type { EngineId, NodeKey } from '../../graph/model';
import type { Plan } from '../../graph/plan';
import type { JournalEntry } from '../journal/journal';
import type { LockedMap } from '../lock/lockedMap';
import type { Places } from '../lock/places';
import type { Log } from '../log';
import type { Observed } from '../observed';
import type { Operation } from '../service';

/** What a run is given by the service that it belongs to. */
export interface RunHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly observed: Observed;
  readonly operations: LockedMap<NodeKey, Operation>;
  readonly places: (engine: EngineId) => Places;
  /** Writes the plan down before anything is sent; undefined where nothing can be written. */
  readonly journal: (plan: Plan) => Promise<JournalEntry | undefined>;
  /** Told of every node whose state within the removal changed. */
  readonly onChange: (keys: readonly NodeKey[]) => void;
}
