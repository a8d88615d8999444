import { afterAll, afterEach, beforeAll, test, type TestContext } from 'vitest';
import { type RunningEngine, startEngine } from '../../../scripts/engines/engine';
import { type ContainerSpec, createFleet, type Fleet, LIBPOD } from '../../../scripts/engines/fleet';
import { type Answer, request } from '../../../scripts/engines/http';
import { systemClock } from '../../../src/clock';
import { createEngine } from '../../../src/engine/createEngine';
import type { EngineEvent } from '../../../src/engine/engine';
import { keyDeps, type NodeKey, nodeKey } from '../../../src/graph/model/model';
import type { Plan, PlanOptions } from '../../../src/graph/plan/plan';
import type { Report } from '../../../src/graph/plan/report';
import { type ConcurrencySetting, defaultConcurrency, type Service } from '../../../src/service';
import type { Log } from '../../../src/service/log';
import { isDemo, isDocker, line } from '../../engine/contract/line';
import { createTestService } from '../../serviceAt';
import { nullLog } from '../../silent';

export { EXITS_AT_ONCE, NOTING, EXITS_ON_SIGTERM, SLOW, IGNORES_SIGTERM } from '../../../scripts/engines/fleet';
export { isDocker };

const engineId = 'yard';

let running: RunningEngine;
let fleet: Fleet;
let service: Service;
const events: EngineEvent[] = [];
const opened: Service[] = [];
const following = new AbortController();

/** Starts one private engine and the production service on it, for all tests of the run. */
export function onOneEngine(): void {
  let started: RunningEngine | undefined;
  beforeAll(async () => {
    running = started = await startEngine(line);
    fleet = createFleet(running);
    service = window();
    const watcher = createEngine({ id: engineId, address: { kind: 'unix', path: running.socket } }, systemClock);
    await new Promise<void>((resolve, reject) => {
      const listener = { onOpen: resolve, onEvent: (event: EngineEvent) => void events.push(event) };
      watcher.events(listener, following).catch(reject);
    });
  });
  afterEach(() => clear());
  afterAll(async () => {
    following.abort();
    for (const one of opened) one.dispose();
    await started?.stop();
  });
}

/** One more window over the same engine, with a number of removals at once and a log of its own. */
export function window(concurrency: ConcurrencySetting = defaultConcurrency, log: Log = nullLog): Service {
  const address = { kind: 'unix', path: running.socket } as const;
  const made = createTestService([{ id: engineId, label: running.name, address }], { log, concurrency });
  made.setVisible(true);
  opened.push(made);
  return made;
}

/** A case of Podman's own promises about removal, told by the engine at hand; not registered where the engine lacks what it is about. */
export function conformanceTest(
  name: string,
  on: 'everywhere' | 'podman' | 'scripted' | 'real' | 'real podman',
  tell: (context: Pick<TestContext, 'skip'>) => Promise<void>,
): void {
  if ((on === 'podman' || on === 'real podman') && isDocker) return;
  if ((on === 'real' || on === 'real podman') && isDemo) return;
  if (on === 'scripted' && !isDemo) return;
  test(on === 'scripted' ? `${name} (scripted)` : name, tell);
}

export async function container(wish: ContainerSpec): Promise<NodeKey> {
  return nodeKey(engineId, 'container', await fleet.container({ stopTimeout: 5, ...wish }));
}

/**
 * A container with a stop timeout that JavaScript's numbers do not hold, or that the engine's API refuses: made by the engine's
 * own command line where there is one.
 */
export async function containerWithTimeout(
  name: string,
  command: readonly string[],
  timeout: string,
): Promise<NodeKey> {
  if (isDemo) return container({ name, command, stopTimeout: Number(timeout) });
  const image = isDocker ? 'bb:1' : 'localhost/bb:1';
  const made = await cli(['create', '--name', name, '--network=none', `--stop-timeout=${timeout}`, image, ...command]);
  if (made.code !== 0) throw new Error(`create ${name}: ${made.stderr}`);
  const id = made.stdout.trim();
  await raw('POST', `/containers/${id}/start`);
  for (const until = Date.now() + 20_000; ;) {
    if ((await raw('GET', `/containers/${id}/logs?stdout=true`)).text.includes('started')) break;
    if (Date.now() > until) throw new Error(`${name} was started and did nothing.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return nodeKey(engineId, 'container', id);
}

/** The times, in milliseconds since the epoch, at which a container noted a stop signal: followed until it is gone. */
export async function signalsIn(key: NodeKey): Promise<number[]> {
  const query = 'follow=true&stdout=true&timestamps=true';
  const { text } = await raw('GET', `/containers/${keyDeps(key).id}/logs?${query}`);
  return [...text.matchAll(/(\d{4}-\d\d-\d\dT\S+) (?:stdout F )?got TERM/g)].map(([, time]) => Date.parse(time ?? ''));
}

export async function pod(name: string): Promise<NodeKey> {
  return nodeKey(engineId, 'pod', await fleet.pod(name));
}

/** Asks the engine past all production code; under libpod's prefix on Podman. */
export function raw(method: string, path: string, body?: unknown): Promise<Answer> {
  return request(running.socket, method, isDocker ? path : LIBPOD + path, body);
}

/** The demo engine's own paths. */
export async function demo(path: string, body: unknown): Promise<void> {
  const answer = await request(running.socket, 'POST', path, body);
  if (answer.status !== 204) throw new Error(`${path}: ${answer.status} ${answer.text}`);
}

export function cli(args: string[]): ReturnType<RunningEngine['cli']> {
  return running.cli(args);
}

export function samplePlan(
  chosen: readonly NodeKey[],
  options: Partial<PlanOptions> = {},
  from: Service = service,
): Promise<Plan> {
  return from.plan({ chosen, isAll: false }, { dependents: 'include', running: 'stop', ...options });
}

export function remove(made: Plan, from: Service = service): Promise<Report> {
  return from.run(made).done;
}

/** Plans and removes; what became of each node, by its name. */
export async function removed(
  chosen: readonly NodeKey[],
  options: Partial<PlanOptions> = {},
): Promise<Record<string, string>> {
  return outcomes(await remove(await samplePlan(chosen, options)));
}

export function outcomes(report: Report): Record<string, string> {
  return Object.fromEntries([...report.nodes.values()].map(({ node, outcome }) => [node.name, outcome.kind]));
}

/** Keys of everything that the engine itself lists, without infra containers. */
export async function remaining(): Promise<NodeKey[]> {
  const lists = await raw('GET', '/containers/json?all=true');
  const containers = (lists.json as { Id: string; IsInfra?: boolean }[]).filter(({ IsInfra }) => !IsInfra);
  const pods = await fleet.podIds();
  return [
    ...containers.map(({ Id }) => nodeKey(engineId, 'container', Id)),
    ...pods.map((id) => nodeKey(engineId, 'pod', id)),
  ];
}

export async function isUp(key: NodeKey): Promise<boolean> {
  const answer = await raw('GET', `/containers/${keyDeps(key).id}/json`);
  return (answer.json as { State: { Running: boolean } }).State.Running;
}

/** Exit code of a container that has ended, by the engine's own event. */
export async function exitCode(key: NodeKey): Promise<number | undefined> {
  return (await exitedAt(key)).exitCode;
}

/** What the engine told of a container, in that order. */
export function progressMessages(key: NodeKey): readonly string[] {
  return events.filter((one) => one.key === key).map(({ action }) => action);
}

/** These containers in the order in which the engine reported them as removed, once it has reported the last. */
export async function removedInOrder(keys: Iterable<NodeKey>): Promise<readonly NodeKey[]> {
  const isRemoval = (one: EngineEvent) => one.action === 'remove';
  const all = new Set(keys);
  for (const key of all) await eventOf(key, isRemoval);
  return [...new Set(events.filter((one) => isRemoval(one) && all.has(one.key)).map(({ key }) => key))];
}

/** The engine of this run. */
export function theEngine(): RunningEngine {
  return running;
}

/** The event of a container's end, waited for. */
export function exitedAt(key: NodeKey): Promise<EngineEvent> {
  return eventOf(key, ({ action }) => action === 'exit');
}

async function eventOf(key: NodeKey, fits: (event: EngineEvent) => boolean): Promise<EngineEvent> {
  const until = Date.now() + 20_000;
  for (;;) {
    const event = events.find((one) => one.key === key && fits(one));
    if (event) return event;
    if (Date.now() > until) throw new Error(`no such event of ${key}: ${fits.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function theService(): Service {
  return service;
}

/** Takes away all that is left of a test, dependents first, without the production code. */
async function clear() {
  if (isDemo) await demo('/demo/faults', { clear: true });
  for (let round = 0; round < 10; round++) {
    const keys = await remaining();
    if (keys.length === 0) return;
    for (const key of keys) {
      const { kind, id } = keyDeps(key);
      if (kind === 'pod') await raw('DELETE', `/pods/${id}?force=true&timeout=0`);
      else await raw('DELETE', `/containers/${id}?force=true&${isDocker ? 'v=1' : 'timeout=0&volumes=true'}`);
    }
  }
  throw new Error('the engine could not be cleared');
}
