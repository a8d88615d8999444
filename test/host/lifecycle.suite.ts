import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Fleet } from '../../src/demo/fleet';
import type { PodgraphApi } from '../../src/extension';
import type { Report } from '../../src/graph/report';
import { commandIds } from '../../src/view/names';
import { copiedBy, outcomes, Person } from './person';
import { connectTo, placeOf, placesOf, podgraph, settled, showFleet, type ShownEngine, until } from './podgraph';

/** A chain `top > mid > base`, a pod of which not all runs, a loose one, one that has ended. */
const fleet: Fleet = {
  pods: [{ name: 'shop' }],
  containers: [
    { name: 'base' },
    { name: 'mid', dependsOn: { net: 'base' } },
    { name: 'top', dependsOn: { net: 'mid' } },
    { name: 'web', pod: 'shop' },
    { name: 'worker', pod: 'shop', state: 'exited', exitCode: 1 },
    { name: 'loose' },
    { name: 'finished', state: 'exited' },
  ],
};
const chain = ['base', 'mid', 'top'];
const started = { base: 'running', mid: 'running', top: 'running' };
const stopped = { base: 'exited', mid: 'exited', top: 'exited' };

describe('changes of state', () => {
  let api: PodgraphApi;
  let shown: ShownEngine;

  const run = (id: string, ...args: unknown[]) => vscode.commands.executeCommand<Report | undefined>(id, ...args);
  const ask = (presses: (words: string) => boolean) => {
    const person = new Person(presses);
    api.actions.setConfirm(person.confirm);
    return person;
  };
  /** Says yes to whatever is asked, and to what has to go along. */
  const sayYes = () => ask((words) => /^(Start|Stop|Restart|Pause|Resume|Kill) \d+$|^Include /.test(words));
  const statesOf = (...names: string[]) => {
    const { containers } = shown.engine.state();
    return Object.fromEntries(names.map((name) => [name, containers.find((one) => one.name === name)?.state]));
  };
  /** Names of the containers of which this was asked, in the order in which the engine took the calls. */
  const calls = (verb: string) => {
    const { requests, containers } = shown.engine.state();
    return requests.flatMap(({ method, path }) => {
      const [, id] = new RegExp(`/containers/(\\w+)/${verb}\\b`).exec(path) ?? [];
      return method === 'POST' && id ? [containers.find((one) => one.id === id)?.name ?? id] : [];
    });
  };

  before(async () => (api = await podgraph()));
  beforeEach(async () => (shown = await showFleet(api, fleet)));

  afterEach(async () => {
    api.previews.current?.take({ type: 'close' });
    api.actions.setConfirm(undefined);
    await shown.stop();
  });

  it('stop: asks about what runs and needs it, and then takes that down first', async () => {
    const person = sayYes();
    const report = await run(commandIds.stop, placeOf(api, 'base'));
    assert.deepEqual(person.buttons, [
      ['Include What Needs It', 'Preview Plan'],
      ['Stop 3', 'Preview Plan'],
    ]);
    assert.match(person.questions[0]?.message ?? '', /^mid runs and needs base\.$/);
    assert.deepEqual(outcomes(report), { base: 'done', mid: 'done', top: 'done' });
    assert.deepEqual(statesOf(...chain), stopped);
    assert.deepEqual(calls('stop'), ['top', 'mid', 'base']);
  });

  it('stop with what needs it, and start with what it needs: the one way round, then the other', async () => {
    const person = sayYes();
    await run(commandIds.stopWithDependents, placeOf(api, 'base'));
    assert.deepEqual(statesOf(...chain), stopped);
    await until(api, 'a stopped chain', () => /exited/.test(api.view.provider.faceOf(placeOf(api, 'top')).description));
    await run(commandIds.startWithDependencies, placeOf(api, 'top'));
    assert.deepEqual(statesOf(...chain), started);
    assert.deepEqual(calls('stop'), ['top', 'mid', 'base']);
    assert.deepEqual(calls('start'), ['base', 'mid', 'top']);
    // A start hurts nobody, and is not asked about.
    assert.deepEqual(person.buttons, [['Stop 3', 'Preview Plan']]);
  });

  it('start: what is needed and does not run is offered, never started unasked', async () => {
    sayYes();
    await run(commandIds.stopWithDependents, placeOf(api, 'base'));
    const no = ask(() => false);
    assert.equal(await run(commandIds.start, placeOf(api, 'top')), undefined);
    assert.deepEqual(no.buttons, [['Include What It Needs', 'Preview Plan']]);
    assert.deepEqual(statesOf(...chain), stopped);
    await run(commandIds.start, placeOf(api, 'base'));
    assert.deepEqual(statesOf(...chain), { ...stopped, base: 'running' });
  });

  it('stop and start all: everything that the view shows', async () => {
    sayYes();
    const all = ['base', 'mid', 'top', 'web', 'worker', 'loose', 'finished'];
    await run(commandIds.stopAll);
    assert.deepEqual(new Set(Object.values(statesOf(...all))), new Set(['exited']));
    await run(commandIds.startAll);
    assert.deepEqual(new Set(Object.values(statesOf(...all))), new Set(['running']));
  });

  it('stop of a pod of which not all runs: it stops whole', async () => {
    sayYes();
    const report = await run(commandIds.stop, placeOf(api, 'shop'));
    assert.deepEqual(outcomes(report), { shop: 'done', web: 'done' });
    assert.deepEqual(statesOf('web'), { web: 'exited' });
    const pod = shown.engine.state().pods.find(({ name }) => name === 'shop');
    assert.equal(pod?.status, 'Exited');
  });

  it('stop and start of a compose project and of a whole engine, by what stands for them in the tree', async () => {
    sayYes();
    const of = (service: string, needs: string) => ({
      'com.docker.compose.project': 'app',
      'com.docker.compose.service': service,
      'com.docker.compose.depends_on': needs,
    });
    shown.engine.addContainer({ name: 'db', labels: of('db', '') });
    shown.engine.addContainer({ name: 'api', labels: of('api', 'db:service_started:false') });
    await until(api, 'the project', () => placesOf(api).some(({ kind }) => kind === 'group'));
    await settled(api);
    const project = () => placesOf(api).find(({ kind }) => kind === 'group');
    await run(commandIds.stop, project());
    assert.deepEqual(statesOf('db', 'api', 'loose'), { db: 'exited', api: 'exited', loose: 'running' });
    assert.deepEqual(calls('stop'), ['api', 'db']);
    await run(commandIds.start, project());
    assert.deepEqual(calls('start'), ['db', 'api']);

    await connectTo(shown.socket, '/nowhere/at/all.sock');
    await until(api, 'two engines', () => placesOf(api).filter(({ kind }) => kind === 'engine').length === 2);
    const engine = placesOf(api).find(({ kind }) => kind === 'engine');
    await run(commandIds.stop, engine);
    const { containers } = shown.engine.state();
    assert.deepEqual(new Set(containers.map(({ state }) => state)), new Set(['exited']));
    await connectTo(shown.socket);
    await settled(api);
  });

  it('restart: alone in one, together down and up', async () => {
    sayYes();
    await run(commandIds.restart, placeOf(api, 'loose'));
    assert.deepEqual(calls('restart'), ['loose']);
    await run(commandIds.restart, placeOf(api, 'base'));
    assert.deepEqual(calls('stop'), ['top', 'mid', 'base']);
    assert.deepEqual(calls('start'), ['base', 'mid', 'top']);
    assert.deepEqual(statesOf(...chain), started);
  });

  it('pause, resume and kill: only the last is asked about', async () => {
    const person = sayYes();
    const loose = placeOf(api, 'loose');
    await run(commandIds.pause, loose);
    assert.deepEqual(statesOf('loose'), { loose: 'paused' });
    await run(commandIds.unpause, loose);
    assert.deepEqual(statesOf('loose'), { loose: 'running' });
    assert.deepEqual(person.buttons, []);
    await run(commandIds.kill, loose);
    assert.deepEqual(person.buttons, [['Kill 1', 'Preview Plan']]);
    const { state, exitCode } = shown.engine.state().containers.find(({ name }) => name === 'loose') ?? {};
    // The engine's own clean-up may still be on its way.
    assert.match(state ?? '', /^(stopped|exited)$/);
    assert.equal(exitCode, 137);
  });

  it('a failure keeps what stands behind it from being touched, and the report says along which edges', async () => {
    const mid = shown.engine.state().containers.find(({ name }) => name === 'mid');
    const body = { cause: 'unheard of', message: 'no', response: 500 };
    shown.engine.faults.add({ path: `${mid?.id}/stop`, method: 'POST', action: { kind: 'answer', status: 500, body } });
    sayYes();
    const report = await run(commandIds.stopWithDependents, placeOf(api, 'base'));
    assert.deepEqual(outcomes(report), { base: 'skipped', mid: 'failed', top: 'done' });
    assert.deepEqual(statesOf(...chain), { base: 'running', mid: 'running', top: 'exited' });
    const copied = await copiedBy(() => run(commandIds.copyReport));
    assert.match(copied, /^skipped .* base +because of mid · mid: shares net of base$/m);
  });

  it('prune: shows what has ended, and takes just that, whatever ends meanwhile', async () => {
    const pruning = run(commandIds.prune, { containers: true, pods: true, labels: [] });
    const page = await new Promise<NonNullable<typeof api.previews.current>>((resolve) => {
      const listening = api.previews.onDidChangePlan(() => {
        const { current } = api.previews;
        if (!current) return;
        listening.dispose();
        resolve(current);
      });
    });
    assert.deepEqual(
      [...page.shown.nodes.values()].map(({ node }) => node.name),
      ['finished'],
    );
    shown.engine.addContainer({ name: 'late', state: 'exited' });
    await until(api, 'what ended meanwhile', () => {
      return [...api.service.snapshot.graph.nodes.values()].some(({ name }) => name === 'late');
    });
    page.take({ type: 'run', plan: page.state.page.plan });
    assert.deepEqual(outcomes(await pruning), { finished: 'removed' });
    assert.ok(shown.names().includes('late') && !shown.names().includes('finished'));
  });

  it('preview: shows the plan of a removal, and nothing goes when it is closed', async () => {
    const opened = new Promise<void>((resolve) => {
      const listening = api.previews.onDidChangePlan((plan) => {
        if (!plan) return;
        listening.dispose();
        resolve();
      });
    });
    const asked = run(commandIds.preview, placeOf(api, 'loose'));
    await opened;
    assert.match(api.previews.current?.state.page.title ?? '', /^Stop and remove container loose from /);
    api.previews.current?.take({ type: 'close' });
    assert.equal(await asked, undefined);
    assert.deepEqual(statesOf('loose'), { loose: 'running' });
  });
});
