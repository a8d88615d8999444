import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Fleet } from '../../src/demo/fleet';
import type { PodgraphApi } from '../../src/extension';
import { commandIds } from '../../src/view/names';
import { copiedBy, inPlaceOf } from './person';
import { placeOf, podgraph, showFleet, type ShownEngine, untilTrue } from './podgraph';

const fleet: Fleet = {
  pods: [],
  containers: [
    { name: 'base', image: 'docker.io/library/nginx:1', ports: ['18080:80', '18443:443'] },
    { name: 'under', dependsOn: { net: 'base' }, image: 'quay.io/org/app:v2' },
  ],
};

describe('looking into containers', () => {
  let api: PodgraphApi;
  let shown: ShownEngine;

  const run = (id: string, ...args: unknown[]) => vscode.commands.executeCommand<unknown>(id, ...args);
  const idOf = (name: string) => shown.engine.state().containers.find((one) => one.name === name)?.id ?? '';
  const shownText = () => vscode.window.activeTextEditor?.document.getText() ?? '';
  /** Resolves when the engine was asked so, this many times. */
  const asked = (pattern: RegExp, count = 1) => shown.engine.requests.until(({ path }) => pattern.test(path), count);

  before(async () => (api = await podgraph()));
  beforeEach(async () => (shown = await showFleet(api, fleet)));

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await shown.stop();
  });

  it('explains who needs it, why it cannot be removed and what would go along', async () => {
    const base = placeOf(api, 'base');
    await run(commandIds.whoNeeds, base);
    assert.match(shownText(), /^Who needs base\?\n[^]*^ {2}under: shares net of base$/m);
    await run(commandIds.whyNotRemovable, base);
    assert.match(shownText(), /^1 needs base, and can only go before it or with it:\n {2}under: shares net of base$/m);
    await run(commandIds.whatGoesAlong, base);
    assert.match(shownText(), /^With all that needs it, 2 containers would go:$/m);
  });

  it('inspects as JSON that cannot be changed, links what it needs, and is written anew when told', async () => {
    await run(commandIds.inspect, placeOf(api, 'under'));
    const document = vscode.window.activeTextEditor?.document;
    assert.ok(document);
    assert.equal(document.languageId, 'json');
    assert.equal((JSON.parse(document.getText()) as { Id: string }).Id, idOf('under'));
    assert.equal(vscode.workspace.fs.isWritableFileSystem(document.uri.scheme) ?? false, false);
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
      'vscode.executeLinkProvider',
      document.uri,
    );
    const [link] = links;
    assert.ok(link?.target, JSON.stringify(links));
    assert.ok(link.target.query.includes(idOf('base')));

    const [key] = JSON.parse(decodeURIComponent(link.target.query)) as [string];
    await run(commandIds.reveal, key);
    await untilSelected('base');

    await run(commandIds.stop, placeOf(api, 'under'));
    const changed = new Promise<void>((resolve) => {
      const listening = vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.document !== document) return;
        listening.dispose();
        resolve();
      });
    });
    await vscode.window.showTextDocument(document);
    await run(commandIds.rewrite);
    await changed;
    assert.match(document.getText(), /"Status": "exited"/);
  });

  it('follows a log from its newest lines or from where one says, until told otherwise', async () => {
    const under = placeOf(api, 'under');
    const follows = () => api.view.context.get('podgraph.following');
    await run(commandIds.followLogs, under);
    await asked(/\/logs\?.*follow=true.*tail=500/);
    assert.equal(follows(), true);
    await run(commandIds.stopLogs);
    await untilTrue(() => follows() === false);
    await inPlaceOf(
      vscode.window,
      'showQuickPick',
      async (items: readonly { wish: { since?: number }; timestamps: boolean }[]) => {
        return items.find(({ wish, timestamps }) => timestamps && wish.since !== undefined);
      },
      () => run(commandIds.followLogsFrom, under),
    );
    await asked(/\/logs\?.*since=\d+/);
    await run(commandIds.stopLogs);
    await untilTrue(() => follows() === false);
  });

  it('opens a shell in a terminal, through the engine', async () => {
    await run(commandIds.openShell, placeOf(api, 'under'));
    await asked(/\/exec\/\w+\/start$/);
    const terminal = vscode.window.terminals.find(({ name }) => name === 'under');
    assert.ok(terminal);
    const closed = new Promise<void>((resolve) => {
      const listening = vscode.window.onDidCloseTerminal((one) => {
        if (one !== terminal) return;
        listening.dispose();
        resolve();
      });
    });
    terminal.dispose();
    await closed;
  });

  it('opens a published port, and asks which where there are several', async () => {
    const opened: string[] = [];
    const openExternal = async (uri: vscode.Uri) => {
      opened.push(uri.toString(true));
      return true;
    };
    const offered: string[] = [];
    const pick = async (items: readonly { label: string }[]) => {
      offered.push(...items.map(({ label }) => label));
      return items.at(-1);
    };
    await inPlaceOf(
      vscode.env,
      'asExternalUri',
      async (uri: vscode.Uri) => uri,
      () =>
        inPlaceOf(vscode.env, 'openExternal', openExternal, () =>
          inPlaceOf(vscode.window, 'showQuickPick', pick, () => run(commandIds.openPort, placeOf(api, 'base'))),
        ),
    );
    assert.deepEqual(offered, ['http://localhost:18080/', 'https://localhost:18443/']);
    assert.deepEqual(opened, ['https://localhost:18443/']);
  });

  it('copies ids, names and images of what is selected', async () => {
    const both = [placeOf(api, 'base'), placeOf(api, 'under')];
    const copied = (id: string) => copiedBy(() => run(id, both[0], both));
    assert.equal(await copied(commandIds.copyId), `${idOf('base')}\n${idOf('under')}`);
    assert.equal(await copied(commandIds.copyName), 'base\nunder');
    assert.equal(await copied(commandIds.copyImage), 'docker.io/library/nginx:1\nquay.io/org/app:v2');
  });

  const untilSelected = (name: string) =>
    untilTrue(() => api.view.selection.some((place) => api.view.provider.faceOf(place).label === name));
});
