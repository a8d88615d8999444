import assert from 'node:assert/strict';
import { type FakeFleet, sampleFleet } from '../../src/demo/fleet';
import type { PodgraphApi } from '../../src/extension';
import type { Plan } from '../../src/graph/plan/plan';
import { commandIds } from '../../src/view/ids';
import type { DemoEngineServer } from '../servedEngine';
import { outcomes, UserDriver } from './person';
import { elementsOf, placeOf, podgraph, run, settled, showFleet, until } from './podgraph';

const sayNo = () => new UserDriver(() => false);
const sayYes = () => new UserDriver((words) => /^(Stop and )?Remove \d+$/.test(words));

/** What a plan does, whoever asked for it. */
const essence = (plan: Plan) => ({
  units: plan.units.map(({ targets, nodes, wave }) => ({ targets, nodes: [...nodes].sort(), wave })),
  stays: plan.retained,
  volumes: [...plan.volumes].sort(),
  counts: plan.counts,
});

describe('remove all', () => {
  let api: PodgraphApi;
  let shown: DemoEngineServer | undefined;

  const show = async (fleet: FakeFleet) => {
    shown = await showFleet(api, fleet);
    return shown;
  };
  const ask = (person: UserDriver) => api.actions.setConfirm(person.confirm);

  before(async () => (api = await podgraph()));

  afterEach(async () => {
    api.actions.setConfirm(undefined);
    await shown?.stop();
    shown = undefined;
  });

  it('takes everything down, each node with its outcome', async () => {
    const engine = await show(sampleFleet());
    const all = engine.names();
    const person = sayYes();
    ask(person);
    const report = await run(commandIds.removeAll);
    assert.deepEqual(engine.names(), []);
    assert.deepEqual(outcomes(report), Object.fromEntries(all.map((name) => [name, 'removed'])));
    assert.match(person.questions[0]?.message ?? '', /^Stop and remove 4 pods and 18 containers from /);
    await until(api, 'an empty view', () => api.view.context.get('podgraph.welcome') === 'empty');
    assert.equal(api.service.lockCount, 0);
  });

  it('touches nothing when the answer is no', async () => {
    const engine = await show(sampleFleet());
    const before = engine.engine.state();
    const person = sayNo();
    ask(person);
    assert.equal(await run(commandIds.removeAll), undefined);
    assert.equal(person.questions.length, 1);
    const after = engine.engine.state();
    assert.deepEqual(after.containers, before.containers);
    assert.deepEqual(
      after.requests.filter((request) => request.method !== 'GET'),
      [],
    );
  });

  it('removes the stopped ones only, and leaves what runs as it is', async () => {
    const engine = await show(sampleFleet());
    const before = engine.names();
    ask(new UserDriver((words) => /Stopped Only$/.test(words)));
    await run(commandIds.removeAll);
    const gone = ['archive', 'archive-job', 'finished', 'scratchpad'];
    assert.deepEqual(
      engine.names(),
      before.filter((name) => !gone.includes(name)),
    );
  });

  it('means the clicked node where it lies outside of the selection, and each node once', async () => {
    await show(sampleFleet());
    const person = sayNo();
    ask(person);
    const [left, right] = [placeOf(api, 'left'), placeOf(api, 'right')];
    const [once, again] = [placeOf(api, 'top', left), placeOf(api, 'top', right)];
    const finished = placeOf(api, 'finished');
    await run(commandIds.remove, finished, [once]);
    await run(commandIds.remove, once, [once, again]);
    const planned = person.questions.map(({ plan }) => [...plan.nodes.values()].map(({ node }) => node.name));
    assert.deepEqual(planned, [['finished'], ['top']]);
  });

  it('makes the same plan from palette, context menu and with dependents', async () => {
    await show(sampleFleet());
    const person = sayNo();
    ask(person);
    const everything = elementsOf(api);
    await run(commandIds.removeAll);
    await run(commandIds.remove, everything[0], everything);
    await run(commandIds.removeWithDependents, everything[0], everything);
    const [first, ...others] = person.questions.map(({ plan }) => essence(plan));
    assert.ok(first && first.units.length > 4);
    assert.equal(others.length, 2);
    for (const other of others) assert.deepEqual(sorted(other), sorted(first));
  });

  it('lets nothing be removed twice', async () => {
    await show({ pods: [], containers: [{ name: 'slow', stubborn: true, stopTimeout: 60 }, { name: 'other' }] });
    const person = sayYes();
    ask(person);
    const slow = placeOf(api, 'slow');
    const first = run(commandIds.remove, slow);
    const describes = () => api.view.provider.faceOf(slow).description;
    await until(api, 'a stop under way', () => /^stopping, \d+ s of 60 s$/.test(describes()));
    assert.ok(api.view.provider.faceOf(slow).contextValues.includes('busy'));
    assert.ok(!api.view.provider.faceOf(slow).contextValues.includes('removable'));
    assert.equal(await run(commandIds.remove, slow), undefined);
    assert.equal(person.questions.length, 1);
    await run(commandIds.killNow);
    assert.deepEqual(outcomes(await first), { slow: 'removed' });
  });

  it('ends within what had begun when it is cancelled, and reports what the engine holds', async () => {
    const containers = [{ name: 'first', stubborn: true, stopTimeout: 2 }, { name: 'base' }, { name: 'under' }];
    const engine = await show({
      pods: [],
      containers: containers.map((one) =>
        one.name === 'under' ? { ...one, dependsOn: { net: 'base' }, stubborn: true, stopTimeout: 2 } : one,
      ),
    });
    ask(sayYes());
    const running = run(commandIds.removeAll);
    // Only what was sent is under way: until then a cancel still withdraws it.
    await engine.engine.requests.until(({ method }) => method === 'DELETE', 2);
    await run(commandIds.cancel);
    const report = await running;
    assert.equal(report?.cancelled, true);
    assert.deepEqual(outcomes(report), { first: 'removed', under: 'removed', base: 'notAttempted' });
    assert.deepEqual(engine.names(), ['base']);
  });

  it('keeps a failure on its node, skips what it needs, and tries again', async () => {
    const engine = await show({
      pods: [],
      containers: [{ name: 'base' }, { name: 'stuck', dependsOn: { net: 'base' }, state: 'exited' }, { name: 'free' }],
    });
    const words = 'container in a bad way';
    const refusal = { cause: 'unheard of', message: words, response: 500 };
    const stuck = engine.engine.state().containers.find((one) => one.name === 'stuck');
    engine.engine.faults.add({
      method: 'DELETE',
      path: `${stuck?.id}`,
      action: { kind: 'answer', status: 500, body: refusal },
    });
    ask(sayYes());
    const report = await run(commandIds.removeAll);
    assert.deepEqual(outcomes(report), { base: 'skipped', stuck: 'failed', free: 'removed' });
    await until(api, 'the marks', () =>
      api.view.provider.faceOf(placeOf(api, 'base')).contextValues.includes('failed'),
    );
    const { icon, description } = api.view.provider.faceOf(placeOf(api, 'stuck'));
    assert.equal(icon.id, 'error');
    assert.match(description, new RegExp(`^not removed: .*${words}`));
    engine.engine.faults.clear();
    assert.deepEqual(outcomes(await run(commandIds.retryFailed)), { base: 'removed', stuck: 'removed' });
    await settled(api);
    assert.deepEqual(engine.names(), []);
  });
});

/** Plans list the same things; where the order is free, it follows the order of what was chosen. */
function sorted(plan: ReturnType<typeof essence>) {
  return {
    ...plan,
    units: [...plan.units].sort((a, b) => a.wave - b.wave || (`${a.targets[0]}` < `${b.targets[0]}` ? -1 : 1)),
  };
}
