import { afterEach, describe, expect, test } from 'vitest';
import type { DemoEngineOptions } from '../../src/demo/engine';
import type { FaultAction } from '../../src/demo/faults';
import type { Fleet, FleetContainer } from '../../src/demo/fleet';
import type { NodeKey } from '../../src/graph/model';
import { nodeKey } from '../../src/graph/model';
import type { PlanOptions } from '../../src/graph/plan';
import type { Report } from '../../src/graph/report';
import type { Service } from '../../src/service/index';
import { ServedEngine } from '../servedEngine';
import { serviceAt } from '../serviceAt';

// The production service over the demo engine, in real time: what an engine answers, down to its bytes, is the input here.

const ended: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

interface Lab {
  readonly served: ServedEngine;
  readonly service: Service;
  readonly key: (name: string, kind?: 'container' | 'pod') => NodeKey;
}

async function lab(fleet: Fleet, options: Partial<DemoEngineOptions> = {}): Promise<Lab> {
  const served = await ServedEngine.start(fleet, options);
  const service = serviceAt([{ id: 'e', label: 'demo', address: { kind: 'unix', path: served.socket } }]);
  ended.push(
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

const quick = (name: string, more: Partial<FleetContainer> = {}): FleetContainer => ({
  name,
  state: 'exited',
  ...more,
});

async function run(service: Service, chosen: readonly NodeKey[], more: Partial<PlanOptions> = {}): Promise<Report> {
  const plan = await service.plan({ chosen, everything: false }, { dependents: 'include', running: 'stop', ...more });
  return service.run(plan).done;
}

const outcomes = (report: Report) =>
  Object.fromEntries(
    [...report.nodes.values()].map(({ node, outcome, attempts }) => [
      node.name,
      outcome.kind === 'failed' ? [outcome.reason, outcome.words, attempts] : [outcome.kind, attempts],
    ]),
  );

const error = (status: number, cause: string, message = cause): FaultAction => ({
  kind: 'answer',
  status,
  body: { cause, message, response: status },
});

describe('answers', () => {
  test('a pod command of which a member fails ends at once, in the text of its member (E1)', async () => {
    const containers = [quick('web', { pod: 'app' }), quick('log', { pod: 'app' })];
    const { served, service, key } = await lab({ pods: [{ name: 'app' }], containers });
    const text = `starting container ${served.idOf('web')}: crun: no such executable`;
    const body = { Errs: [text], Id: served.engine.state().pods[0]?.id };
    served.engine.faults.add({ method: 'POST', path: '/pods/.*/start', action: { kind: 'answer', status: 409, body } });
    const report = await run(service, [key('app', 'pod')], { action: 'start' });
    expect(outcomes(report)['web']).toEqual(['partial', text, 1]);
    expect(served.writes().filter(({ path }) => path.includes('/start'))).toHaveLength(1);
  });

  test('what a filter forbids is asked once, and concerns its object alone (E2)', async () => {
    const { served, service, key } = await lab({ pods: [], containers: [quick('a'), quick('b')] });
    served.engine.faults.add({
      method: 'DELETE',
      path: served.idOf('a'),
      action: { kind: 'answer', status: 403, body: '<h1>403 Forbidden</h1>', contentType: 'text/html' },
    });
    const report = await run(service, [key('a'), key('b')]);
    expect(outcomes(report)['a']?.slice(0, 1)).toEqual(['denied']);
    expect(outcomes(report)['a']?.[2]).toBe(1);
    expect(outcomes(report)['b']).toEqual(['removed', 1]);
    expect(service.snapshot.engines.get('e')?.state).not.toBe('denied');
  });

  test('a monitor that ended early gets one more try (E5)', async () => {
    const { served, service, key } = await lab({ pods: [], containers: [quick('a')] });
    const message = 'conmon exited prematurely, exit code could not be retrieved: internal libpod error';
    const fault = { method: 'DELETE', path: '/containers/', action: error(500, 'internal libpod error', message) };
    served.engine.faults.add({ ...fault, times: 1 });
    expect(outcomes(await run(service, [key('a')]))).toEqual({ a: ['removed', 2] });
  });

  test('it gets no more than one (E5)', async () => {
    const { served, service, key } = await lab({ pods: [], containers: [quick('a')] });
    const message = 'conmon exited prematurely, exit code could not be retrieved: internal libpod error';
    served.engine.faults.add({
      method: 'DELETE',
      path: '/containers/',
      action: error(500, 'internal libpod error', message),
    });
    expect(outcomes(await run(service, [key('a')]))).toEqual({ a: ['monitorExited', message, 2] });
  });

  test.each([error(500, 'no such container'), error(500, 'database is locked'), { kind: 'halfJson' } as const])(
    'a passing failure of one list neither rejects a plan nor leaves a report unsettled (E6)',
    async (action) => {
      const { served, service, key } = await lab({ pods: [], containers: [quick('a')] });
      const fail = () => served.engine.faults.add({ path: '/containers/json', times: 1, action });
      fail();
      const plan = await service.plan(
        { chosen: [key('a')], everything: false },
        { dependents: 'include', running: 'stop' },
      );
      fail();
      const report = await service.run(plan).done;
      expect([report.settled, outcomes(report)]).toEqual([true, { a: ['removed', 1] }]);
    },
  );

  test('a missing network is no missing container: one more try (E7)', async () => {
    const { served, service, key } = await lab({ pods: [], containers: [quick('a')] });
    const action = error(404, 'no such network', 'tearing down: no such network');
    served.engine.faults.add({ method: 'DELETE', path: '/containers/', times: 1, action });
    expect(outcomes(await run(service, [key('a')]))).toEqual({ a: ['removed', 2] });
  });
});
