import os from 'node:os';
import { performance } from 'node:perf_hooks';
import { type RunningEngine, startEngine } from '../../../scripts/engines/engine';
import { createFleet } from '../../../scripts/engines/fleet';
import { type BenchOptions, type BenchRow, comparedRow, type Samples } from '../benchmark';
import { build, type BuiltFleet, type FleetShape } from './fleets';
import type { Strategy } from './competitors';

/** A tool's calls and the fleet that they remove. */
export interface Contestant {
  readonly strategy: Strategy;
  readonly shape: FleetShape;
}

export interface Comparison {
  readonly name: string;
  readonly contestants: readonly Contestant[];
  /** Number of measurements per contestant, interleaved. */
  readonly rounds: number;
  /** Seconds after which a removal counts as hung. */
  readonly timeoutSeconds: number;
}

/** Results in the order of the contestants. */
export interface RaceResult {
  /** Display name of the engine. */
  readonly engine: string;
  readonly results: readonly (Contestant & Samples)[];
}

/** Seconds from which a removal is measured once: it mostly waits, which varies little. */
const LONG = 45;

class Measurements implements Samples {
  readonly values: number[] = [];
  left = 0;
  hung = false;
  private readonly shares: number[] = [];

  constructor(
    readonly strategy: Strategy,
    readonly shape: FleetShape,
  ) {}

  get busy(): number | undefined {
    // Concurrent measurements share the processors.
    return this.isLong ? undefined : mean(this.shares);
  }

  add({ seconds, left, hung, busy }: Result) {
    this.values.push(seconds);
    this.shares.push(busy);
    this.left = Math.max(this.left, left);
    this.hung ||= hung;
  }

  /** Whether it waits for stop timeouts in sequence, for minutes. */
  get isLong(): boolean {
    const { stopTimeout, stubbornPods, stubbornChains, chains } = this.shape;
    return this.strategy.serial && stopTimeout * (stubbornPods + (stubbornChains ? chains : 0)) > LONG;
  }
}

/**
 * Measures the contestants interleaved, each removal on a newly started engine. Contestants that wait for stop timeouts in
 * sequence run once, concurrently at the end on separate engines: they mostly wait and hardly compete.
 */
export async function compare(
  { name, contestants, rounds, timeoutSeconds }: Comparison,
  { engine: line, log }: BenchOptions,
): Promise<RaceResult> {
  const all = contestants.map(({ strategy, shape }) => new Measurements(strategy, shape));
  const unavailable = new Set<Measurements>();
  let title = '';
  const measure = async (own: Measurements) => {
    const { strategy, shape } = own;
    const engine = await startEngine(line);
    title = engine.name;
    try {
      if (strategy.unavailable?.(engine) !== undefined) return void unavailable.add(own);
      const result = await removeBy(strategy, engine, await build(createFleet(engine), shape), timeoutSeconds);
      own.add(result);
      const { seconds, left, hung } = result;
      log(`${name}: ${strategy.name}: ${hung ? 'hung' : `${seconds.toFixed(2)} s`}${left > 0 ? `, ${left} left` : ''}`);
    } finally {
      await engine.stop();
    }
  };
  for (let round = 0; round < rounds; round++) {
    for (const own of all.filter(({ isLong }) => !isLong)) {
      if (!unavailable.has(own) && Math.max(0, ...own.values) < LONG) await measure(own);
    }
  }
  await Promise.all(all.filter(({ isLong }) => isLong).map(measure));
  return { engine: title, results: all.filter((own) => !unavailable.has(own)) };
}

/** Rows of the first contestant, Podgraph, against each of the others. */
export function rowsOf(name: string, { engine, results: [own, ...others] }: RaceResult): BenchRow[] {
  if (!own) return [];
  return others.map((other) => ({ ...comparedRow(name, 's', own, other.strategy.name, other), engine }));
}

/** Whether our time is at most this fraction of the peer's, with nothing left. */
export function within({ ratio, left }: BenchRow, most: number): boolean {
  return ratio !== null && ratio <= most && left === 0;
}

interface Result {
  readonly seconds: number;
  readonly left: number;
  readonly hung: boolean;
  /** Share of all processors in use, from 0 to 1. */
  readonly busy: number;
}

async function removeBy(
  strategy: Strategy,
  engine: RunningEngine,
  fleet: BuiltFleet,
  timeoutSeconds: number,
): Promise<Result> {
  const removal = await strategy.prepare(engine, fleet);
  const before = processorTime();
  const began = performance.now();
  const work = removal();
  let timer: NodeJS.Timeout | undefined;
  const hung = await Promise.race([
    work.then(() => false),
    new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(true), timeoutSeconds * 1000))),
  ]);
  const seconds = hung ? timeoutSeconds : (performance.now() - began) / 1000;
  const after = processorTime();
  clearTimeout(timer);
  // The engine is stopped while requests may be in flight.
  work.catch(() => undefined);
  const busy = 1 - (after.idle - before.idle) / (after.all - before.all);
  return { seconds, left: await countLeft(engine), hung, busy };
}

/** Counts remaining containers and pods. An engine with a hung removal may not answer the list of pods. */
async function countLeft(engine: RunningEngine): Promise<number> {
  const fleet = createFleet(engine);
  const timeout = new Promise<number>((resolve) => setTimeout(() => resolve(0), 10_000).unref());
  const pods = fleet.podIds().then(
    (ids) => ids.length,
    () => 0,
  );
  return (await fleet.containerIds()).length + (await Promise.race([pods, timeout]));
}

const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

/** Total and idle milliseconds of all processors since boot. */
function processorTime(): { readonly all: number; readonly idle: number } {
  const times = os.cpus().map((cpu) => cpu.times);
  return { all: sum(times.flatMap((one) => Object.values(one))), idle: sum(times.map(({ idle }) => idle)) };
}
