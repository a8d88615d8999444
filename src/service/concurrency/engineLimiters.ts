import { EngineError } from '../../engine/error';
import type { EngineId } from '../../graph/model/model';
import type { Log } from '../service';
import type { ConcurrencySetting } from '../deps';
import { ConcurrencyLimiter } from './limiter';
import { AdaptiveLimit, FixedLimit } from './concurrencyLimit';

/** Podman's parallelism on a single core: the maximum until the engine reports its own. */
const defaultMaximum = 4;
/** For an engine without a limit of its own. */
const maximumIfUnlimited = 32;

interface EngineLimiterDeps {
  readonly log: Log;
  readonly concurrency: () => ConcurrencySetting;
  /** Removals that the engine runs in parallel, undefined if unlimited; rejects with an `EngineError`. */
  readonly parallelism: (engine: EngineId) => Promise<number | undefined>;
  /** The same as far as it is known without a request. */
  readonly defaultLimit: (engine: EngineId) => number | undefined;
}

/** The limiter of each engine, by the setting or by adaptation. */
export class EngineLimiters {
  private readonly limiters = new Map<EngineId, ConcurrencyLimiter>();
  private readonly configured = new Map<EngineId, ConcurrencySetting>();
  /** Kept while the setting is a number. */
  private readonly adaptive = new Map<EngineId, AdaptiveLimit>();
  private readonly queried = new Set<EngineId>();

  constructor(private readonly deps: EngineLimiterDeps) {}

  get(engine: EngineId): ConcurrencyLimiter {
    return this.limiters.get(engine) ?? this.prepare(engine);
  }

  /** Applies the current setting and queries the engine's parallelism. Call when a plan is made and when a run starts. */
  prepare(engine: EngineId): ConcurrencyLimiter {
    const configured = this.deps.concurrency();
    if (configured === 'auto') void this.queryParallelism(engine);
    const known = this.limiters.get(engine);
    if (known && this.configured.get(engine) === configured) return known;
    this.configured.set(engine, configured);
    const limit =
      configured === 'auto' ? this.adaptiveLimitOf(engine) : new FixedLimit(Math.max(1, Math.floor(configured)));
    if (known) {
      known.setStrategy(limit);
      return known;
    }
    const limiter = new ConcurrencyLimiter(limit, (now, before) => this.logChange(engine, now, before));
    this.limiters.set(engine, limiter);
    return limiter;
  }

  /** Another engine may listen on the endpoint now: queries its parallelism again. */
  invalidate(engine: EngineId) {
    this.queried.delete(engine);
  }

  private adaptiveLimitOf(engine: EngineId): AdaptiveLimit {
    let limit = this.adaptive.get(engine);
    if (!limit) {
      limit = new AdaptiveLimit(this.deps.defaultLimit(engine) ?? defaultMaximum);
      this.adaptive.set(engine, limit);
    }
    return limit;
  }

  private async queryParallelism(engine: EngineId) {
    if (this.queried.has(engine)) return;
    this.queried.add(engine);
    try {
      const parallelism = await this.deps.parallelism(engine);
      this.deps.log.info(`${engine}: runs ${parallelism ?? 'any number of'} removals in parallel`);
      const limit = this.adaptiveLimitOf(engine);
      this.get(engine).withLimitChange(() => limit.setMaximum(parallelism ?? maximumIfUnlimited));
    } catch (thrown) {
      this.queried.delete(engine);
      this.deps.log.debug(`${engine}: parallelism unknown: ${EngineError.from(thrown).message}`);
    }
  }

  private logChange(engine: EngineId, now: number, before: number) {
    this.deps.log.info(`${engine}: concurrency limit ${before} → ${now}`);
  }
}
