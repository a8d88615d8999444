import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { FakeFleet } from '../../src/demo/fleet';
import type { PodgraphApi } from '../../src/extension';
import type { NodeKey } from '../../src/graph/model/model';
import { commandIds } from '../../src/view/ids';
import type { Preview } from '../../src/view/preview/preview';
import type { DemoEngineServer } from '../servedEngine';
import { allShow, elementOf, run, treeOf, until } from './podgraph';

const fleet: FakeFleet = {
  pods: [],
  containers: [
    { name: 'base' },
    { name: 'under', dependsOn: { net: 'base' } },
    { name: 'slow', stubborn: true, stopTimeout: 60 },
    { name: 'registry', labels: { 'podgraph.protect': 'true' } },
  ],
};

describe('a previewed removal', () => {
  let api: PodgraphApi;
  let shown: DemoEngineServer;
  allShow(fleet, (...given) => ([api, shown] = given));

  const keyOf = (name: string): NodeKey => {
    const node = [...api.service.snapshot.graph.nodes.values()].find((one) => one.name === name);
    assert.ok(node, `${name} is not in the graph`);
    return node.key;
  };
  /** The preview, once it shows a plan with a matching button. */
  const preview = async (matches: (label: string) => boolean): Promise<Preview> => {
    for (;;) {
      const { current } = api.previews;
      if (current && !current.state.planning && matches(current.state.page.run.label)) return current;
      // There is no event for a new preview.
      await pause(20);
    }
  };

  it('runs the previewed plan, and nothing when closed', async () => {
    const closed = run(commandIds.previewRemovalOfAll);
    (await preview((label) => label === 'Stop and Remove 3')).handleRequest({ type: 'close' });
    assert.equal(await closed, undefined);
    assert.equal(shown.names().length, 4);

    const running = run(commandIds.previewRemovalOfAll);
    const page = await preview((label) => label === 'Stop and Remove 3');
    page.handleRequest({ type: 'include', keys: [keyOf('slow')], isIncluded: false });
    await preview((label) => label === 'Stop and Remove 2');
    page.handleRequest({ type: 'run', plan: page.state.page.plan });
    const report = await running;
    assert.deepEqual([...(report?.nodes.values() ?? [])].map(({ node }) => node.name).sort(), ['base', 'under']);
    assert.deepEqual(shown.names(), ['registry', 'slow']);
  });

  it('opens the preview from the confirmation', async () => {
    api.actions.setConfirm(async ({ choices }) => choices.find(({ label }) => label === 'Preview'));
    const asked = run(commandIds.remove, elementOf(api, 'base'));
    const page = await preview((label) => label === 'Stop and Remove 2');
    assert.deepEqual(page.state.page.blockers, []);
    page.handleRequest({ type: 'copy' });
    page.handleRequest({ type: 'close' });
    assert.equal(await asked, undefined);
    assert.equal(shown.names().length, 4);
  });

  it('protects by label and, when the setting changes, by name', async () => {
    const contextValues = (name: string) => api.view.provider.presentationOf(elementOf(api, name)).contextValues;
    assert.ok(contextValues('registry').includes('protected') && !contextValues('registry').includes('removable'));
    const settings = vscode.workspace.getConfiguration('podgraph');
    await settings.update('protectedNames', ['sl*'], vscode.ConfigurationTarget.Global);
    try {
      await until(api, 'a protected node', () => contextValues('slow').includes('protected'));
      const asked = run(commandIds.previewRemovalOfAll);
      const page = await preview((label) => label === 'Stop and Remove 2');
      const retained = page.state.page.kept.rows.map(({ name, facts }) => `${name} ${facts.join()}`);
      assert.deepEqual(retained, ['registry protected by label', 'slow protected by podgraph.protectedNames']);
      page.handleRequest({ type: 'close' });
      await asked;
    } finally {
      await settings.update('protectedNames', undefined, vscode.ConfigurationTarget.Global);
    }
    assert.match(treeOf(api).join('\n'), /^slow — bb:1$/m);
  });

  it('kills a stopping container on command, and shows the report', async () => {
    api.actions.setConfirm(async ({ choices }) => choices.find(({ label }) => /^Stop and Remove \d+$/.test(label)));
    const running = run(commandIds.removeAll);
    await until(api, 'a stopping container', () => api.service.operationOf(keyOf('slow'))?.phase === 'stopping');
    const element = elementOf(api, 'slow');
    assert.ok(api.view.provider.presentationOf(element).contextValues.includes('stopping'));
    await run(commandIds.killSelectedNow, element);
    const report = await running;
    assert.ok([...(report?.nodes.values() ?? [])].every(({ outcome }) => outcome.kind === 'removed'));
    await run(commandIds.showReport);
    const document = vscode.window.activeTextEditor?.document;
    assert.equal(document?.uri.scheme, 'podgraph-report');
    assert.match(
      document?.getText() ?? '',
      /^ {2}slow +container +step \d+ +stopped in \d+\.\d s, removed in \d+\.\d s$/m,
    );
    assert.match(document?.getText() ?? '', /^ {2}registry +protected by label$/m);
  });
});
