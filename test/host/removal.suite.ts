import assert from 'node:assert/strict';
import { type FakeFleet, sampleFleet } from '../../src/demo/fleet';
import type { PodgraphApi } from '../../src/extension';
import type { Plan } from '../../src/graph/plan/plan';
import { commandIds } from '../../src/view/ids';
import type { DemoEngineServer } from '../servedEngine';
import { outcomes, UserDriver } from './userDriver';
import { elementsOf, elementOf, podgraph, run, synced, showFleet, until } from './podgraph';

const declineAll = () => new UserDriver(() => false);
const confirmAll = () => new UserDriver((label) => /^(Stop and )?Remove \d+$/.test(label));

/** A plan's content, independent of its origin. */
const planContent = (plan: Plan) => ({
  units: plan.units.map(({ targets, nodes, step }) => ({ targets, nodes: [...nodes].sort(), step })),
  retained: plan.retained,
  volumes: plan.volumes,
  counts: plan.counts,
});

describe('remove all', () => {
  let api: PodgraphApi;
  let shown: DemoEngineServer | undefined;

  const show = async (fleet: FakeFleet) => {
    shown = await showFleet(api, fleet);
    return shown;
  };
  const confirmWith = (driver: UserDriver) => api.actions.setConfirm(driver.confirm);

  before(async () => (api = await podgraph()));

  afterEach(async () => {
    api.actions.setConfirm(undefined);
    await shown?.stop();
    shown = undefined;
  });

  it('removes everything, with an outcome per node', async () => {
    const engine = await show(sampleFleet());
    const all = engine.names();
    const driver = confirmAll();
    confirmWith(driver);
    const report = await run(commandIds.removeAll);
    assert.deepEqual(engine.names(), []);
    assert.deepEqual(outcomes(report), Object.fromEntries(all.map((name) => [name, 'removed'])));
    assert.match(driver.confirmations[0]?.message ?? '', /^Stop and remove 4 pods and 18 containers from /);
    await until(api, 'an empty view', () => api.view.context.get('podgraph.welcome') === 'empty');
    assert.equal(api.service.lockCount, 0);
  });

  it('changes nothing when declined', async () => {
    const engine = await show(sampleFleet());
    const before = engine.engine.state();
    const driver = declineAll();
    confirmWith(driver);
    assert.equal(await run(commandIds.removeAll), undefined);
    assert.equal(driver.confirmations.length, 1);
    const after = engine.engine.state();
    assert.deepEqual(after.containers, before.containers);
    assert.deepEqual(
      after.requests.filter((request) => request.method !== 'GET'),
      [],
    );
  });

  it('removes only stopped containers', async () => {
    // With anonymous volumes, the confirmation offers a backup in place of this choice.
    const { containers, ...others } = sampleFleet();
    const engine = await show({ ...others, containers: containers.map((one) => ({ ...one, volumes: [] })) });
    const before = engine.names();
    confirmWith(new UserDriver((label) => /Stopped$/.test(label)));
    await run(commandIds.removeAll);
    const gone = ['archive', 'archive-job', 'finished', 'scratchpad'];
    assert.deepEqual(
      engine.names(),
      before.filter((name) => !gone.includes(name)),
    );
  });

  it('uses the clicked node if it is not selected, and each node once', async () => {
    await show(sampleFleet());
    const driver = declineAll();
    confirmWith(driver);
    const [left, right] = [elementOf(api, 'left'), elementOf(api, 'right')];
    const [once, again] = [elementOf(api, 'top', left), elementOf(api, 'top', right)];
    const finished = elementOf(api, 'finished');
    await run(commandIds.remove, finished, [once]);
    await run(commandIds.remove, once, [once, again]);
    const planned = driver.confirmations.map(({ plan }) => [...plan.nodes.values()].map(({ node }) => node.name));
    assert.deepEqual(planned, [['finished'], ['top']]);
  });

  it('makes the same plan from palette, context menu and with dependents', async () => {
    await show(sampleFleet());
    const driver = declineAll();
    confirmWith(driver);
    const everything = elementsOf(api);
    await run(commandIds.removeAll);
    await run(commandIds.remove, everything[0], everything);
    await run(commandIds.removeWithDependents, everything[0], everything);
    const [first, ...others] = driver.confirmations.map(({ plan }) => planContent(plan));
    assert.ok(first && first.units.length > 4);
    assert.equal(others.length, 2);
    for (const other of others) assert.deepEqual(sorted(other), sorted(first));
  });

  it('does not remove a node twice', async () => {
    await show({ pods: [], containers: [{ name: 'slow', stubborn: true, stopTimeout: 60 }, { name: 'other' }] });
    const driver = confirmAll();
    confirmWith(driver);
    const slow = elementOf(api, 'slow');
    const first = run(commandIds.remove, slow);
    const description = () => api.view.provider.presentationOf(slow).description;
    await until(api, 'a stopping container', () => /^stopping, \d+ s of 60 s$/.test(description()));
    assert.ok(api.view.provider.presentationOf(slow).contextValues.includes('busy'));
    assert.ok(!api.view.provider.presentationOf(slow).contextValues.includes('removable'));
    assert.equal(await run(commandIds.remove, slow), undefined);
    assert.equal(driver.confirmations.length, 1);
    await run(commandIds.killNow);
    assert.deepEqual(outcomes(await first), { slow: 'removed' });
  });

  it('finishes what is in progress after a cancel, and reports the state of the engine', async () => {
    const containers = [{ name: 'first', stubborn: true, stopTimeout: 2 }, { name: 'base' }, { name: 'under' }];
    const engine = await show({
      pods: [],
      containers: containers.map((one) =>
        one.name === 'under' ? { ...one, dependsOn: { net: 'base' }, stubborn: true, stopTimeout: 2 } : one,
      ),
    });
    confirmWith(confirmAll());
    const running = run(commandIds.removeAll);
    // Until its request is sent, a cancel withdraws the unit.
    await engine.engine.requests.waitFor(({ method }) => method === 'DELETE', 2);
    await run(commandIds.cancel);
    const report = await running;
    assert.equal(report?.cancelled, true);
    assert.deepEqual(outcomes(report), { first: 'removed', under: 'removed', base: 'notAttempted' });
    assert.deepEqual(engine.names(), ['base']);
  });

  it('shows a failure on its node, skips its dependencies, and retries', async () => {
    const engine = await show({
      pods: [],
      containers: [{ name: 'base' }, { name: 'stuck', dependsOn: { net: 'base' }, state: 'exited' }, { name: 'free' }],
    });
    const message = 'unexpected container state';
    const errorBody = { cause: 'unheard of', message, response: 500 };
    const stuck = engine.engine.state().containers.find((one) => one.name === 'stuck');
    engine.engine.faults.add({
      method: 'DELETE',
      path: `${stuck?.id}`,
      action: { kind: 'respond', status: 500, body: errorBody },
    });
    confirmWith(confirmAll());
    const report = await run(commandIds.removeAll);
    assert.deepEqual(outcomes(report), { base: 'skipped', stuck: 'failed', free: 'removed' });
    await until(api, 'the failure marks', () =>
      api.view.provider.presentationOf(elementOf(api, 'base')).contextValues.includes('failed'),
    );
    const { icon, description } = api.view.provider.presentationOf(elementOf(api, 'stuck'));
    assert.equal(icon.id, 'error');
    assert.match(description, new RegExp(`^not removed: .*${message}`));
    engine.engine.faults.clear();
    assert.deepEqual(outcomes(await run(commandIds.retryFailed)), { base: 'removed', stuck: 'removed' });
    await synced(api);
    assert.deepEqual(engine.names(), []);
  });
});

/** Units without a fixed order follow the order of the selection, so they are sorted for comparison. */
function sorted(plan: ReturnType<typeof planContent>) {
  return {
    ...plan,
    units: [...plan.units].sort((a, b) => a.step - b.step || (`${a.targets[0]}` < `${b.targets[0]}` ? -1 : 1)),
  };
}
