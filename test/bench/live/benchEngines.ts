import { bundleExtension } from '../../../scripts/bundle/bundle';
import { type RunningEngine, startEngine } from '../../../scripts/engines/engine';
import { EXITS_AT_ONCE, createFleet, LIBPOD } from '../../../scripts/engines/fleet';
import { request } from '../../../scripts/engines/http';
import { inPool } from '../removal/fleets';
import type { BenchOptions } from '../benchmark';

/** An engine with containers to measure on. */
export interface BenchEngine {
  /** As in a row's name: `2,000 on podman-5`. */
  readonly fleet: string;
  readonly engine: RunningEngine;
  /** Number of rounds for measurements that take seconds. */
  readonly rounds: number;
}

/** Containers created at once: more do not increase throughput. */
const AT_ONCE = 4;

const built = new Map<string, Promise<BenchEngine>>();

/**
 * The selected engine with 2,000 created containers, and the demo engine with 10,000. Creating them takes longer than
 * measuring, so all rows share them until the end.
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
    const created = built.get(key) ?? start(line, count, quick ? 1 : rounds, options);
    built.set(key, created);
    all.push(await created);
  }
  return all;
}

async function start(line: BenchOptions['engine'], count: number, rounds: number, options: BenchOptions) {
  if (line === 'demo') await bundleExtension();
  const engine = await startEngine(line);
  options.atEnd(() => engine.stop());
  options.log(`${engine.name}: creating ${count} containers`);
  if (line === 'demo') await fillDemo(engine, count);
  else await fill(engine, count);
  return { fleet: `${count.toLocaleString('en-US')} on ${line}`, engine, rounds };
}

async function fillDemo(engine: RunningEngine, size: number): Promise<void> {
  const { status, text } = await request(engine.socket, 'POST', '/demo/fleet', { size });
  if (status !== 204) throw new Error(`The demo engine created no containers: ${text}`);
}

/** Of 20 containers eight are in two pods of three and an infra container, five in a chain; seven are unconnected. */
async function fill(engine: RunningEngine, count: number): Promise<void> {
  const fleet = createFleet(engine);
  const container = (name: string, spec: object = {}) =>
    fleet.container({ name, command: EXITS_AT_ONCE, start: false, ...spec });
  const groups = Array.from({ length: Math.ceil(count / 20) }, (_, group) => group);
  await inPool(groups, AT_ONCE, async (group) => {
    for (const pod of [`pod-${group}-a`, `pod-${group}-b`]) {
      await fleet.pod(pod);
      for (const member of ['x', 'y', 'z']) await container(`${pod}-${member}`, { pod });
    }
    for (let link = 0; link < 5; link++) {
      await container(`chain-${group}-${link}`, link > 0 ? { network: `chain-${group}-${link - 1}` } : {});
    }
    for (let single = 0; single < 7; single++) await container(`loose-${group}-${single}`);
  });
}

/** Fields of a container in the engine's raw list. */
interface Listed {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly State: string;
  readonly IsInfra?: boolean;
}

export const rootOf = ({ flavour }: RunningEngine) => (flavour === 'podman' ? LIBPOD : '');

/** The engine's list of all containers, parsed as JSON only. */
export async function rawList(engine: RunningEngine): Promise<readonly Listed[]> {
  const { json } = await request(engine.socket, 'GET', `${rootOf(engine)}/containers/json?all=true`);
  return json as readonly Listed[];
}

/** Ids of containers without dependencies and dependents that do not run; they may be started and exit. */
export async function unconnected(engine: RunningEngine): Promise<readonly string[]> {
  const all = await rawList(engine);
  const isFree = ({ Names, State }: Listed) => State !== 'running' && /^\/?loose-/.test(Names[0] ?? '');
  return all.filter(isFree).map(({ Id }) => Id);
}
