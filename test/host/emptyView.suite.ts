import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commandIds } from '../../src/view/ids';
import type { PodgraphApi } from '../../src/extension';
import type { DemoEngineServer } from '../servedEngine';
import { connectTo, focusView, podgraph, showFleet, treeOf, until } from './podgraph';

describe('a view with nothing to show', () => {
  let api: PodgraphApi;
  let shown: DemoEngineServer | undefined;
  const welcomes = (welcome: string) =>
    until(api, `welcome "${welcome}"`, () => api.view.context.get('podgraph.welcome') === welcome);

  before(async () => {
    api = await podgraph();
    await focusView();
  });

  afterEach(async () => {
    await shown?.stop();
    shown = undefined;
  });

  it('says so when the engine is empty', async () => {
    shown = await showFleet(api, { pods: [], containers: [] });
    await welcomes('empty');
  });

  it('says that nobody serves at the address', async () => {
    await connectTo('/nowhere/at/all.sock');
    await welcomes('unreachable');
    // The editor shows no welcome text beside a message.
    assert.equal(api.view.message, undefined);
  });

  it('says that something else answers there', async () => {
    shown = await showFleet(api, { pods: [], containers: [] });
    shown.engine.faults.add({ action: { kind: 'html' } });
    await vscode.commands.executeCommand(commandIds.refresh);
    await welcomes('malformed');
  });

  it('is true again when the engine was killed and came back', async () => {
    shown = await showFleet(api, { pods: [], containers: [{ name: 'before' }] });
    await shown.engine.dropServer();
    await until(api, 'the loss', () =>
      [...api.service.snapshot.engines.values()].some((one) => one.state === 'disconnected'),
    );
    assert.match(api.view.message ?? '', /does not answer/);
    shown.engine.addContainer({ name: 'meanwhile' });
    await shown.listen();
    await until(api, 'the return', () => treeOf(api).some((line) => line.startsWith('meanwhile')));
    await until(api, 'silence', () => api.view.message === undefined);
  });

  it('has a root for each engine once there are two', async () => {
    shown = await showFleet(api, { pods: [], containers: [{ name: 'one' }] });
    await connectTo(shown.socket, '/nowhere/at/all.sock');
    const both = /engine\.sock — podman 5\.\S+\n {2}one — bb:1\n.*all\.sock — does not answer/;
    await until(api, 'two roots', () => both.test(treeOf(api).join('\n')));
  });

  it('opens a demo engine, once, beside what is there', async () => {
    shown = await showFleet(api, { pods: [], containers: [] });
    await vscode.commands.executeCommand(commandIds.startDemoEngine);
    await vscode.commands.executeCommand(commandIds.startDemoEngine);
    await until(api, 'its fleet', () => treeOf(api).some((line) => line.includes('stubborn')));
    assert.equal(api.service.snapshot.engines.size, 2);
    await vscode.commands.executeCommand(commandIds.stopDemoEngine);
    assert.equal(api.service.snapshot.engines.size, 1);
  });
});
