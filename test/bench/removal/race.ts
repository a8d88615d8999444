import os from 'node:os';
import { performance } from 'node:perf_hooks';
import { type RunningEngine, startEngine } from '../../../scripts/engines/engine';
import { createFleet } from '../../../scripts/engines/fleet';
import { type BenchOptions, type BenchRow, comparedRow, type Samples } from '../row';
import { build, type BuiltFleet, type FleetShape } from './fleets';
import type { Strategy } from './ways';

/** A way and the fleet that it removes. */
export interface Contestant {
  readonly way: Strategy;
  readonly shape: FleetShape;
}

export interface Comparison {
  readonly name: string;
  readonly entrants: readonly Contestant[];
  /** How many times each way is taken, all ways in turn. */
  readonly rounds: number;
  /** Seconds after which a way is given up as hung. */
  readonly bound: number;
}

/** What came of a race, in the order of its entrants. */
export interface RaceResult {
  /** The engine, as people say it. */
  readonly engine: string;
  readonly results: readonly (Contestant & Samples)[];
}

/** A way that takes this many seconds is taken once: the time goes into waiting, which does not scatter. */
const LONG = 45;

class Trials implements Samples {
  readonly values: number[] = [];
  left = 0;
  hung = false;
  private readonly shares: number[] = [];

  constructor(
    readonly way: Strategy,
    readonly shape: FleetShape,
  ) {}

  get busy(): number | undefined {
    // What went side by side with others says nothing of one of them.
    return this.isPatient ? undefined : mean(this.shares);
  }

  take({ seconds, left, hung, busy }: Result) {
    this.values.push(seconds);
    this.shares.push(busy);
    this.left = Math.max(this.left, left);
    this.hung ||= hung;
  }

  /** Whether it waits out one grace after another, minutes of them. */
  get isPatient(): boolean {
    const { grace, stubbornPods, stubbornChains, chains } = this.shape;
    return this.way.serial && grace * (stubbornPods + (stubbornChains ? chains : 0)) > LONG;
  }
}

/**
 * Removes fleets by each way in turn, round after round, each time on an engine that was just started and holds nothing
 * else. Ways that wait out one grace after another do so side by side at the end, once, each on an engine of its own: minutes
 * of waiting, in which they hardly compete.
 */
export async function race(
  { name, entrants, rounds, bound }: Comparison,
  { engine: line, say }: BenchOptions,
): Promise<RaceResult> {
  const books = entrants.map(({ way, shape }) => new Trials(way, shape));
  const missing = new Set<Trials>();
  let title = '';
  const take = async (book: Trials) => {
    const { way, shape } = book;
    const engine = await startEngine(line);
    title = engine.name;
    try {
      if (way.missing?.(engine) !== undefined) return void missing.add(book);
      const result = await removeBy(way, engine, await build(createFleet(engine), shape), bound);
      book.take(result);
      const { seconds, left, hung } = result;
      say(`${name}: ${way.name}: ${hung ? 'hung' : `${seconds.toFixed(2)} s`}${left > 0 ? `, ${left} left` : ''}`);
    } finally {
      await engine.stop();
    }
  };
  for (let round = 0; round < rounds; round++) {
    for (const book of books.filter(({ isPatient }) => !isPatient)) {
      if (!missing.has(book) && Math.max(0, ...book.values) < LONG) await take(book);
    }
  }
  await Promise.all(books.filter(({ isPatient }) => isPatient).map(take));
  return { engine: title, results: books.filter((book) => !missing.has(book)) };
}

/** Ours, which came first, against each of the others. */
export function rowsOf(name: string, { engine, results: [own, ...others] }: RaceResult): BenchRow[] {
  if (!own) return [];
  return others.map((other) => ({ ...comparedRow(name, 's', own, other.way.name, other), engine }));
}

/** Whether we need at most so much of the peer's time, and leave nothing. */
export function within({ ratio, left }: BenchRow, most: number): boolean {
  return ratio !== null && ratio <= most && left === 0;
}

interface Result {
  readonly seconds: number;
  readonly left: number;
  readonly hung: boolean;
  /** Share of all processors in use meanwhile. */
  readonly busy: number;
}

async function removeBy(way: Strategy, engine: RunningEngine, fleet: BuiltFleet, bound: number): Promise<Result> {
  const removal = await way.ready(engine, fleet);
  const before = processorTime();
  const began = performance.now();
  const work = removal();
  let giveUp: NodeJS.Timeout | undefined;
  const hung = await Promise.race([
    work.then(() => false),
    new Promise<boolean>((resolve) => (giveUp = setTimeout(() => resolve(true), bound * 1000))),
  ]);
  const seconds = hung ? bound : (performance.now() - began) / 1000;
  const after = processorTime();
  clearTimeout(giveUp);
  // The engine is taken down under what still waits for it.
  work.catch(() => undefined);
  const busy = 1 - (after.idle - before.idle) / (after.all - before.all);
  return { seconds, left: await countLeft(engine), hung, busy };
}

/** Containers and pods that are still there. An engine in which a removal hangs may not list its pods any more. */
async function countLeft(engine: RunningEngine): Promise<number> {
  const fleet = createFleet(engine);
  const patience = new Promise<number>((resolve) => setTimeout(() => resolve(0), 10_000).unref());
  const pods = fleet.podIds().then(
    (ids) => ids.length,
    () => 0,
  );
  return (await fleet.containerIds()).length + (await Promise.race([pods, patience]));
}

const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

/** Milliseconds that all processors together have spent since the machine started, and idle of these. */
function processorTime(): { readonly all: number; readonly idle: number } {
  const times = os.cpus().map((cpu) => cpu.times);
  return { all: sum(times.flatMap((one) => Object.values(one))), idle: sum(times.map(({ idle }) => idle)) };
}
