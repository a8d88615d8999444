import { bundleExtension } from '../../../scripts/bundle/bundle';
import { type RunningEngine, startEngine } from '../../../scripts/engines/engine';
import { EXITS_AT_ONCE, createFleet, LIBPOD } from '../../../scripts/engines/fleet';
import { request } from '../../../scripts/engines/http';
import { inPool } from '../removal/fleets';
import type { BenchOptions } from '../row';

/** An engine with a fleet on it, on which something is measured. */
export interface BenchEngine {
  /** As it stands in a row's name: `2,000 created`. */
  readonly fleet: string;
  readonly engine: RunningEngine;
  /** How often what takes seconds is measured. */
  readonly rounds: number;
}

/** Containers made at once: more only make each other wait. */
const AT_ONCE = 4;

const built = new Map<string, Promise<BenchEngine>>();

/**
 * The chosen engine with 2,000 containers that were created, and the demo engine with 10,000. Making them takes longer than
 * measuring: all rows share them, and they are taken down when all are measured.
 */
export async function benchEngines(options: BenchOptions): Promise<readonly BenchEngine[]> {
  const { engine, quick } = options;
  const wanted = [
    { line: engine, count: quick ? 60 : 2_000, rounds: 2 },
    { line: 'demo' as const, count: quick ? 200 : 10_000, rounds: 3 },
  ].filter(({ line }, at) => at > 0 || line !== 'demo');
  const all: BenchEngine[] = [];
  for (const { line, count, rounds } of wanted) {
    const key = `${line} ${count}`;
    const place = built.get(key) ?? make(line, count, quick ? 1 : rounds, options);
    built.set(key, place);
    all.push(await place);
  }
  return all;
}

async function make(line: BenchOptions['engine'], count: number, rounds: number, options: BenchOptions) {
  if (line === 'demo') await bundleExtension();
  const engine = await startEngine(line);
  options.atEnd(() => engine.stop());
  options.say(`${engine.name}: making ${count} containers`);
  if (line === 'demo') await fillDemo(engine, count);
  else await fill(engine, count);
  return { fleet: `${count.toLocaleString('en-US')} on ${line}`, engine, rounds };
}

async function fillDemo(engine: RunningEngine, size: number): Promise<void> {
  const { status, text } = await request(engine.socket, 'POST', '/demo/fleet', { size });
  if (status !== 204) throw new Error(`The demo engine made no fleet: ${text}`);
}

/** Of 20 containers eight stand in two pods of three and an infra container, five in a chain; the others are loose. */
async function fill(engine: RunningEngine, count: number): Promise<void> {
  const fleet = createFleet(engine);
  const container = (name: string, wish: object = {}) =>
    fleet.container({ name, command: EXITS_AT_ONCE, start: false, ...wish });
  const groups = Array.from({ length: Math.ceil(count / 20) }, (_, group) => group);
  await inPool(groups, AT_ONCE, async (group) => {
    for (const pod of [`pod-${group}-a`, `pod-${group}-b`]) {
      await fleet.pod(pod);
      for (const member of ['x', 'y', 'z']) await container(`${pod}-${member}`, { pod });
    }
    for (let link = 0; link < 5; link++) {
      await container(`chain-${group}-${link}`, link > 0 ? { network: `chain-${group}-${link - 1}` } : {});
    }
    for (let loose = 0; loose < 7; loose++) await container(`loose-${group}-${loose}`);
  });
}

/** What a list tells of a container, as far as it is needed here; by the engine's raw call. */
interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly IsInfra?: boolean;
}

export const rootOf = ({ flavour }: RunningEngine) => (flavour === 'podman' ? LIBPOD : '');

/** The list of all containers as the engine answers it, read but not understood. */
export async function rawList(engine: RunningEngine): Promise<readonly Listed[]> {
  const { json } = await request(engine.socket, 'GET', `${rootOf(engine)}/containers/json?all=true`);
  return json as readonly Listed[];
}

/** Containers that hang on nothing, and that may be started and come to their end. */
export async function unconnected(engine: RunningEngine): Promise<readonly string[]> {
  const all = await rawList(engine);
  return all.filter(({ Names }) => /^\/?loose-/.test(Names[0] ?? '')).map(({ Id }) => Id);
}
