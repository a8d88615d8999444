import { afterEach, describe, expect, test } from 'vitest';
import type { DemoEngineOptions } from '../../src/demo/engine';
import type { FaultAction } from '../../src/demo/faults';
import type { FakeFleet, FleetContainer } from '../../src/demo/fleet';
import { type NodeKey, nodeKey } from '../../src/graph/model/model';
import type { PlanOptions } from '../../src/graph/plan/plan';
import type { Report } from '../../src/graph/plan/report';
import type { Service } from '../../src/service';
import { DemoEngineServer } from '../servedEngine';
import { createTestService } from '../serviceAt';

// The production service over the demo engine, in real time.

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end();
});

interface Fixture {
  readonly served: DemoEngineServer;
  readonly service: Service;
  readonly key: (name: string, kind?: 'container' | 'pod') => NodeKey;
}

async function setup(fleet: FakeFleet, options: Partial<DemoEngineOptions> = {}): Promise<Fixture> {
  const served = await DemoEngineServer.start(fleet, options);
  const service = createTestService([{ id: 'e', label: 'demo', address: { kind: 'unix', path: served.socket } }]);
  cleanups.push(
    () => served.stop(),
    () => service.dispose(),
  );
  const key = (name: string, kind: 'container' | 'pod' = 'container') => {
    const { pods, containers } = served.engine.state();
    const found = (kind === 'pod' ? pods : containers).find((one) => one.name === name);
    return nodeKey('e', kind, found?.id ?? '');
  };
  return { served, service, key };
}

const exited = (name: string, more: Partial<FleetContainer> = {}): FleetContainer => ({
  name,
  state: 'exited',
  ...more,
});

async function run(service: Service, chosen: readonly NodeKey[], more: Partial<PlanOptions> = {}): Promise<Report> {
  const plan = await service.plan({ chosen, isAll: false }, { dependents: 'include', running: 'stop', ...more });
  return service.run(plan).done;
}

const outcomes = (report: Report) =>
  Object.fromEntries(
    [...report.nodes.values()].map(({ node, outcome, attempts }) => [
      node.name,
      outcome.kind === 'failed' ? [outcome.reason, outcome.message, attempts] : [outcome.kind, attempts],
    ]),
  );

const error = (status: number, cause: string, message = cause): FaultAction => ({
  kind: 'respond',
  status,
  body: { cause, message, response: status },
});

describe('responses', () => {
  test('a failed pod command ends at once with the message of its member (E1)', async () => {
    const containers = [exited('web', { pod: 'app' }), exited('log', { pod: 'app' })];
    const { served, service, key } = await setup({ pods: [{ name: 'app' }], containers });
    const text = `starting container ${served.idOf('web')}: crun: no such executable`;
    const body = { Errs: [text], Id: served.engine.state().pods[0]?.id };
    served.engine.faults.add({
      method: 'POST',
      path: '/pods/.*/start',
      action: { kind: 'respond', status: 409, body },
    });
    const report = await run(service, [key('app', 'pod')], { action: 'start' });
    expect(outcomes(report)['web']).toEqual(['partial', text, 1]);
    expect(served.writes().filter(({ path }) => path.includes('/start'))).toHaveLength(1);
  });

  test('a forbidden response is not retried, and affects only its object (E2)', async () => {
    const { served, service, key } = await setup({ pods: [], containers: [exited('a'), exited('b')] });
    served.engine.faults.add({
      method: 'DELETE',
      path: served.idOf('a'),
      action: { kind: 'respond', status: 403, body: '<h1>403 Forbidden</h1>', contentType: 'text/html' },
    });
    const report = await run(service, [key('a'), key('b')]);
    expect(outcomes(report)['a']?.slice(0, 1)).toEqual(['denied']);
    expect(outcomes(report)['a']?.[2]).toBe(1);
    expect(outcomes(report)['b']).toEqual(['removed', 1]);
    expect(service.snapshot.engines.get('e')?.state).not.toBe('denied');
  });

  test('a monitor that exited early is retried once (E5)', async () => {
    const { served, service, key } = await setup({ pods: [], containers: [exited('a')] });
    const message = 'conmon exited prematurely, exit code could not be retrieved: internal libpod error';
    const fault = { method: 'DELETE', path: '/containers/', action: error(500, 'internal libpod error', message) };
    served.engine.faults.add({ ...fault, times: 1 });
    expect(outcomes(await run(service, [key('a')]))).toEqual({ a: ['removed', 2] });
  });

  test('and not more than once (E5)', async () => {
    const { served, service, key } = await setup({ pods: [], containers: [exited('a')] });
    const message = 'conmon exited prematurely, exit code could not be retrieved: internal libpod error';
    served.engine.faults.add({
      method: 'DELETE',
      path: '/containers/',
      action: error(500, 'internal libpod error', message),
    });
    expect(outcomes(await run(service, [key('a')]))).toEqual({ a: ['monitorExited', message, 2] });
  });

  test.each([error(500, 'no such container'), error(500, 'database is locked'), { kind: 'halfJson' } as const])(
    'a transient error of one list neither rejects a plan nor leaves a report unreconciled (E6)',
    async (action) => {
      const { served, service, key } = await setup({ pods: [], containers: [exited('a')] });
      const fail = () => served.engine.faults.add({ path: '/containers/json', times: 1, action });
      fail();
      const plan = await service.plan({ chosen: [key('a')], isAll: false }, { dependents: 'include', running: 'stop' });
      fail();
      const report = await service.run(plan).done;
      expect([report.isReconciled, outcomes(report)]).toEqual([true, { a: ['removed', 1] }]);
    },
  );

  test('a missing network is not a missing container: it is retried once (E7)', async () => {
    const { served, service, key } = await setup({ pods: [], containers: [exited('a')] });
    const action = error(404, 'no such network', 'tearing down: no such network');
    served.engine.faults.add({ method: 'DELETE', path: '/containers/', times: 1, action });
    expect(outcomes(await run(service, [key('a')]))).toEqual({ a: ['removed', 2] });
  });
});

/** Resolves when a snapshot meets the condition. */
async function until(service: Service, condition: () => boolean): Promise<void> {
  if (condition()) return;
  await new Promise<void>((resolve) => {
    const listening = service.onDidChange(() => {
      if (!condition()) return;
      listening.dispose();
      resolve();
    });
  });
}

const status = (service: Service) => service.snapshot.engines.get('e');
const isLive = (service: Service) => status(service)?.state === 'live';

describe('an engine without events is live, has a problem, and can remove (E3)', () => {
  const none = { cause: 'cannot read events with the "none" backend', message: 'cannot read events', response: 500 };
  test.each<readonly [string, FaultAction, RegExp]>([
    ['the backend none', { kind: 'respond', status: 200, body: none }, /cannot read events/],
    ['an error status', error(500, 'unable to open events file'), /unable to open/],
    ['forbidden', { kind: 'respond', status: 403, body: '<h1>No</h1>', contentType: 'text/html' }, /No/],
    ['a page', { kind: 'html' }, /not JSON/],
    ['ended at once', { kind: 'respond', status: 200, body: '' }, /ended/],
    ['half a line', { kind: 'respond', status: 200, body: '{"Type":"cont' }, /ended/],
  ])('%s', async (_, action, message) => {
    const { served, service, key } = await setup({ pods: [], containers: [{ name: 'a' }, exited('b')] });
    served.engine.faults.add({ path: '/events', action });
    const states: string[] = [];
    service.onDidChange(() => states.push(status(service)?.state ?? ''));
    service.setVisible(true);
    await until(service, () => isLive(service) && status(service)?.problem !== undefined);
    const problem = status(service)?.problem;
    expect(problem?.kind).toBe('noEvents');
    expect(problem?.error.detail).toMatch(message);
    const report = await run(service, [key('a'), key('b')]);
    expect([report.isReconciled, outcomes(report)]).toEqual([true, { a: ['removed', 1], b: ['removed', 1] }]);
    expect(states.filter((state) => state === 'disconnected' || state === 'denied')).toEqual([]);
    served.engine.addFleet({ pods: [], containers: [{ name: 'new' }] });
    await until(service, () => service.snapshot.graph.get(key('new')) !== undefined);
  });

  test('no response headers', async () => {
    const { served, service, key } = await setup({ pods: [], containers: [exited('a')] });
    served.engine.faults.add({ path: '/events', action: { kind: 'silence', perform: false } });
    service.setVisible(true);
    await until(service, () => isLive(service));
    expect(outcomes(await run(service, [key('a')]))).toEqual({ a: ['removed', 1] });
    expect(isLive(service)).toBe(true);
  });

  test('the problem ends when events work again', async () => {
    const { served, service } = await setup({ pods: [], containers: [exited('a')] });
    served.engine.faults.add({ path: '/events', times: 1, action: { kind: 'respond', status: 200, body: none } });
    service.setVisible(true);
    await until(service, () => status(service)?.problem !== undefined);
    await until(service, () => status(service)?.problem === undefined);
  });

  test('repeated old events change nothing', async () => {
    const { served, service, key } = await setup({ pods: [], containers: [{ name: 'a' }, { name: 'b' }] });
    service.setVisible(true);
    await until(service, () => isLive(service) && status(service)?.uninspected === 0);
    expect(outcomes(await run(service, [key('a')], { action: 'restart' }))).toEqual({ a: ['done', 1] });
    expect(outcomes(await run(service, [key('b')], { action: 'stop' }))).toEqual({ b: ['done', 1] });
    const seen = new Set<string>();
    service.onDidChange(() => {
      for (const name of ['a', 'b']) seen.add(`${name} ${service.snapshot.graph.get(key(name))?.state}`);
    });
    served.engine.replayEvents();
    // Its event follows the old ones, so these have been processed.
    served.engine.addFleet({ pods: [], containers: [{ name: 'new' }] });
    await until(service, () => service.snapshot.graph.get(key('new')) !== undefined);
    expect([...seen].sort()).toEqual(['a running', 'b exited']);
  });
});

describe('one container that cannot be inspected (E4)', () => {
  test.each<readonly [string, FaultAction]>([
    ['hangs', { kind: 'silence', perform: false }],
    ['fails', error(500, 'boom', 'no storage for it')],
    ['is cut', { kind: 'cut' }],
    ['is half an answer', { kind: 'halfJson' }],
    ['is a page', { kind: 'html' }],
    ['is another container', { kind: 'respond', status: 200, body: { Id: 'f'.repeat(64) } }],
  ])('%s: it is left out of plans, everything else continues', async (kind, action) => {
    const { served, service, key } = await setup({ pods: [], containers: [exited('bad'), exited('a'), exited('b')] });
    served.engine.faults.add({ method: 'GET', path: `${served.idOf('bad')}/json`, action });
    const states: string[] = [];
    service.onDidChange(() => states.push(status(service)?.state ?? ''));
    service.setVisible(true);
    await until(service, () => isLive(service));
    const plan = await service.plan(
      { chosen: ['bad', 'a', 'b'].map((name) => key(name)), isAll: true },
      { dependents: 'include', running: 'stop' },
    );
    expect([...plan.nodes.values()].map(({ node }) => node.name).sort()).toEqual(['a', 'b']);
    expect(plan.retained.map(({ node, why }) => [node.name, why.kind])).toEqual([['bad', 'noDetails']]);
    if (kind === 'fails') expect(plan.retained[0]?.why).toMatchObject({ text: 'no storage for it' });
    expect(outcomes(await service.run(plan).done)).toEqual({ a: ['removed', 1], b: ['removed', 1] });
    expect(states.filter((state) => state === 'disconnected')).toEqual([]);
    served.engine.faults.clear();
    if (kind === 'hangs') return;
    await until(
      service,
      () => status(service)?.uninspected === 0 && service.snapshot.graph.container(key('bad'))?.details !== undefined,
    );
  });

  test('its pod is retained, too', async () => {
    const { served, service, key } = await setup({
      pods: [{ name: 'p' }],
      containers: [exited('bad', { pod: 'p' }), exited('good', { pod: 'p' })],
    });
    served.engine.faults.add({ method: 'GET', path: `${served.idOf('bad')}/json`, action: error(500, 'boom') });
    const plan = await service.plan(
      { chosen: [key('p', 'pod')], isAll: false },
      { dependents: 'include', running: 'stop' },
    );
    expect(plan.nodes.size).toBe(0);
    expect(plan.retained.map(({ node, why }) => [node.name, why.kind]).sort()).toEqual([
      ['bad', 'noDetails'],
      ['good', 'podRetained'],
      ['p', 'neededBy'],
    ]);
  });
});

test('an error response to a list keeps the engine live and shows the problem (E6)', async () => {
  const { served, service } = await setup({ pods: [], containers: [exited('a')] });
  served.engine.faults.add({ path: '/containers/json', action: error(500, 'boom', 'storage is broken') });
  service.setVisible(true);
  await until(service, () => status(service)?.problem !== undefined);
  expect(status(service)).toMatchObject({
    state: 'live',
    problem: { kind: 'noList', error: { detail: 'storage is broken' } },
  });
  served.engine.faults.clear();
  await until(service, () => status(service)?.problem === undefined && service.snapshot.graph.nodes.size === 1);
});

describe('a container whose name is the ID of another (E8)', () => {
  const changes = (served: DemoEngineServer) => served.writes().filter(({ path }) => !path.startsWith('/demo/'));

  test('the other is left out of plans, and no request is sent for it', async () => {
    const { served, service, key } = await setup({ pods: [], containers: [{ name: 'victim' }, exited('c')] });
    const named = served.idOf('victim');
    served.engine.addFleet({ pods: [], containers: [{ name: named }] });
    for (const action of ['remove', 'stop', 'kill', 'restart', 'pause'] as const) {
      const chosen = [key('victim'), key('c')];
      const plan = await service.plan({ chosen, isAll: false }, { dependents: 'include', running: 'stop', action });
      expect(plan.retained.map(({ node, why }) => [node.name, why.kind])).toEqual([['victim', 'ambiguousId']]);
    }
    expect(outcomes(await run(service, [key('c')]))).toEqual({ c: ['removed', 1] });
    // The container with that name has its own ID.
    expect(outcomes(await run(service, [key(named)]))).toEqual({ [named]: ['removed', 1] });
    expect(served.states('victim')).toEqual({ victim: 'running' });
    expect(outcomes(await run(service, [key('victim')]))).toEqual({ victim: ['removed', 1] });
  });

  test.each([true, false])('created after the plan: the removal fails (events: %s)', async (events) => {
    const { served, service, key } = await setup({ pods: [], containers: [{ name: 'victim' }] });
    if (!events) served.engine.faults.add({ path: '/events', action: error(500, 'no events') });
    service.setVisible(true);
    await until(service, () => isLive(service) && (events || status(service)?.problem !== undefined));
    const plan = await service.plan(
      { chosen: [key('victim')], isAll: false },
      { dependents: 'include', running: 'stop' },
    );
    const named = served.idOf('victim');
    served.engine.addFleet({ pods: [], containers: [{ name: named }] });
    if (events) await until(service, () => service.snapshot.graph.get(key(named)) !== undefined);
    const report = await service.run(plan).done;
    expect(outcomes(report)['victim']?.[0]).toBe('ambiguousId');
    expect(served.states('victim', named)).toEqual({ victim: 'running', [named]: 'running' });
    expect(changes(served)).toEqual([]);
  });

  test('a pod whose name is the ID of another', async () => {
    const { served, service, key } = await setup({
      pods: [{ name: 'victim' }],
      containers: [{ name: 'm', pod: 'victim' }],
    });
    const named = served.engine.state().pods[0]?.id ?? '';
    served.engine.addFleet({ pods: [{ name: named }], containers: [{ name: 'n', pod: named }] });
    service.setVisible(true);
    await until(
      service,
      () => isLive(service) && service.snapshot.graph.get(key('victim', 'pod'))?.unmanageable !== undefined,
    );
    const plan = await service.plan(
      { chosen: [key('victim', 'pod')], isAll: false },
      { dependents: 'include', running: 'stop' },
    );
    expect(plan.nodes.size).toBe(0);
    expect(changes(served)).toEqual([]);
  });
});
