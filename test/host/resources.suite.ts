import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { FakeFleet } from '../../src/demo/fleet';
import type { PodgraphApi } from '../../src/extension';
import { commandIds } from '../../src/view/ids';
import type { DemoEngineServer } from '../servedEngine';
import { allShow, elementOf, nextPreview, run, treeOf, until } from './podgraph';
import { outcomes, stub } from './userDriver';

const labels = { 'com.docker.compose.project': 'app' };
const fleet: FakeFleet = {
  pods: [],
  containers: [
    { name: 'db', labels, volumes: ['data:/data', 'shared:/shared'], networks: ['podman'] },
    { name: 'web', labels, dependsOn: { requires: ['db'] }, volumes: ['cache:/cache', 'logs:/logs'] },
    { name: 'other', volumes: ['shared:/shared'] },
  ],
  volumes: [
    { name: 'cache', labels },
    { name: 'logs', labels },
  ],
  networks: ['unused'],
};

describe('volumes, networks and images', () => {
  let api: PodgraphApi;
  let shown: DemoEngineServer;
  allShow(fleet, (given, engine) => ([api, shown] = [given, engine]));

  it('are shown on request, get sizes on request, and are hidden again', async () => {
    assert.ok(!treeOf(api).some((row) => row.includes('data')), treeOf(api).join('\n'));
    await run(commandIds.showResources);
    await until(api, 'the volumes', () => treeOf(api).some((row) => row.includes('data')));
    const rows = treeOf(api).join('\n');
    for (const name of ['data', 'shared', 'unused', 'bb:1']) assert.ok(rows.includes(name), rows);
    await run(commandIds.getSizes);
    await until(api, 'the size of the volume', () => treeOf(api).some((row) => /data — [\d.]+ MB/.test(row)));
    await run(commandIds.hideResources);
    await until(api, 'a tree without volumes', () => !treeOf(api).some((row) => row.includes('unused')));
  });

  it('of a project are removed only if the user selects them, and never one that others use', async () => {
    const removing = run(commandIds.removeProject, 'app');
    const page = await nextPreview(api);
    const reasons = new Map(page.currentPlan.retained.map(({ node, why }) => [node.name, why.kind]));
    assert.equal(reasons.get('data'), 'external', [...reasons].join('\n'));
    const offered = page.state.page.offered.rows.filter(({ kind }) => kind === 'volume');
    assert.deepEqual(
      offered.map(({ name }) => name),
      ['cache', 'logs'],
    );
    const [cache] = offered;
    page.handleRequest({ type: 'include', keys: cache?.include ?? [], isIncluded: true });
    await new Promise<void>((resolve) => page.onDidChange(({ planning }) => !planning && resolve()));
    page.handleRequest({ type: 'run', plan: page.state.page.plan });
    assert.deepEqual(outcomes(await removing), { cache: 'removed', db: 'removed', web: 'removed' });
    assert.deepEqual(shown.names(), ['other']);
    const { volumes } = shown.engine.state();
    assert.deepEqual(
      ['cache', 'data', 'logs', 'shared'].filter((name) => volumes.includes(name)),
      ['data', 'logs', 'shared'],
    );
  });

  it('a container without a systemd unit has no unit file, which is shown', async () => {
    const messages: string[] = [];
    const record = (text: string) => Promise.resolve(void messages.push(text));
    await stub(vscode.window, 'showInformationMessage', record, () =>
      run(commandIds.openUnitFile, elementOf(api, 'other')),
    );
    assert.deepEqual(messages, ['other has no systemd unit.']);
  });
});
