import assert from 'node:assert/strict';
import { sampleFleet } from '../../src/demo/fleet';
import type { PodgraphApi } from '../../src/extension';
import type { DemoEngineServer } from '../servedEngine';
import { elementOf, podgraph, synced, showFleet, treeOf, until } from './podgraph';

const sample = [
  'archive — pod · exited',
  '  archive-job — exited (0) · bb:1',
  'blog — pod · 2 running',
  '  blog-cache — bb:1',
  '  blog-web — bb:1',
  'metrics — pod · 2 running',
  '  collector — bb:1',
  '  dashboard — bb:1',
  'shop — pod · 2 of 3 running',
  '  shop-db — bb:1',
  '  shop-web — bb:1',
  '  shop-worker — exited (1) · bb:1',
  'base — bb:1 · required by 2',
  '  left — bb:1 · required by 1',
  '    top — also under right',
  '  right — bb:1 · required by 1',
  '    top — also under left',
  'finished — exited (0) · bb:1',
  'gateway — bb:1 · required by 1',
  '  proxy — shares net · bb:1 · required by 1',
  '    tracer — shares net · bb:1',
  'scratchpad — created · bb:1',
  'stubborn — bb:1',
];

describe('the tree in the window', () => {
  let api: PodgraphApi;
  let shown: DemoEngineServer;
  const shows = (line: string) => () => treeOf(api).some((one) => one.includes(line));

  before(async () => {
    api = await podgraph();
    shown = await showFleet(api, sampleFleet());
  });

  after(() => shown.stop());

  it('shows pods, chains and diamonds of the engine', async () => {
    await synced(api);
    assert.deepEqual(treeOf(api), sample);
  });

  it('shows new containers and keeps existing elements', async () => {
    const base = elementOf(api, 'base');
    shown.engine.addContainer({ name: 'newcomer', dependsOn: { requires: ['base'] } });
    await until(api, 'the newcomer', shows('newcomer — bb:1'));
    assert.equal(elementOf(api, 'base'), base);
    assert.match(api.view.provider.presentationOf(base).description, /required by 3/);
  });

  it('has accessible labels', () => {
    assert.equal(
      api.view.provider.presentationOf(elementOf(api, 'shop-web')).ariaLabel,
      'shop-web, running, in pod shop',
    );
    assert.equal(api.view.provider.presentationOf(elementOf(api, 'base')).ariaLabel, 'base, running, required by 3');
  });
});
