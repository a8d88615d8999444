import { EngineError } from '../../engine/error';
import type { EngineId } from '../../graph/model/model';
import type { Log } from '../log';
import type { ConcurrencySetting } from '../service';
import { ConcurrencyLimiter } from './limiter';
import { AdaptiveLimit, FixedLimit } from './concurrencyLimit';

/** As many as Podman's service carries out at once on a single core: of an engine that nothing is known of, never more. */
const defaultWhenUnknown = 4;
/** Where an engine has no limit of its own. */
const most = 32;

export interface EngineLimiterDeps {
  readonly log: Log;
  readonly concurrency: () => ConcurrencySetting;
  /** How many removals the engine carries out at once itself, undefined if it has no limit; rejects if it cannot be asked. */
  readonly parallelism: (engine: EngineId) => Promise<number | undefined>;
  /** The same as far as it is known without asking. */
  readonly defaultLimit: (engine: EngineId) => number | undefined;
}

/** The places of each engine, as wide as the setting wants them, or as what has been learned of the engine allows. */
export class EngineLimiters {
  private readonly limiters = new Map<EngineId, ConcurrencyLimiter>();
  private readonly configured = new Map<EngineId, ConcurrencySetting>();
  /** What has been learned stays, also while somebody tries a number. */
  private readonly remembered = new Map<EngineId, AdaptiveLimit>();
  private readonly queried = new Set<EngineId>();

  constructor(private readonly host: EngineLimiterDeps) {}

  get(engine: EngineId): ConcurrencyLimiter {
    return this.limiters.get(engine) ?? this.prepare(engine);
  }

  /** Takes in the setting, and asks the engine what it can do. To be called when a plan is made, and when a run starts. */
  prepare(engine: EngineId): ConcurrencyLimiter {
    const configured = this.host.concurrency();
    if (configured === 'auto') void this.queryParallelism(engine);
    const known = this.limiters.get(engine);
    if (known && this.configured.get(engine) === configured) return known;
    this.configured.set(engine, configured);
    const limit =
      configured === 'auto' ? this.adaptiveLimitOf(engine) : new FixedLimit(Math.max(1, Math.floor(configured)));
    const limiters = known ?? new ConcurrencyLimiter(limit, (now, before) => this.logChange(engine, now, before));
    if (known) known.setStrategy(limit);
    this.limiters.set(engine, limiters);
    return limiters;
  }

  /** The engine has been connected to anew: it may be another one by now. */
  remove(engine: EngineId) {
    this.queried.delete(engine);
  }

  private adaptiveLimitOf(engine: EngineId): AdaptiveLimit {
    let limit = this.remembered.get(engine);
    if (!limit)
      this.remembered.set(engine, (limit = new AdaptiveLimit(this.host.defaultLimit(engine) ?? defaultWhenUnknown)));
    return limit;
  }

  private async queryParallelism(engine: EngineId) {
    if (this.queried.has(engine)) return;
    this.queried.add(engine);
    try {
      const parallelism = await this.host.parallelism(engine);
      this.host.log.info(`${engine}: carries out ${parallelism ?? 'any number of'} removals at once itself`);
      const limit = this.adaptiveLimitOf(engine);
      this.get(engine).withLimitChange(() => limit.limit(parallelism ?? most));
    } catch (thrown) {
      this.queried.delete(engine);
      this.host.log.debug(`${engine}: does not tell its limit: ${EngineError.from(thrown).message}`);
    }
  }

  private logChange(engine: EngineId, now: number, before: number) {
    this.host.log.info(`${engine}: ${now} at once from now on, ${before} before`);
  }
}
