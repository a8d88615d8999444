import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { FakeFleet } from '../../src/demo/fleet';
import type { PodgraphApi } from '../../src/extension';
import { commandIds } from '../../src/view/ids';
import type { TreeElement } from '../../src/view/tree/treeElement';
import type { DemoEngineServer } from '../servedEngine';
import { waitFor } from '../../scripts/waitFor';
import { capturedClipboard, outcomes, stub } from './userDriver';
import { allShow, answer, elementOf, elementsOf, run, treeOf, until } from './podgraph';

const labels = { 'com.docker.compose.project': 'app' };
const fleet: FakeFleet = {
  pods: [],
  containers: [{ name: 'db', labels }, { name: 'web', labels, dependsOn: { requires: ['db'] } }, { name: 'other' }],
};

describe('actions of a group', () => {
  let api: PodgraphApi;
  let shown: DemoEngineServer;
  allShow(fleet, (given, engine) => ([api, shown] = [given, engine]));

  const project = (): TreeElement =>
    elementsOf(api).find(({ kind }) => kind === 'group') ?? assert.fail(treeOf(api).join('\n'));

  it('copy its name, in the tree and in the graph', async () => {
    const keys = ['web', 'db'].map((name) => {
      const element = elementOf(api, name);
      return element.kind === 'node' ? element.key : assert.fail(name);
    });
    const inGraph = { podgraphItem: 'group allRunning removable project', podgraphKeys: keys };
    for (const clicked of [project(), inGraph])
      assert.equal(await capturedClipboard(() => run(commandIds.copyName, clicked)), 'app');
    const member = { ...inGraph, podgraphItem: 'container' };
    assert.equal(await capturedClipboard(() => run(commandIds.copyName, member)), 'web\ndb');
  });

  it('stop, start and remove all its containers', async () => {
    answer(api, (label) => /^(Start|Stop|Stop and Remove|Remove) \d+$/.test(label));
    assert.deepEqual(outcomes(await run(commandIds.stopContainers, project())), { db: 'done', web: 'done' });
    assert.deepEqual(shown.states('db', 'web', 'other'), { db: 'exited', web: 'exited', other: 'running' });
    assert.deepEqual(outcomes(await run(commandIds.startContainers, project())), { db: 'done', web: 'done' });
    assert.deepEqual(outcomes(await run(commandIds.removeContainers, project())), { db: 'removed', web: 'removed' });
    assert.deepEqual(shown.names(), ['other']);
  });

  it('shows a node in the graph', async () => {
    await run(commandIds.showInGraph, elementOf(api, 'web'));
    const titles = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
    await waitFor('the tab of the graph', () => titles().includes('Container Graph'));
  });
});

describe('first steps', () => {
  let api: PodgraphApi;
  allShow({ pods: [], containers: [{ name: 'one' }] }, (given) => (api = given));

  it('copies the line that mounts a socket', async () => {
    const first = async (items: readonly vscode.QuickPickItem[]) => items[0];
    const copied = await capturedClipboard(() =>
      stub(vscode.window, 'showQuickPick', first, () => run(commandIds.copyMountLine)),
    );
    assert.match(copied, /source=\/var\/run\/docker\.sock,target=\/var\/run\/docker\.sock,type=bind/);
  });

  it('shows the command that starts Podman, and runs it only after a confirmation', async () => {
    const sent: string[] = [];
    const created = () => ({ show: () => undefined, sendText: (text: string) => void sent.push(text) });
    let detail = '';
    const respond = (isConfirmed: boolean) => async (_: string, options: vscode.MessageOptions, item: object) => {
      detail = options.detail ?? '';
      return isConfirmed ? item : undefined;
    };
    const start = (isConfirmed: boolean) =>
      stub(vscode.window, 'createTerminal', created, () =>
        stub(vscode.window, 'showWarningMessage', respond(isConfirmed), () => run(commandIds.startPodman)),
      );
    await start(false);
    assert.match(detail, /podman/);
    assert.deepEqual(sent, []);
    await start(true);
    assert.equal(sent.length, 1);
    assert.ok(detail.includes(sent[0] ?? '-'), `${detail} does not show ${sent[0]}`);
  });

  it('fills an empty demo again', async () => {
    answer(api, (label) => /^(Stop and )?Remove \d+$/.test(label));
    await run(commandIds.openDemo);
    const hasDemoNode = () => treeOf(api).some((line) => line.includes('stubborn'));
    await until(api, 'the demo', hasDemoNode);
    const demo = elementsOf(api).find(
      (element) => element.kind === 'engine' && api.view.provider.presentationOf(element).label.includes('Demo'),
    );
    await run(commandIds.removeContainers, demo);
    await until(api, 'an empty demo', () => !hasDemoNode());
    await run(commandIds.refillDemo);
    await until(api, 'the demo again', hasDemoNode);
    await run(commandIds.closeDemo);
    await until(api, 'no demo', () => !hasDemoNode());
  });
});
