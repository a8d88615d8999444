import { afterEach, describe, expect, test, vi } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import { systemClock } from '../../src/clock';
import { createService, type Service } from '../../src/service';
import type { Report } from '../../src/graph/plan/report';
import { InMemoryJournalFs } from './inMemoryJournalFs';
import { RecipeEngine } from './recipeEngine';
import { advance, noDelay, serviceDeps, sourceOf } from './serviceDeps';

const day = 24 * 3600 * 1000;
const services: Service[] = [];

afterEach(() => {
  for (const service of services.splice(0)) service.dispose();
});

/** A window on an engine, with a folder for recipes. */
function openWindow(engine: RecipeEngine, files: InMemoryJournalFs, retentionMs = 7 * day) {
  const messages: string[] = [];
  const note = (message: string) => void messages.push(message);
  const service = createService(
    {
      ...serviceDeps(),
      log: { info: note, warn: note, error: note, debug: note },
      recipes: { files: files.viewOf(() => true), retentionMs: () => retentionMs },
    },
    [sourceOf(engine)],
  );
  services.push(service);
  return { service, messages };
}

/** `web` needs `db` and is in `pod`; `job` has ended. */
function sampleEngine(): RecipeEngine {
  const engine = new RecipeEngine('w', noDelay, { enforcesDependencies: true, events: true });
  engine.addPod('pod');
  engine.add({ name: 'db', state: 'running' });
  engine.add({ name: 'web', state: 'running', pod: 'pod', needs: ['db'] });
  engine.add({ name: 'proxy', state: 'running', needs: ['web'] });
  engine.add({ name: 'job', state: 'exited' });
  return engine;
}

function start() {
  vi.useFakeTimers();
  const files = new InMemoryJournalFs(systemClock, noDelay);
  const engine = sampleEngine();
  return { files, engine, ...openWindow(engine, files) };
}

async function finished<T = Report>(run: { readonly done: Promise<T> }): Promise<T> {
  await advance(60_000);
  return run.done;
}

async function removal(service: Service, chosen: readonly NodeKey[]): Promise<Report> {
  const plan = await service.plan({ chosen, isAll: false }, { dependents: 'include', running: 'stop' });
  return finished(service.run(plan));
}

const allOf = (engine: RecipeEngine) => engine.names().map((name) => engine.key(name));

async function planReturn(service: Service, chosen?: readonly NodeKey[]) {
  const [newest] = await service.removals();
  if (!newest) throw new Error('no recorded removal');
  const scope = { chosen: chosen ?? newest.keys, isAll: false };
  return service.plan(scope, { action: 'bringBack', dependents: 'block', running: 'stop', removal: newest.id });
}

const bringBack = async (service: Service, chosen?: readonly NodeKey[]) =>
  finished(service.run(await planReturn(service, chosen)));

/** Outcomes by name. */
const outcomes = ({ nodes }: Report) =>
  Object.fromEntries([...nodes.values()].map(({ node, outcome }) => [node.name, outcome.kind]));

test('creates what was removed, dependencies first, and starts what ran', async () => {
  const { engine, service } = start();
  const before = engine.shape();
  const removed = await removal(service, allOf(engine));
  expect(engine.names()).toEqual([]);
  expect(service.hasRecipes(removed.plan.id)).toBe(true);
  expect(await service.removals()).toMatchObject([{ id: removed.plan.id, counts: { pods: 1, containers: 4 } }]);
  const report = await bringBack(service);
  expect(outcomes(report)).toEqual({ pod: 'done', db: 'done', web: 'done', proxy: 'done', job: 'done' });
  expect(engine.shape()).toEqual(before);
  expect(engine.violations).toEqual([]);
  expect(service.lockCount).toBe(0);
});

test('connects to the dependencies that stayed', async () => {
  const { engine, service } = start();
  const before = engine.shape();
  await removal(service, [engine.key('proxy')]);
  await bringBack(service);
  expect(engine.shape()).toEqual(before);
  expect(engine.createdIds).toEqual(['proxy~1']);
});

test('brings back a node with the dependencies that are missing, and only these', async () => {
  const { engine, service } = start();
  await removal(service, allOf(engine));
  await bringBack(service, ['w/container/web']);
  expect(engine.shape()).toEqual({ db: 'up', web: 'up db pod' });
  expect((await planReturn(service)).counts).toMatchObject({ pods: 0, containers: 2 });
  await bringBack(service);
  expect(engine.shape()).toMatchObject({ proxy: 'up web', job: 'down' });
  expect((await planReturn(service)).nodes.size).toBe(0);
});

test('skips the dependents of a node that was not created', async () => {
  const { engine, service } = start();
  await removal(service, allOf(engine));
  engine.creationOutcomes.set('db', ['reject']);
  const report = await bringBack(service);
  expect(outcomes(report)).toMatchObject({
    db: 'failed',
    pod: 'skipped',
    web: 'skipped',
    proxy: 'skipped',
    job: 'done',
  });
  await bringBack(service);
  expect(engine.shape()).toMatchObject({ db: 'up', web: 'up db pod', proxy: 'up web' });
});

test.each(['dropResponse', 'dropRequest', 'busy'] as const)('%s: creates once', async (outcome) => {
  const { engine, service } = start();
  await removal(service, allOf(engine));
  engine.creationOutcomes.set('db', [outcome]);
  const report = await bringBack(service);
  expect(outcomes(report)).toMatchObject({ db: 'done', proxy: 'done' });
  expect(engine.createdIds.filter((id) => id.startsWith('db'))).toHaveLength(1);
});

test('a window continues what another one began', async () => {
  const { engine, files, service } = start();
  const before = engine.shape();
  await removal(service, allOf(engine));
  engine.creationOutcomes.set('web', ['dropResponse']);
  const run = service.run(await planReturn(service));
  // Killed when `web` was created, before its response.
  await vi.waitUntil(() => engine.createdIds.some((id) => id.startsWith('web')));
  service.dispose();
  const next = openWindow(engine, files);
  const report = await bringBack(next.service);
  expect(Object.values(outcomes(report)).every((kind) => kind === 'done')).toBe(true);
  expect(engine.shape()).toEqual(before);
  void run;
});

test('leaves a node alone whose name is taken, and connects its dependents to the owner', async () => {
  const { engine, service } = start();
  await removal(service, allOf(engine));
  engine.add({ name: 'db~9', state: 'running' });
  const plan = await planReturn(service);
  expect(plan.retained).toMatchObject([{ node: { name: 'db' }, why: { kind: 'notCreatable' } }]);
  await finished(service.run(plan));
  expect(engine.shape()).toMatchObject({ web: 'up db pod' });
});

test('keeps what cannot be created out of the plan, with its dependents', async () => {
  const { engine, service } = start();
  await removal(service, allOf(engine));
  engine.problems.set('web', [{ kind: 'imageMissing', image: 'web:1' }]);
  engine.problems.set('job', [{ kind: 'volumeMissing', volume: 'data', isAnonymous: false }]);
  const plan = await planReturn(service);
  expect(plan.retained.map(({ node }) => node.name).sort()).toEqual(['proxy', 'web']);
  expect(plan.options.problems?.get('w/container/job')).toHaveLength(1);
});

test('reports fields that differ', async () => {
  const { engine, service } = start();
  engine.add({ name: 'differing' });
  await removal(service, [engine.key('differing')]);
  const { nodes } = await bringBack(service);
  expect([...nodes.values()].map(({ outcome }) => outcome)).toEqual([
    { kind: 'done', differences: ['HostConfig.Memory'] },
  ]);
});

describe('a removal in order to create again', () => {
  const recreate = { dependents: 'include', running: 'stop', recreate: 'sameImages' } as const;

  test('removes nothing if a recipe cannot be read', async () => {
    const { engine, service } = start();
    const readRecipe = engine.readRecipe.bind(engine);
    vi.spyOn(engine, 'readRecipe').mockImplementation((key, options) =>
      key === engine.key('web') ? Promise.reject(new Error('no')) : readRecipe(key, options),
    );
    const plan = await service.plan({ chosen: [engine.key('db')], isAll: false }, recreate);
    const report = await finished(service.run(plan));
    expect(new Set(Object.values(outcomes(report)))).toEqual(new Set(['notAttempted']));
    expect(engine.removalsSent).toEqual([]);
    expect(service.hasRecipes(plan.id)).toBe(false);
  });

  test('removes nothing if the disk is full', async () => {
    const { engine, files, service } = start();
    files.isFull = () => true;
    const plan = await service.plan({ chosen: [engine.key('db')], isAll: false }, recreate);
    await finished(service.run(plan));
    expect(engine.removalsSent).toEqual([]);
  });

  /** `web` shares the network of `vpn`, which another client has removed. */
  async function orphaned() {
    const started = start();
    const { engine, service } = started;
    engine.add({ name: 'vpn', state: 'running' });
    engine.add({ name: 'orphan', state: 'running', network: 'vpn' });
    await finished({ done: service.refresh() });
    engine.removeExternally('vpn');
    return started;
  }

  test('connects an orphan to the container that has the name of its base', async () => {
    const { engine, service } = await orphaned();
    engine.add({ name: 'vpn~9', state: 'running' });
    const scope = { chosen: [engine.key('orphan')], isAll: false };
    const plan = await service.plan(scope, recreate);
    expect(outcomes(await finished(service.run(plan)))).toEqual({ orphan: 'removed' });
    const again = { ...recreate, action: 'bringBack', removal: plan.id } as const;
    expect(outcomes(await finished(service.run(await service.plan(scope, again))))).toEqual({ orphan: 'done' });
    expect(engine.shape()).toMatchObject({ orphan: 'up vpn' });
    expect(engine.violations).toEqual([]);
  });

  test('does not remove an orphan without a new base', async () => {
    const { engine, service } = await orphaned();
    const plan = await service.plan({ chosen: [engine.key('orphan')], isAll: false }, recreate);
    await finished(service.run(plan));
    expect(engine.removalsSent).toEqual([]);
  });
});

describe('on disk', () => {
  test('recipes are complete before the first removal', async () => {
    const { engine, files, service } = start();
    let sizeAtRemoval = 0;
    const remove = engine.remove.bind(engine);
    engine.remove = (...args) => {
      sizeAtRemoval ||= [...files.files.values()].reduce((sum, { text }) => sum + text.length, 0);
      expect([...files.files.values()].every(({ text }) => text.endsWith('{"type":"complete"}\n'))).toBe(true);
      return remove(...args);
    };
    await removal(service, allOf(engine));
    expect(sizeAtRemoval).toBeGreaterThan(0);
  });

  test('nothing without retention, and nothing after it', async () => {
    const { engine, files, service } = start();
    const other = openWindow(engine, files, 0);
    await removal(other.service, [engine.key('job')]);
    expect(files.files.size).toBe(0);
    await removal(service, [engine.key('proxy')]);
    expect(files.files.size).toBe(1);
    await advance(8 * day);
    expect(await service.removals()).toEqual([]);
    expect(files.files.size).toBe(0);
  });

  test('a window deletes expired recipes when it opens, also if it keeps none', async () => {
    const { engine, files, service } = start();
    await removal(service, [engine.key('proxy')]);
    await openWindow(engine, files).service.recover();
    await advance(1_000);
    expect(files.files.size).toBe(1);
    await openWindow(engine, files, 0).service.recover();
    await advance(1_000);
    expect(files.files.size).toBe(0);
  });

  test('a removal goes on without recipes if the disk is full', async () => {
    const { engine, files, service } = start();
    files.isFull = () => true;
    const report = await removal(service, allOf(engine));
    expect(outcomes(report)).toMatchObject({ db: 'removed' });
    expect(service.hasRecipes(report.plan.id)).toBe(false);
    expect(files.files.size).toBe(0);
  });

  test('environment variables are neither logged nor reported', async () => {
    const { engine, files, service, messages } = start();
    const removed = await removal(service, allOf(engine));
    const back = await bringBack(service);
    const shown = [...messages, JSON.stringify([removed, back, [...removed.nodes], [...back.nodes]])].join('\n');
    expect([...files.files.values()].some(({ text }) => text.includes(engine.secret))).toBe(true);
    expect(shown).not.toContain('hunter2');
  });

  test('a line that was tampered with costs only itself', async () => {
    const { engine, files, service } = start();
    await removal(service, allOf(engine));
    for (const file of files.files.values()) {
      file.text = file.text
        .replace('"id":"db","name":"db"', '"id":"other","name":"db"')
        .replace('"key":"w/container/job","recipe":{', '"key":"../../job","recipe":[');
    }
    const plan = await planReturn(service);
    expect([...plan.nodes.values()].map(({ node }) => node.name)).not.toContain('job');
    await finished(service.run(plan));
    expect(engine.violations.filter((one) => !one.includes('created before'))).toEqual([]);
  });
});
