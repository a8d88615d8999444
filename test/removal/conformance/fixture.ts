import { afterAll, afterEach, beforeAll, test, type TestContext } from 'vitest';
import { type RunningEngine, startEngine } from '../../../scripts/engines/engine';
import { type ContainerSpec, createFleet, type Fleet, LIBPOD } from '../../../scripts/engines/fleet';
import { type Answer, request } from '../../../scripts/engines/http';
import { systemClock } from '../../../src/clock';
import { createEngine } from '../../../src/engine/createEngine';
import type { EngineEvent } from '../../../src/engine/engine';
import { parseKey, type NodeKey, nodeKey } from '../../../src/graph/model/model';
import type { Plan, PlanOptions } from '../../../src/graph/plan/plan';
import type { Report } from '../../../src/graph/plan/report';
import { type ConcurrencySetting, type Service } from '../../../src/service';
import type { Log } from '../../../src/service/service';
import { isDemo, isDocker, line } from '../../engine/contract/engineVersion';
import { createTestService, type ServiceOptions } from '../../serviceAt';
import { nullLog } from '../../silent';

export {
  EXITS_AT_ONCE,
  LOGS_SIGTERM,
  EXITS_ON_SIGTERM,
  EXITS_SLOWLY,
  IGNORES_SIGTERM,
} from '../../../scripts/engines/fleet';
import { waitFor } from '../../../scripts/waitFor';
export { isDocker };

export const engineId = 'yard';

let running: RunningEngine;
let fleet: Fleet;
let service: Service;
const events: EngineEvent[] = [];
const opened: Service[] = [];
const following = new AbortController();

/** Starts one isolated engine and the production service on it, for all tests of the run. */
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

/** Opens another window on the same engine, with its own concurrency limit and log. */
export function window(
  concurrency: ConcurrencySetting = 'auto',
  log: Log = nullLog,
  recipes?: ServiceOptions['recipes'],
): Service {
  const address = { kind: 'unix', path: running.socket } as const;
  const created = createTestService([{ id: engineId, label: running.name, address }], { log, concurrency, recipes });
  created.setVisible(true);
  opened.push(created);
  return created;
}

/** Registers a test, unless the engine lacks the feature. */
export function conformanceTest(
  name: string,
  on: 'everywhere' | 'podman' | 'scripted' | 'real' | 'real podman',
  body: (context: Pick<TestContext, 'skip'>) => Promise<void>,
): void {
  if ((on === 'podman' || on === 'real podman') && isDocker) return;
  if ((on === 'real' || on === 'real podman') && isDemo) return;
  if (on === 'scripted' && !isDemo) return;
  test(on === 'scripted' ? `${name} (scripted)` : name, body);
}

export async function container(spec: ContainerSpec): Promise<NodeKey> {
  return nodeKey(engineId, 'container', await fleet.container({ stopTimeout: 5, ...spec }));
}

/**
 * Creates a container with a stop timeout beyond JavaScript's numbers or the engine's API, by the engine's command line if
 * there is one.
 */
export async function containerWithTimeout(
  name: string,
  command: readonly string[],
  timeout: string,
): Promise<NodeKey> {
  if (isDemo) return container({ name, command, stopTimeout: Number(timeout) });
  const image = isDocker ? 'bb:1' : 'localhost/bb:1';
  const created = await cli([
    'create',
    '--name',
    name,
    '--network=none',
    `--stop-timeout=${timeout}`,
    image,
    ...command,
  ]);
  if (created.code !== 0) throw new Error(`create ${name}: ${created.stderr}`);
  const id = created.stdout.trim();
  await raw('POST', `/containers/${id}/start`);
  await waitFor(`${name} logs that it started`, async () =>
    (await raw('GET', `/containers/${id}/logs?stdout=true`)).text.includes('started'),
  );
  return nodeKey(engineId, 'container', id);
}

/** Follows a container's log to its end. Returns the times of SIGTERM in milliseconds since the epoch. */
export async function signalsIn(key: NodeKey): Promise<number[]> {
  const query = 'follow=true&stdout=true&timestamps=true';
  const { text } = await raw('GET', `/containers/${parseKey(key).id}/logs?${query}`);
  return [...text.matchAll(/(\d{4}-\d\d-\d\dT\S+) (?:stdout F )?got TERM/g)].map(([, time]) => Date.parse(time ?? ''));
}

export async function pod(name: string): Promise<NodeKey> {
  return nodeKey(engineId, 'pod', await fleet.pod(name));
}

/** Sends a request without production code; with libpod's prefix on Podman. */
export function raw(method: string, path: string, body?: unknown): Promise<Answer> {
  return request(running.socket, method, isDocker ? path : LIBPOD + path, body);
}

/** Posts to the demo engine's control API. */
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

export function remove(plan: Plan, from: Service = service): Promise<Report> {
  return from.run(plan).done;
}

/** Plans and removes. Returns the outcome of each node by name. */
export async function removed(
  chosen: readonly NodeKey[],
  options: Partial<PlanOptions> = {},
): Promise<Record<string, string>> {
  return outcomes(await remove(await samplePlan(chosen, options)));
}

export function outcomes(report: Report): Record<string, string> {
  return Object.fromEntries([...report.nodes.values()].map(({ node, outcome }) => [node.name, outcome.kind]));
}

/** Keys of everything that the engine lists, without infra containers. */
export async function remaining(): Promise<NodeKey[]> {
  const lists = await raw('GET', '/containers/json?all=true');
  const containers = (lists.json as { Id: string; IsInfra?: boolean }[]).filter(({ IsInfra }) => !IsInfra);
  const pods = await fleet.podIds();
  return [
    ...containers.map(({ Id }) => nodeKey(engineId, 'container', Id)),
    ...pods.map((id) => nodeKey(engineId, 'pod', id)),
  ];
}

export async function isRunning(key: NodeKey): Promise<boolean> {
  const answer = await raw('GET', `/containers/${parseKey(key).id}/json`);
  return (answer.json as { State: { Running: boolean } }).State.Running;
}

/** Exit code of a container by the engine's event. */
export async function exitCode(key: NodeKey): Promise<number | undefined> {
  return (await exitedAt(key)).exitCode;
}

/** Actions of the engine's events of a container, in order. */
export function eventActions(key: NodeKey): readonly string[] {
  return events.filter((one) => one.key === key).map(({ action }) => action);
}

/** These containers in the order of their `remove` events; waits for all. */
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

/** Waits for a container's exit event. */
export function exitedAt(key: NodeKey): Promise<EngineEvent> {
  return eventOf(key, ({ action }) => action === 'exit');
}

function eventOf(key: NodeKey, matches: (event: EngineEvent) => boolean): Promise<EngineEvent> {
  return waitFor(`an event of ${key}: ${matches.toString()}`, () =>
    events.find((one) => one.key === key && matches(one)),
  );
}

export function theService(): Service {
  return service;
}

/** Removes everything left by a test, without production code. */
async function clear() {
  if (isDemo) await demo('/demo/faults', { clear: true });
  // The engine may still be removing a `--rm` container, and then refuses another removal.
  await waitFor('an engine without containers', async () => {
    const keys = await remaining();
    for (const key of keys) {
      const { kind, id } = parseKey(key);
      if (kind === 'pod') await raw('DELETE', `/pods/${id}?force=true&timeout=0`);
      else await raw('DELETE', `/containers/${id}?force=true&${isDocker ? 'v=1' : 'timeout=0&volumes=true'}`);
    }
    return keys.length === 0;
  });
}
