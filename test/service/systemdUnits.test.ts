import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock';
import { EngineError } from '../../src/engine/error';
import { isStoppedUnit, type NodeKey } from '../../src/graph/model/model';
import type { Action } from '../../src/graph/plan/lifecycleAction';
import { quadletsOf } from '../../src/graph/plan/managed';
import type { PlanOptions } from '../../src/graph/plan/plan';
import type { Report } from '../../src/graph/plan/report';
import { createService, type Service } from '../../src/service';
import { reportSummary } from '../../src/view/text/report';
import '../seed';
import { InMemoryJournalFs } from './inMemoryJournalFs';
import { cases } from '../amounts';
import { QuadletEngine } from './quadletEngine';
import { advance, noDelay, serviceDeps, sourceOf } from './serviceDeps';

const services: Service[] = [];

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
  for (const service of services.splice(0)) service.dispose();
  vi.useRealTimers();
});

/** `web` requires `db`, `log` is part of `db`, `job` is no unit's. */
function sample(): QuadletEngine {
  const engine = new QuadletEngine('w', noDelay, { enforcesDependencies: true, events: true });
  engine.addUnit('db');
  engine.addUnit('web', ['db']);
  engine.addUnit('log', [], ['db']);
  engine.add({ name: 'job', state: 'running' });
  return engine;
}

function serviceOf(engine: QuadletEngine, concurrency = 4): Service {
  const files = new InMemoryJournalFs(systemClock, noDelay).viewOf(() => true);
  const recipes = { files, retentionMs: () => 3_600_000 };
  const service = createService({ ...serviceDeps(), concurrency: () => concurrency, recipes }, [sourceOf(engine)]);
  services.push(service);
  service.setVisible(true);
  return service;
}

async function settled<T>(work: Promise<T>): Promise<T> {
  await advance(60_000);
  return work;
}

async function planned(service: Service, names: readonly string[], more: Partial<PlanOptions> = {}) {
  await settled(service.refresh());
  const nodes = [...service.snapshot.graph.nodes.values()];
  const chosen = names.map((name) => nodes.find((node) => node.name === name)?.key as NodeKey);
  return settled(service.plan({ chosen, isAll: false }, { dependents: 'include', running: 'stop', ...more }));
}

async function run(service: Service, names: readonly string[], action: Action, more: Partial<PlanOptions> = {}) {
  const plan = await planned(service, names, { action, ...more });
  expect(plan.blockers).toEqual([]);
  return settled(service.run(plan).done);
}

const outcomes = (report: Report) =>
  Object.fromEntries(
    [...report.nodes.values()].map(({ node, outcome }) => [
      node.name,
      outcome.kind === 'failed' ? outcome.reason : outcome.kind,
    ]),
  );

test('a removal stops the units, dependents first, with those that systemd stops with them, and signals no container', async () => {
  const engine = sample();
  const report = await run(serviceOf(engine, 1), ['db', 'job'], 'remove');
  expect(outcomes(report)).toEqual({ db: 'removed', web: 'removed', log: 'removed', job: 'removed' });
  expect(engine.commands.indexOf('stop web.service')).toBeLessThan(engine.commands.indexOf('stop db.service'));
  expect(engine.removalsSent.filter((key) => !key.endsWith('job'))).toEqual([]);
  expect(engine.present()).toEqual([]);
  expect(engine.violations).toEqual([]);
});

test('what systemd also stops blocks a plan without dependents', async () => {
  const plan = await planned(serviceOf(sample()), ['db'], { dependents: 'block' });
  expect(plan.blockers.map(({ node }) => node.name).sort()).toEqual(['log', 'web', 'web']);
});

test('a restart and a stop are verified by unit and name, because the containers have new ids', async () => {
  const engine = sample();
  const service = serviceOf(engine);
  expect(outcomes(await run(service, ['db'], 'restart'))).toEqual({ db: 'done', web: 'done', log: 'done' });
  expect(engine.present()).toEqual(['db', 'job', 'log', 'web']);
  expect(outcomes(await run(service, ['log'], 'restart'))).toEqual({ log: 'done' });
  expect(engine.commands).toContain('restart log.service');
  expect(outcomes(await run(service, ['web'], 'kill'))).toEqual({ web: 'done' });
  expect(outcomes(await run(service, ['db'], 'stop'))).toEqual({ db: 'done', log: 'done' });
  expect(engine.present()).toEqual(['job']);
});

test('all that was stopped is started again, dependencies first, and only by its units', async () => {
  const engine = sample();
  const service = serviceOf(engine, 1);
  await run(service, ['web', 'db', 'log'], 'stop');
  await settled(service.refresh());
  const stopped = [...service.snapshot.graph.nodes.values()].filter(isStoppedUnit);
  expect(stopped.map(({ name }) => name).sort()).toEqual(['db.service', 'log.service', 'web.service']);
  const removal = await planned(service, ['web.service', 'job']);
  expect([...removal.nodes.values()].map(({ node }) => node.name)).toEqual(['job']);
  expect(removal.retained.map(({ why }) => why)).toEqual([{ kind: 'unknown' }]);
  expect((await planned(service, ['web.service'], { action: 'stop' })).nodes.size).toBe(0);
  engine.commands.length = 0;
  const report = await run(service, ['web.service', 'log.service'], 'start');
  expect(outcomes(report)).toEqual({ 'db.service': 'done', 'web.service': 'done', 'log.service': 'done' });
  expect(engine.commands.indexOf('start db.service')).toBeLessThan(engine.commands.indexOf('start web.service'));
  expect(engine.present()).toEqual(['db', 'job', 'log', 'web']);
  expect([...service.snapshot.graph.nodes.values()].filter(isStoppedUnit)).toEqual([]);
  expect(engine.violations).toEqual([]);
});

test('a stopped dependent does not block the removal of its dependency', async () => {
  const engine = sample();
  const service = serviceOf(engine);
  await run(service, ['web'], 'stop');
  await settled(service.refresh());
  expect(outcomes(await run(service, ['db'], 'remove'))).toEqual({ db: 'removed', log: 'removed' });
});

test('a unit that fails to start has its result and its last messages in the report', async () => {
  const engine = sample();
  engine.failing.add('log.service');
  const report = await run(serviceOf(engine), ['log'], 'restart');
  expect([...report.nodes.values()].map(({ outcome }) => outcome)).toEqual([
    { kind: 'failed', reason: 'systemdFailed', message: 'log.service: failed, exit-code · no such image' },
  ]);
});

test('without systemd, containers of units are retained unless they are included by hand, and none counts as removed that came back', async () => {
  const engine = sample();
  engine.isReachable = false;
  const service = serviceOf(engine);
  const plan = await planned(service, ['log', 'job']);
  expect([...plan.nodes.values()].map(({ node }) => node.name)).toEqual(['job']);
  expect(plan.retained.map(({ why }) => why)).toEqual([
    { kind: 'systemdUnreachable', unit: 'log.service', obstacle: { kind: 'failed', text: 'no bus' } },
  ]);
  const report = await run(service, ['log'], 'remove', { withoutSystemd: 'all' });
  expect(outcomes(report)).toEqual({ log: 'falseSuccess' });
  expect(engine.present()).toContain('log');
});

test.each(['stop', 'restart', 'kill'] as const)(
  'a %s does not bypass a systemd that did not respond',
  async (action) => {
    const engine = sample();
    engine.isReachable = false;
    const plan = await planned(serviceOf(engine), ['log', 'job'], { action });
    expect([...plan.nodes.values()].map(({ node }) => node.name)).toEqual(['job']);
    expect(plan.retained).toMatchObject([{ node: { name: 'log' }, why: { kind: 'systemdUnreachable' } }]);
  },
);

test('a label alone proves no unit, and a hostile name reaches no command line', async () => {
  const engine = sample();
  const labels = (unit: string) => ({ labels: { PODMAN_SYSTEMD_UNIT: unit }, state: 'running' as const });
  engine.add({ name: 'imposter', ...labels('web.service') });
  engine.add({ name: 'hostile', ...labels('--user; reboot $(x).service') });
  const plan = await planned(serviceOf(engine), ['imposter', 'hostile']);
  expect([...plan.nodes.values()].map(({ node }) => node.name)).toEqual([]);
  expect(plan.retained.map(({ node, why }) => [node.name, 'obstacle' in why && why.obstacle.kind])).toEqual([
    ['imposter', 'unproven'],
    ['hostile', 'unproven'],
  ]);
  expect(engine.violations).toEqual([]);
});

test('a removed Quadlet is written again and started', async () => {
  const engine = sample();
  const service = serviceOf(engine);
  const before = new Map(engine.files);
  const report = await run(service, ['log'], 'remove', { removeQuadlets: true });
  expect(outcomes(report)).toEqual({ log: 'removed' });
  expect(engine.commands).toEqual(['stop log.service', 'rm /etc/containers/systemd/log.container', 'daemon-reload']);
  const bringBack = { action: 'bringBack', dependents: 'include', running: 'stop', removal: report.plan.id } as const;
  const plan = await settled(service.plan({ chosen: [...report.nodes.keys()], isAll: false }, bringBack));
  expect(outcomes(await settled(service.run(plan).done))).toEqual({ log: 'done' });
  expect(engine.files).toEqual(before);
  expect(engine.present()).toContain('log');
});

test('the Quadlet of a stopped unit is removed only on request, and brought back without a start', async () => {
  const engine = sample();
  const service = serviceOf(engine);
  await run(service, ['web'], 'stop');
  const before = new Map(engine.files);
  const kept = await planned(service, ['web.service', 'log']);
  expect([...kept.nodes.values()].map(({ node }) => node.name)).toEqual(['log']);
  expect(quadletsOf(kept).map(({ name }) => name)).toEqual(['log', 'web.service']);
  engine.commands.length = 0;
  const report = await run(service, ['web.service'], 'remove', { removeQuadlets: true });
  expect(outcomes(report)).toEqual({ 'web.service': 'removed' });
  expect(reportSummary(report)).toContain('Removed 1 systemd unit');
  expect(report.unsaved).toBeUndefined();
  expect(engine.commands).toEqual(['rm /etc/containers/systemd/web.container', 'daemon-reload']);
  expect([...service.snapshot.graph.nodes.values()].filter(isStoppedUnit)).toEqual([]);
  const bringBack = { action: 'bringBack', dependents: 'include', running: 'stop', removal: report.plan.id } as const;
  const plan = await settled(service.plan({ chosen: [...report.nodes.keys()], isAll: false }, bringBack));
  expect(outcomes(await settled(service.run(plan).done))).toEqual({ 'web.service': 'done' });
  expect(engine.files).toEqual(before);
  await settled(service.refresh());
  expect([...service.snapshot.graph.nodes.values()].filter(isStoppedUnit).map(({ name }) => name)).toEqual([
    'web.service',
  ]);
  expect(engine.present()).not.toContain('web');
  expect(engine.violations).toEqual([]);
});

test('the Quadlet of a unit that was started after confirmation is kept', async () => {
  const engine = sample();
  const service = serviceOf(engine);
  await run(service, ['web'], 'stop');
  const plan = await planned(service, ['web.service'], { removeQuadlets: true });
  await settled(engine.host.start('web.service'));
  expect(outcomes(await settled(service.run(plan).done))).toEqual({ 'web.service': 'systemdRestarted' });
  expect(engine.files.has('/etc/containers/systemd/web.container')).toBe(true);
  expect(engine.present()).toContain('web');
});

test.each(['rm', 'systemctl'])('a Quadlet whose deletion %s refuses is kept, and reported as such', async (program) => {
  const engine = sample();
  const service = serviceOf(engine);
  await run(service, ['web'], 'stop');
  const plan = await planned(service, ['web.service'], { removeQuadlets: true });
  if (program === 'rm') engine.host.deleteQuadlet = () => Promise.reject(new EngineError('denied', 'not permitted'));
  else engine.isReachable = false;
  const reason = program === 'rm' ? 'quadletKept' : 'systemdUnreachable';
  expect(outcomes(await settled(service.run(plan).done))).toEqual({ 'web.service': reason });
  expect(engine.files.has('/etc/containers/systemd/web.container')).toBe(true);
});

test('out of reach, nothing is done with a stopped unit', async () => {
  const engine = sample();
  const service = serviceOf(engine);
  await run(service, ['web'], 'stop');
  await settled(service.refresh());
  engine.isReachable = false;
  const [key] = [...service.snapshot.graph.nodes.values()].filter(isStoppedUnit).map((node) => node.key);
  for (const action of ['remove', 'start'] as const) {
    const options = {
      action,
      removeQuadlets: true,
      withoutSystemd: 'all',
      dependents: 'include',
      running: 'stop',
    } as const;
    const plan = await settled(service.plan({ chosen: [key as NodeKey], isAll: false }, options));
    expect(plan.nodes.size).toBe(0);
    expect(plan.retained.map(({ why }) => why.kind)).toEqual(['systemdUnreachable']);
  }
});

test('a Quadlet file that was deleted meanwhile does not keep the others, or systemd from reading them', async () => {
  const engine = sample();
  engine.files.delete('/etc/containers/systemd/web.container');
  const report = await run(serviceOf(engine, 1), ['web', 'log'], 'remove', { removeQuadlets: true });
  expect(outcomes(report)).toEqual({ web: 'removed', log: 'removed' });
  expect([...engine.files.keys()]).toEqual(['/etc/containers/systemd/db.container']);
  expect(engine.commands.filter((one) => one === 'daemon-reload')).toHaveLength(2);
});

test('nothing of a removal comes back, in any application and with any limit', async () => {
  const application = fc.array(fc.array(fc.nat(5), { maxLength: 3 }), { minLength: 1, maxLength: 6 });
  const property = fc.asyncProperty(
    application,
    application,
    fc.integer({ min: 1, max: 8 }),
    async (requires, parts, limit) => {
      const engine = new QuadletEngine('w', noDelay, { enforcesDependencies: true, events: true });
      const named = (all: readonly number[] = [], below: number) =>
        [...new Set(all)].filter((one) => one < below).map((one) => `c${one}`);
      requires.forEach((all, at) => engine.addUnit(`c${at}`, named(all, at), named(parts[at], at)));
      const service = serviceOf(engine, limit);
      const report = await run(service, ['c0'], 'remove');
      expect(new Set(Object.values(outcomes(report)))).toEqual(new Set(['removed']));
      const left = requires.map((_, at) => `c${at}`).filter((name) => !(name in outcomes(report)));
      expect(engine.present()).toEqual(left);
      expect(engine.violations).toEqual([]);
      service.dispose();
    },
  );
  await fc.assert(property, { numRuns: Math.ceil(0.4 * cases) });
});
