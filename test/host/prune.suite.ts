import assert from 'node:assert/strict';
import type { FakeFleet } from '../../src/demo/fleet';
import type { PodgraphApi } from '../../src/extension';
import type { PruneOptions } from '../../src/graph/plan/prune';
import { commandIds } from '../../src/view/ids';
import type { Preview } from '../../src/view/preview/preview';
import type { DemoEngineServer } from '../servedEngine';
import { outcomes } from './userDriver';
import { allShow, namesOn, nextPreview, run, until } from './podgraph';

const fleet: FakeFleet = {
  pods: [],
  containers: [
    { name: 'up', volumes: ['/data', 'kept-by-up:/kept'] },
    { name: 'finished', state: 'exited' },
  ],
  volumes: [{ daysOld: 40 }, { daysOld: 3, labels: { tier: 'x' } }, { name: 'kept', daysOld: 400 }],
};
const day = 24 * 3_600_000;

describe('prune', () => {
  let api: PodgraphApi;
  let shown: DemoEngineServer;
  /** Names of the two unused anonymous volumes, the older one first. */
  let left: readonly [string, string];

  const volumes = () => shown.engine.state().volumes;
  const prune = (options: Partial<PruneOptions>) =>
    run(commandIds.prune, { containers: false, pods: false, labels: [], ...options });
  const confirm = (page: Preview) => page.handleRequest({ type: 'run', plan: page.state.page.plan });

  allShow(fleet, (given, engine) => {
    [api, shown] = [given, engine];
    const [older = '', younger = ''] = volumes().slice(2);
    left = [older, younger];
  });

  it('removes exactly the previewed containers, not those that exit later', async () => {
    const pruning = prune({ containers: true, pods: true });
    const page = await nextPreview(api);
    assert.deepEqual(namesOn(page), ['finished']);
    shown.engine.addContainer({ name: 'late', state: 'exited' });
    await until(api, 'the late container', () => {
      return [...api.service.snapshot.graph.nodes.values()].some(({ name }) => name === 'late');
    });
    confirm(page);
    assert.deepEqual(outcomes(await pruning), { finished: 'removed' });
    assert.ok(shown.names().includes('late') && !shown.names().includes('finished'));
    assert.deepEqual(volumes().length, 5);
  });

  it('volumes: listed one by one with a warning about their data; named and used ones are kept', async () => {
    const pruning = prune({ containers: true, volumes: true });
    const page = await nextPreview(api);
    assert.deepEqual(namesOn(page), ['finished', ...left].sort());
    const { facts, steps, run: button } = page.state.page;
    assert.deepEqual(
      steps.flatMap(({ title, rows }) => [title, ...rows.map(({ name, kind, state }) => `${kind} ${name}: ${state}`)]),
      [
        'Stopped containers (1 of 1)',
        'container finished: exited (0)',
        'Unused anonymous volumes (2 of 2)',
        ...[...left].sort().map((name) => `volume ${name.slice(0, 12)}: ${name === left[0] ? 40 : 3} days old`),
      ],
    );
    assert.deepEqual(facts, ['2 volumes and their data will be permanently deleted.']);
    assert.equal(button.label, 'Remove 3');
    const late = shown.engine.addVolume({});
    confirm(page);
    const [older, younger] = left;
    assert.deepEqual(outcomes(await pruning), { finished: 'removed', [older]: 'removed', [younger]: 'removed' });
    const kept = volumes();
    assert.equal(kept.length, 4);
    for (const name of ['kept', 'kept-by-up', late]) assert.ok(kept.includes(name), name);
  });

  it('volumes by age and by label', async () => {
    const oneOf = async (options: Partial<PruneOptions>) => {
      const pruning = prune({ volumes: true, ...options });
      const page = await nextPreview(api);
      const names = namesOn(page);
      page.handleRequest({ type: 'close' });
      await pruning;
      return names;
    };
    assert.deepEqual(await oneOf({ until: Date.now() - 30 * day }), [left[0]]);
    assert.deepEqual(await oneOf({ labels: ['tier=x'] }), [left[1]]);
    assert.equal(volumes().length, 5);
  });

  it('a volume that comes into use during the preview is kept by the updated plan', async () => {
    const pruning = prune({ volumes: true });
    const page = await nextPreview(api);
    const [older, younger] = left;
    shown.engine.addContainer({ name: 'user', volumes: [`${younger}:/again`] });
    await new Promise<void>((resolve) => {
      const check = () => (page.state.changes.length > 0 ? resolve() : undefined);
      page.onDidChange(check);
      check();
    });
    page.handleRequest({ type: 'replan' });
    await new Promise<void>((resolve) => {
      page.onDidChange(({ planning, changes }) => {
        if (!planning && changes.length === 0) resolve();
      });
    });
    confirm(page);
    assert.deepEqual(outcomes(await pruning), { [older]: 'removed' });
    assert.ok(volumes().includes(younger));
  });
});
