import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock';
import { EngineError } from '../../src/engine/error';
import { retryOptions } from '../../src/graph/plan/planAction';
import type { Report } from '../../src/graph/plan/report';
import type { RecoveredRun, Service } from '../../src/service';
import { InMemoryJournalFs } from './inMemoryJournalFs';
import { RecipeEngine } from './recipeEngine';
import { SimulatedWindow } from './simulatedWindow';

let folder: string;
const windows: SimulatedWindow[] = [];
beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'restore-'))));
afterEach(async () => {
  for (const { service } of windows.splice(0)) service.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** Counts the steps of engine and disk, and calls back at one of them. */
class Steps {
  count = 0;
  at = Infinity;
  onStep: () => void = () => undefined;
  readonly turn = async () => {
    if (++this.count === this.at) this.onStep();
    await Promise.resolve();
  };
}

/** `db` and `reader` share a volume, `job` has ended and has another one. */
function start() {
  const steps = new Steps();
  const disk = new InMemoryJournalFs(systemClock, steps.turn);
  const engine = new RecipeEngine('w', steps.turn, { enforcesDependencies: true, events: true });
  engine.add({ name: 'db', state: 'running', volumes: ['data'] });
  engine.add({ name: 'reader', state: 'running', volumes: ['data'], needs: ['db'] });
  engine.add({ name: 'job', state: 'exited', volumes: ['log'] });
  engine.contents.set('data', 'rows');
  engine.contents.set('log', 'lines');
  const open = () => {
    const window = new SimulatedWindow(`${windows.length}`, engine, disk, systemClock, 4, systemClock, 1e12);
    windows.push(window);
    return window;
  };
  return { steps, disk, engine, open };
}

const namesOf = (engine: RecipeEngine) => engine.names().filter((name) => !name.startsWith('data'));

async function planRemoval(service: Service, engine: RecipeEngine) {
  const chosen = namesOf(engine).map((name) => engine.key(name));
  const options = { dependents: 'include', running: 'stop', deletedVolumes: 'all', backupFolder: folder } as const;
  return service.plan({ chosen, isAll: false }, options);
}

async function planReturn(service: Service, removal: string) {
  const chosen = (await service.removals()).find(({ id }) => id === removal)?.keys ?? [];
  const options = { action: 'bringBack', dependents: 'block', running: 'stop', removal } as const;
  return service.plan({ chosen, isAll: false }, options);
}

const bringBack = async (service: Service, removal: string): Promise<Report> =>
  service.run(await planReturn(service, removal)).done;

async function remove(service: Service, engine: RecipeEngine): Promise<string> {
  const { plan, nodes } = await service.run(await planRemoval(service, engine)).done;
  expect([...nodes.values()].map(({ outcome }) => outcome.kind)).toEqual(['removed', 'removed', 'removed']);
  return plan.id;
}

const outcomes = ({ nodes }: Report) =>
  Object.fromEntries([...nodes.values()].map(({ node, outcome }) => [node.name, outcome]));

function expectAllBack(engine: RecipeEngine) {
  expect(engine.shape()).toEqual({ db: 'up', reader: 'up db', job: 'down' });
  expectContents(engine);
  expect(engine.violations).toEqual([]);
}

function expectContents(engine: RecipeEngine) {
  expect(['db', 'reader', 'job'].map((name) => engine.contentOf(name))).toEqual(['rows', 'rows', 'lines']);
}

test('restores the volumes of containers before they start, shared ones once', async () => {
  const { engine, open } = start();
  const { service } = open();
  const removal = await remove(service, engine);
  expect(engine.hasVolume('w/volume/data')).toBe(false);
  const plan = await planReturn(service, removal);
  const problems = [...(plan.options.problems ?? [])].map(([key, found]) => [key, found.map(({ kind }) => kind)]);
  expect(problems.sort()).toEqual([
    ['w/container/db', ['backupFound']],
    ['w/container/job', ['backupFound']],
    ['w/container/reader', ['backupFound']],
  ]);
  const phases = new Set<string>();
  const run = service.run(plan);
  run.onDidProgress(({ active }) => [...active.values()].forEach(({ phase }) => phases.add(phase)));
  await run.done;
  expectAllBack(engine);
  expect(phases).toContain('restoring');
  expect((await planReturn(service, removal)).nodes.size).toBe(0);
});

test('a changed or unreadable backup starts nothing, and is tried again', async () => {
  const { engine, open } = start();
  const { service } = open();
  const removal = await remove(service, engine);
  const file = path.join(folder, (await readdir(folder)).find((name) => name.startsWith('job')) ?? '');
  const saved = await readFile(file);
  const changed = Buffer.from(saved);
  changed[0] = 0;
  await writeFile(file, changed);
  expect(outcomes(await bringBack(service, removal))).toMatchObject({
    db: { kind: 'done' },
    job: { kind: 'failed', reason: 'restoreFailed' },
  });
  expect(engine.contentOf('job')).toBeUndefined();
  await writeFile(file, saved);
  expect(outcomes(await bringBack(service, removal))).toMatchObject({ job: { kind: 'done' } });
  expectAllBack(engine);
});

test('without its backup a volume stays empty, which the plan shows', async () => {
  const { engine, open } = start();
  const { service } = open();
  const removal = await remove(service, engine);
  for (const name of await readdir(folder)) await rm(path.join(folder, name));
  const plan = await planReturn(service, removal);
  expect(plan.options.problems?.get('w/container/job')).toMatchObject([{ kind: 'backupMissing' }]);
  await service.run(plan).done;
  expect(engine.shape()).toEqual({ db: 'up', reader: 'up db', job: 'down' });
  expect((await planReturn(service, removal)).nodes.size).toBe(0);
});

test('a volume that exists again under its name keeps its content, which the plan shows', async () => {
  const { engine, open } = start();
  const { service } = open();
  const removal = await remove(service, engine);
  engine.add({ name: 'other', state: 'exited', volumes: ['log'] });
  engine.contents.set('log', 'newer');
  await service.refresh();
  const plan = await planReturn(service, removal);
  expect(plan.options.problems?.get('w/container/job')).toMatchObject([{ kind: 'backupUnused' }]);
  await service.run(plan).done;
  expect(['db', 'reader', 'job'].map((name) => engine.contentOf(name))).toEqual(['rows', 'rows', 'newer']);
  expect((await planReturn(service, removal)).nodes.size).toBe(0);
});

test('a container that was started by hand keeps its content', async () => {
  const { engine, open } = start();
  const { service } = open();
  const removal = await remove(service, engine);
  const write = engine.writeVolume;
  engine.writeVolume = () => Promise.reject(new EngineError('unknown', 'no space left on device'));
  expect(outcomes(await bringBack(service, removal))).toMatchObject({
    db: { kind: 'failed', reason: 'restoreFailed', message: 'no space left on device' },
    reader: { kind: 'skipped' },
    job: { kind: 'failed', reason: 'restoreFailed' },
  });
  engine.writeVolume = write;
  engine.setState('job~1', 'exited');
  engine.setState('job~2', 'exited');
  await service.refresh();
  await bringBack(service, removal);
  expect(['db', 'job'].map((name) => engine.contentOf(name))).toEqual(['rows', undefined]);
});

test('a cancel ends the restoration, which can be continued', async () => {
  const { engine, open } = start();
  const { service } = open();
  const removal = await remove(service, engine);
  const run = service.run(await planReturn(service, removal));
  const write = engine.writeVolume;
  engine.writeVolume = (...args) => {
    run.cancel();
    return write(...args);
  };
  const report = await run.done;
  expect(Object.values(outcomes(report)).map(({ kind }) => kind)).not.toContain('done');
  engine.writeVolume = write;
  await bringBack(service, removal);
  expectAllBack(engine);
});

test('nothing is deleted if the backup cannot be recorded', async () => {
  const { engine, disk, open } = start();
  const { service } = open();
  const plan = await planRemoval(service, engine);
  const read = engine.readVolume;
  engine.readVolume = async (...args) => {
    disk.isFull = () => true;
    await read(...args);
  };
  const report = await service.run(plan).done;
  expect(outcomes(report)).toMatchObject({ job: { kind: 'failed', reason: 'noSpace' } });
  expect([engine.removalsSent, engine.hasVolume('w/volume/data'), engine.hasVolume('w/volume/log')]).toEqual([
    [],
    true,
    true,
  ]);
});

/** Runs an action once for every second of its steps, and kills the window at that step. */
async function killedAtSteps(
  prepare: (setup: ReturnType<typeof start>, window: SimulatedWindow) => Promise<() => Promise<unknown>>,
  check: (setup: ReturnType<typeof start>) => Promise<void>,
): Promise<number> {
  for (let step = 1; ; step += 2) {
    const setup = start();
    const window = setup.open();
    const act = await prepare(setup, window);
    const killed = new Promise<'killed'>((resolve) => {
      setup.steps.onStep = () => {
        window.kill();
        setup.engine.endUploads();
        resolve('killed');
      };
    });
    setup.steps.at = setup.steps.count + step;
    const ended = await Promise.race([act(), killed]);
    setup.steps.at = Infinity;
    await check(setup);
    if (ended !== 'killed') return step;
  }
}

/** Opens a window that finds the run of a killed one; undefined if that has ended, or nothing of it is on disk. */
async function recovered({ disk, open }: ReturnType<typeof start>): Promise<[Service, RecoveredRun | undefined]> {
  // Its journal counts as abandoned without the wait for a heartbeat.
  for (const [name, file] of [...disk.files]) {
    if (!name.endsWith('.removal')) continue;
    disk.files.delete(name);
    disk.files.set(name.replace(/removal$/, 'released.removal'), file);
  }
  const { service } = open();
  const found: RecoveredRun[] = [];
  service.onDidRecover((one) => found.push(one));
  await service.recover();
  return [service, found[0]];
}

/** Completes a run as *Resume* does. */
async function resume(service: Service, run: RecoveredRun): Promise<Report> {
  const { report, remaining } = run;
  const scope = { chosen: remaining, isAll: false };
  const plan = await service.plan(scope, { ...retryOptions(report.plan), dependents: 'include' });
  const ended = await service.run(plan).done;
  await run.close();
  return ended;
}

test(
  'killed at any step of a restoration: offered again until every volume is whole',
  { timeout: 120_000 },
  async () => {
    let removal = '';
    const offered = { all: 0, rest: 0, restoring: 0 };
    const steps = await killedAtSteps(
      async ({ engine }, { service }) => {
        removal = await remove(service, engine);
        const plan = await planReturn(service, removal);
        return () => service.run(plan).done;
      },
      async (setup) => {
        const { engine } = setup;
        const isPartial = ['db', 'job'].some((name) => engine.contentOf(name) === 'a part');
        const [service, run] = await recovered(setup);
        if (isPartial) offered.restoring++;
        if (isPartial) expect(run?.remaining.length).toBeGreaterThan(0);
        if (run?.remaining.length === 3) offered.all++;
        else if (run && run.remaining.length > 0) offered.rest++;
        if (run && run.remaining.length > 0) await resume(service, run);
        // Killed before its plan was on disk: nothing was sent.
        else if (!run && engine.createdIds.length === 0) await bringBack(service, removal);
        expectAllBack(engine);
        expect((await planReturn(service, removal)).nodes.size).toBe(0);
      },
    );
    expect(steps).toBeGreaterThan(30);
    expect(Math.min(...Object.values(offered))).toBeGreaterThan(2);
  },
);

test(
  'killed at any step of a backup: nothing is deleted that is not saved, and all comes back',
  { timeout: 120_000 },
  async () => {
    let stopped = 0;
    const steps = await killedAtSteps(
      async ({ engine }, { service }) => {
        const plan = await planRemoval(service, engine);
        return () => service.run(plan).done;
      },
      async (setup) => {
        const { engine } = setup;
        if (namesOf(engine).some((name) => name !== 'job' && engine.stateOf(engine.key(name)) === 'exited')) stopped++;
        const [service, run] = await recovered(setup);
        if (run && run.remaining.length > 0) {
          const { plan } = await resume(service, run);
          await bringBack(service, plan.id);
        }
        for (const { id } of await service.removals()) await bringBack(service, id);
        expect(engine.shape()).toEqual({ db: 'up', reader: 'up db', job: 'down' });
        expectContents(engine);
      },
    );
    expect(steps).toBeGreaterThan(30);
    expect(stopped).toBeGreaterThan(2);
  },
);
