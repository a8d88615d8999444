import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock';
import type { NodeKey } from '../../src/graph/model/model';
import type { Action } from '../../src/graph/plan/lifecycleAction';
import type { PlanOptions } from '../../src/graph/plan/plan';
import type { Report } from '../../src/graph/plan/report';
import type { RecoveredRun, Service } from '../../src/service';
import { failureHint } from '../../src/view/text/outcome';
import { unitFacts } from '../../src/view/text/systemd';
import { InMemoryJournalFs } from './inMemoryJournalFs';
import { QuadletEngine } from './quadletEngine';
import { advance, noDelay } from './serviceDeps';
import { SimulatedWindow } from './simulatedWindow';

const windows: SimulatedWindow[] = [];
let engine: QuadletEngine;
let disk: InMemoryJournalFs;

beforeEach(() => {
  vi.useFakeTimers();
  engine = new QuadletEngine('w', noDelay, { enforcesDependencies: true, events: true });
  disk = new InMemoryJournalFs(systemClock, noDelay);
});

afterEach(() => {
  for (const { service } of windows.splice(0)) service.dispose();
  vi.useRealTimers();
});

function openWindow(concurrency = 4): SimulatedWindow {
  const window = new SimulatedWindow(
    `w${windows.length}`,
    engine,
    disk,
    systemClock,
    concurrency,
    systemClock,
    3_600_000,
  );
  windows.push(window);
  window.service.setVisible(true);
  return window;
}

/** More than the time limit of a call for a unit with the usual `TimeoutStopSec` of 90 s. */
const longEnough = 900_000;

async function settled<T>(work: Promise<T>, ms = 60_000): Promise<T> {
  await advance(ms);
  return work;
}

async function planned(service: Service, names: readonly string[], action: Action, more: Partial<PlanOptions> = {}) {
  await settled(service.refresh());
  const nodes = [...service.snapshot.graph.nodes.values()];
  const chosen = names.map((name) => nodes.find((node) => node.name === name)?.key as NodeKey);
  return settled(service.plan({ chosen, isAll: false }, { action, dependents: 'include', running: 'stop', ...more }));
}

const outcomes = (report: Report) =>
  Object.fromEntries(
    [...report.nodes.values()].map(({ node, outcome }) => [
      node.name,
      outcome.kind === 'failed' ? outcome.reason : outcome.kind,
    ]),
  );

test('a unit that systemd kills at its TimeoutStopSec is stopped', async () => {
  engine.addUnit('web');
  engine.timingOut.add('web.service');
  const { service } = openWindow();
  const plan = await planned(service, ['web'], 'stop');
  expect(outcomes(await settled(service.run(plan).done))).toEqual({ web: 'done' });
  expect(engine.units.get('web.service')).toMatchObject({ active: 'failed', result: 'timeout' });
});

test('a stop that does not end is reported, and nothing that the unit requires is stopped', async () => {
  engine.addUnit('db');
  engine.addUnit('web', ['db']);
  engine.stopMs.set('web.service', Infinity);
  const { service } = openWindow();
  const plan = await planned(service, ['web', 'db'], 'stop');
  expect(outcomes(await settled(service.run(plan).done, longEnough))).toEqual({ web: 'timeout', db: 'skipped' });
  expect(engine.commands).toEqual(['stop web.service']);
  expect(engine.present()).toEqual(['db', 'web']);
});

test('what a unit of another user denies is not done by the engine instead, and the report explains what to do', async () => {
  engine.addUnit('web');
  engine.denied.add('web.service');
  const { service } = openWindow();
  const plan = await planned(service, ['web'], 'remove');
  const report = await settled(service.run(plan).done);
  expect(outcomes(report)).toEqual({ web: 'systemdDenied' });
  expect([engine.commands, engine.removalsSent, engine.present()]).toEqual([[], [], ['web']]);
  expect(failureHint('systemdDenied')).toMatch(/as root, or run systemctl with sudo/);
});

test('after a cancel, the stop that systemd has begun ends, and no other begins', async () => {
  engine.addUnit('db');
  engine.addUnit('web', ['db']);
  engine.stopMs.set('web.service', 20_000);
  const { service } = openWindow();
  const plan = await planned(service, ['web', 'db'], 'stop');
  const run = service.run(plan);
  await advance(5_000);
  run.cancel();
  expect(outcomes(await settled(run.done))).toEqual({ web: 'done', db: 'notAttempted' });
  expect(engine.commands).toEqual(['stop web.service']);
});

test('after a kill of the window, the next one continues through the units', async () => {
  engine.addUnit('db');
  engine.addUnit('web', ['db']);
  engine.stopMs.set('web.service', 20_000);
  const first = openWindow();
  const plan = await planned(first.service, ['db'], 'remove');
  void first.service.run(plan);
  await advance(5_000);
  first.kill();
  await advance(120_000);
  const { service } = openWindow();
  const recovered: RecoveredRun[] = [];
  service.onDidRecover((run) => recovered.push(run));
  await settled(service.recover());
  const [run] = recovered;
  expect(run?.remaining.map((key) => service.snapshot.graph.get(key)?.name)).toEqual(['db']);
  const { action } = run?.report.plan ?? {};
  const rest = await planned(service, ['db'], action ?? 'start');
  expect(outcomes(await settled(service.run(rest).done))).toEqual({ db: 'removed' });
  expect(engine.commands).toEqual(['stop web.service', 'stop db.service']);
  expect(engine.present()).toEqual([]);
});

test('changed unit files are named in the plan until systemd has read them', async () => {
  engine.addUnit('web');
  engine.changed.add('web.service');
  const { service } = openWindow();
  const plan = await planned(service, ['web'], 'restart');
  expect(unitFacts(plan)).toEqual(['The files of web.service have changed since systemd read them.']);
  await settled(service.reloadSystemd(plan));
  expect(engine.commands).toEqual(['daemon-reload']);
  expect(unitFacts(await planned(service, ['web'], 'restart'))).toEqual([]);
});

test('all containers of a .kube unit are stopped by it, although it is proven by one', async () => {
  engine.addKube('app', ['app-service', 'app-one', 'app-two']);
  const { service } = openWindow(1);
  const plan = await planned(service, ['app-one'], 'stop');
  const all = { 'app-service': 'done', 'app-one': 'done', 'app-two': 'done' };
  expect(outcomes(await settled(service.run(plan).done))).toEqual(all);
  expect(engine.commands).toEqual(['stop app.service']);
  expect(engine.present()).toEqual([]);
});

test('an instance of a template is stopped by its own name, and the file of all instances is kept', async () => {
  engine.addUnit('web@1');
  engine.addUnit('web@2');
  const { service } = openWindow();
  const plan = await planned(service, ['web@1'], 'remove', { removeQuadlets: true });
  expect(outcomes(await settled(service.run(plan).done))).toEqual({ 'web@1': 'removed' });
  expect(engine.commands).toEqual(['stop web@1.service']);
  expect(engine.present()).toEqual(['web@2']);
  const start = await planned(service, ['web@1.service'], 'start');
  expect(outcomes(await settled(service.run(start).done))).toEqual({ 'web@1.service': 'done' });
  expect(engine.present()).toEqual(['web@1', 'web@2']);
});

test('a unit that restarts between plan and run is stopped, with its new container', async () => {
  engine.addUnit('web');
  const { service } = openWindow();
  const plan = await planned(service, ['web'], 'remove');
  engine.restartUnit('web');
  await advance(5_000);
  expect(outcomes(await settled(service.run(plan).done))).toEqual({ web: 'removed' });
  expect([engine.commands, engine.present()]).toEqual([['stop web.service'], []]);
});
