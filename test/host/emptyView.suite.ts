import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commandIds } from '../../src/view/ids';
import type { PodgraphApi } from '../../src/extension';
import type { DemoEngineServer } from '../servedEngine';
import { connectTo, focusView, podgraph, showFleet, treeOf, until } from './podgraph';

describe('an empty view', () => {
  let api: PodgraphApi;
  let shown: DemoEngineServer | undefined;
  const showsWelcome = (welcome: string) =>
    until(api, `welcome "${welcome}"`, () => api.view.context.get('podgraph.welcome') === welcome);

  before(async () => {
    api = await podgraph();
    await focusView();
  });

  afterEach(async () => {
    await shown?.stop();
    shown = undefined;
  });

  it('shows that the engine is empty', async () => {
    shown = await showFleet(api, { pods: [], containers: [] });
    await showsWelcome('empty');
  });

  it('shows that no engine listens at the address', async () => {
    await connectTo('/nowhere/at/all.sock');
    await showsWelcome('unreachable');
    // VS Code shows no welcome text beside a message.
    assert.equal(api.view.message, undefined);
  });

  it('shows that the response is not from an engine', async () => {
    shown = await showFleet(api, { pods: [], containers: [] });
    shown.engine.faults.add({ action: { kind: 'html' } });
    await vscode.commands.executeCommand(commandIds.refresh);
    await showsWelcome('malformed');
  });

  it('recovers when the engine was killed and restarted', async () => {
    shown = await showFleet(api, { pods: [], containers: [{ name: 'before' }] });
    await shown.engine.disconnect();
    await until(api, 'the disconnection', () =>
      [...api.service.snapshot.engines.values()].some((one) => one.state === 'disconnected'),
    );
    assert.match(api.view.message ?? '', /not responding/);
    shown.engine.addContainer({ name: 'meanwhile' });
    await shown.listen();
    await until(api, 'the reconnection', () => treeOf(api).some((line) => line.startsWith('meanwhile')));
    await until(api, 'no message', () => api.view.message === undefined);
  });

  it('has a root per engine if there are several', async () => {
    shown = await showFleet(api, { pods: [], containers: [{ name: 'one' }] });
    await connectTo(shown.socket, '/nowhere/at/all.sock');
    const both = /engine\.sock — podman 5\.\S+\n {2}one — bb:1\n.*all\.sock — not responding/;
    await until(api, 'two roots', () => both.test(treeOf(api).join('\n')));
  });

  it('opens one demo beside other engines', async () => {
    shown = await showFleet(api, { pods: [], containers: [] });
    await vscode.commands.executeCommand(commandIds.openDemo);
    await vscode.commands.executeCommand(commandIds.openDemo);
    await until(api, 'its containers', () => treeOf(api).some((line) => line.includes('stubborn')));
    assert.equal(api.service.snapshot.engines.size, 2);
    await vscode.commands.executeCommand(commandIds.closeDemo);
    assert.equal(api.service.snapshot.engines.size, 1);
  });
});
