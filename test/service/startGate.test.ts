import { describe, expect, test, vi } from 'vitest';
import { EngineError } from '../../src/engine/error';
import type { NodeKey } from '../../src/graph/model/model';
import type { Report } from '../../src/graph/plan/report';
import type { ContainerSpec } from './containerModel';
import { advance, createServiceFor, fakeEngine } from './serviceDeps';

/** The checks of the fake engine: every second, with a timeout of a second, unhealthy after three failures. */
const healthTimeout = 6000;
/** What the gate adds for a check on request. */
const allowanceMs = 10_000;

function service(name: string, dependsOn = '', more: Partial<ContainerSpec> = {}): ContainerSpec {
  const labels = {
    'com.docker.compose.project': 'p',
    'com.docker.compose.service': name,
    'com.docker.compose.depends_on': dependsOn,
  };
  return { name, labels, ...more };
}

/** Starts these services; none runs yet. */
const start = (...specs: ContainerSpec[]) => change('start', specs);

async function change(
  action: 'start' | 'restart',
  specs: readonly ContainerSpec[],
  names = specs.map(({ name }) => name),
) {
  vi.useFakeTimers();
  const engine = fakeEngine();
  for (const spec of specs) engine.add(spec);
  const asked: NodeKey[] = [];
  const checkHealth = engine.checkHealth.bind(engine);
  engine.checkHealth = (key) => {
    asked.push(key);
    return checkHealth(key);
  };
  const graph = createServiceFor(engine);
  graph.setVisible(true);
  await advance(1000);
  for (const { name, state, health } of specs) if (state === 'running' && health) engine.setHealth(name, health);
  const chosen = names.map((name) => engine.key(name));
  const dependents = action === 'start' ? 'include' : 'block';
  const plan = await graph.plan({ chosen, isAll: false }, { action, dependents, running: 'stop' });
  const run = graph.run(plan);
  let report: Report | undefined;
  void run.done.then((one) => (report = one));
  await advance(500);
  /** What became of a service, and why; undefined until the end of the run. */
  const resultOf = (name: string): string | undefined => {
    const outcome = report?.nodes.get(engine.key(name))?.outcome;
    return outcome?.kind === 'skipped' ? outcome.unmet?.kind : outcome?.kind;
  };
  return { engine, run, asked, resultOf };
}

const db = service('db', '', { health: 'starting' });
const api = service('api', 'db:service_healthy:false');

describe('a dependent of a service whose health check', () => {
  test('never has a result is skipped when the timeout of the check has passed', async () => {
    const started = await start(db, api);
    await advance(healthTimeout);
    expect(started.resultOf('api')).toBeUndefined();
    await advance(allowanceMs + 1000);
    expect(started.resultOf('api')).toBe('notHealthyInTime');
    expect(started.resultOf('db')).toBe('done');
  });

  test('hangs is skipped at the same time, and a cancel need not wait for the check', async () => {
    const hanging = await start(db, api);
    hanging.engine.checkHealth = () => new Promise(() => undefined);
    await advance(healthTimeout + allowanceMs + 1000);
    expect(hanging.resultOf('api')).toBe('notHealthyInTime');

    const cancelled = await start(db, api);
    cancelled.engine.checkHealth = () => new Promise(() => undefined);
    await advance(4000);
    cancelled.run.cancel();
    await advance(100);
    expect(cancelled.resultOf('api')).toBe('notAttempted');
  });

  test('takes longer than its timeout is skipped: Podman answers with an error', async () => {
    const started = await start(db, api);
    started.engine.checkHealth = () => {
      started.engine.setHealth('db', 'unhealthy', false);
      return Promise.reject(new EngineError('unknown', 'healthcheck command exceeded timeout of 1s'));
    };
    await advance(5000);
    expect(started.resultOf('api')).toBe('unhealthy');
  });

  test('flips is started if the first result is healthy', async () => {
    const started = await start(db, api);
    for (const health of ['healthy', 'unhealthy', 'healthy'] as const) {
      started.engine.setHealth('db', health);
      await advance(100);
    }
    await advance(1000);
    expect(started.resultOf('api')).toBe('done');
  });

  test('flips is skipped if the first result is unhealthy', async () => {
    const started = await start(db, api);
    for (const health of ['unhealthy', 'healthy'] as const) {
      started.engine.setHealth('db', health);
      await advance(100);
    }
    expect(started.resultOf('api')).toBe('unhealthy');
  });

  test('is missing does not wait', async () => {
    const started = await start(service('db'), api);
    await advance(100);
    expect(started.resultOf('api')).toBe('done');
    expect(started.asked).toEqual([]);
  });
});

describe('a restart beside an unhealthy dependency', () => {
  const running = { state: 'running' } as const;
  const sick = service('db', '', { ...running, health: 'unhealthy' });
  const waiting = service('api', 'db:service_healthy:false', running);

  test.each([
    ['a chain whose base waits for it', service('web', 'api:service_started:false', running), ['unhealthy', 'done']],
    [
      'services that all wait for it',
      service('web', 'api:service_started:false,db:service_healthy:false', running),
      ['unhealthy', 'unhealthy'],
    ],
  ])('leaves %s running', async (_, web, expected) => {
    const restarted = await change('restart', [sick, waiting, web], ['api', 'web']);
    await advance(5000);
    expect(['api', 'web'].map((name) => restarted.resultOf(name))).toEqual(expected);
    expect(['api', 'web'].map((name) => restarted.engine.observe(name).state)).toEqual(['running', 'running']);
  });
});

describe('a condition', () => {
  test.each([
    ['of an unknown kind', 'db:service_in_love:false'],
    ['on a service that does not exist', 'cache:service_healthy:false'],
  ])('%s delays nothing', async (_, dependsOn) => {
    const started = await start(db, service('api', dependsOn));
    await advance(100);
    expect(started.resultOf('api')).toBe('done');
  });

  test('is not met by a dependency that another client has removed', async () => {
    const started = await start(db, api);
    started.engine.removeExternally('db');
    await advance(2000);
    expect(started.resultOf('api')).toBe('gone');
  });
});

test('what a dependency was before its own start does not count', async () => {
  // The order of their starts is free, because none of both edges can be kept.
  const started = await start(
    service('api', 'db:service_healthy:false'),
    service('db', 'api:service_started:false', { health: 'starting' }),
  );
  started.engine.setHealth('db', 'healthy');
  await advance(1000);
  expect([started.resultOf('db'), started.resultOf('api')]).toEqual(['done', 'done']);
});

test('a check is requested once per interval, however many wait for it, and no longer than that', async () => {
  const started = await start(db, api, service('web', 'db:service_healthy:false'));
  await advance(4600);
  expect(started.asked.length).toBeGreaterThanOrEqual(3);
  expect(started.asked.length).toBeLessThanOrEqual(5);
  started.engine.setHealth('db', 'healthy');
  await advance(1000);
  expect([started.resultOf('api'), started.resultOf('web')]).toEqual(['done', 'done']);
  const { length } = started.asked;
  await advance(60_000);
  expect(started.asked).toHaveLength(length);
});
