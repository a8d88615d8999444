import { EngineError } from '../../engine/error';
import type { EngineId } from '../../graph/model';
import type { Log } from '../log';
import type { Concurrency } from '../service';
import { Places } from './places';
import { AdaptiveWidth, FixedWidth } from './width';

/** As many as Podman's service carries out at once on a single core: of an engine that nothing is known of, never more. */
const untold = 4;
/** Where an engine has no limit of its own. */
const most = 32;

export interface EnginePlacesHost {
  readonly log: Log;
  readonly concurrency: () => Concurrency;
  /** How many removals the engine carries out at once itself, undefined if it has no limit; rejects if it cannot be asked. */
  readonly slots: (engine: EngineId) => Promise<number | undefined>;
  /** The same as far as it is known without asking. */
  readonly guess: (engine: EngineId) => number | undefined;
}

/** The places of each engine, as wide as the setting wants them, or as what has been learned of the engine allows. */
export class EnginePlaces {
  private readonly places = new Map<EngineId, Places>();
  private readonly wanted = new Map<EngineId, Concurrency>();
  /** What has been learned stays, also while somebody tries a number. */
  private readonly learned = new Map<EngineId, AdaptiveWidth>();
  private readonly asked = new Set<EngineId>();

  constructor(private readonly host: EnginePlacesHost) {}

  of(engine: EngineId): Places {
    return this.places.get(engine) ?? this.prepare(engine);
  }

  /** Takes in the setting, and asks the engine what it can do. To be called when a plan is made, and when a run starts. */
  prepare(engine: EngineId): Places {
    const wanted = this.host.concurrency();
    if (wanted === 'auto') void this.ask(engine);
    const known = this.places.get(engine);
    if (known && this.wanted.get(engine) === wanted) return known;
    this.wanted.set(engine, wanted);
    const width = wanted === 'auto' ? this.learnedOf(engine) : new FixedWidth(Math.max(1, Math.floor(wanted)));
    const places = known ?? new Places(width, (now, before) => this.tell(engine, now, before));
    if (known) known.use(width);
    this.places.set(engine, places);
    return places;
  }

  /** The engine has been connected to anew: it may be another one by now. */
  forget(engine: EngineId) {
    this.asked.delete(engine);
  }

  private learnedOf(engine: EngineId): AdaptiveWidth {
    let width = this.learned.get(engine);
    if (!width) this.learned.set(engine, (width = new AdaptiveWidth(this.host.guess(engine) ?? untold)));
    return width;
  }

  private async ask(engine: EngineId) {
    if (this.asked.has(engine)) return;
    this.asked.add(engine);
    try {
      const slots = await this.host.slots(engine);
      this.host.log.info(`${engine}: carries out ${slots ?? 'any number of'} removals at once itself`);
      const width = this.learnedOf(engine);
      this.of(engine).changing(() => width.limit(slots ?? most));
    } catch (thrown) {
      this.asked.delete(engine);
      this.host.log.debug(`${engine}: does not tell its limit: ${EngineError.from(thrown).message}`);
    }
  }

  private tell(engine: EngineId, now: number, before: number) {
    this.host.log.info(`${engine}: ${now} at once from now on, ${before} before`);
  }
}
