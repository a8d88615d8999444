import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { waitFor } from '../../scripts/waitFor';
import type { FakeFleet } from '../../src/demo/fleet';
import type { PodgraphApi } from '../../src/extension';
import { commandIds } from '../../src/view/ids';
import type { DemoEngineServer } from '../servedEngine';
import { stub } from './userDriver';
import { connectTo, allShow, elementOf, run, synced, treeOf, until } from './podgraph';

const fleet: FakeFleet = {
  pods: [],
  containers: [
    { name: 'web', labels: { app: 'shop' } },
    { name: 'cart', labels: { app: 'shop' }, state: 'exited' },
    { name: 'other' },
  ],
};

describe('visibility', () => {
  let api: PodgraphApi;
  let shown: DemoEngineServer;
  allShow(fleet, (...given) => ([api, shown] = given));

  const topLevel = () => treeOf(api).map((line) => line.split(' — ')[0]);

  it('filters the tree until the filter is cleared', async () => {
    await stub(
      vscode.window,
      'showInputBox',
      async () => 'label:app=shop state:running',
      () => run(commandIds.filter),
    );
    assert.deepEqual(topLevel(), ['web']);
    await run(commandIds.clearFilter);
    assert.deepEqual(topLevel(), ['cart', 'other', 'web']);
  });

  it('groups the tree', async () => {
    const choose = (label: string) =>
      stub(
        vscode.window,
        'showQuickPick',
        async (items: readonly { label: string }[]) => items.find((item) => item.label.endsWith(label)),
        () => run(commandIds.groupBy),
      );
    try {
      await choose('State');
      assert.deepEqual(topLevel(), ['running', '  other', '  web', 'exited', '  cart']);
    } finally {
      await choose('Dependency');
    }
    assert.deepEqual(topLevel(), ['cart', 'other', 'web']);
  });

  it('renames, orders, hides and selects connections', async () => {
    const nowhere = '/nowhere/at/all.sock';
    await connectTo(shown.socket, nowhere);
    const engines = () => treeOf(api).flatMap((line) => (line.startsWith(' ') ? [] : [line.split(' — ')[0] ?? '']));
    await until(api, 'two engines', () => engines().length === 2);
    const [first = '', second = ''] = engines();
    const rename = (from: string, to: string) =>
      stub(
        vscode.window,
        'showInputBox',
        async () => to,
        () => run(commandIds.renameConnection, elementOf(api, from)),
      );
    await rename(first, 'mine');
    await until(api, 'the new name', () => engines()[0] === 'mine');
    await rename('mine', '');
    await until(api, 'the old name', () => engines()[0] === first);

    await run(commandIds.moveConnectionDown, elementOf(api, first));
    await until(api, 'the other order', () => engines()[0] === second);
    await run(commandIds.moveConnectionUp, elementOf(api, first));
    await until(api, 'the old order', () => engines()[0] === first);

    await run(commandIds.hideConnection, elementOf(api, second));
    await until(api, 'one engine', () => api.service.snapshot.engines.size === 1);
    await stub(vscode.window, 'createQuickPick', acceptingAllButLast, () => run(commandIds.selectConnections));
    await until(api, 'both engines', () => api.service.snapshot.engines.size === 2);
    await connectTo(shown.socket);
    await synced(api);
  });

  it('shows the graph, and exports it as SVG and Mermaid', async () => {
    const labels = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
    const before = labels().length;
    await run(commandIds.openGraph);
    await waitFor('a new row', () => labels().length === before + 1);
    const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-svg-'));
    try {
      const target = vscode.Uri.file(path.join(folder, 'graph.svg'));
      await stub(
        vscode.window,
        'showSaveDialog',
        async () => target,
        () => run(commandIds.exportSvg),
      );
      assert.match(readFileSync(target.fsPath, 'utf8'), /^<svg [^]*>web<[^]*<\/svg>\s*$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    await run(commandIds.exportMermaid);
    assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /^```mermaid\nflowchart [^]*web/);
  });

  it('opens settings and log', async () => {
    await run(commandIds.openSettings);
    assert.match(vscode.window.tabGroups.activeTabGroup.activeTab?.label ?? '', /Settings/);
    await run(commandIds.showLog);
  });
});

/** A quick pick that accepts all items except the last, which adds a connection, as soon as it is shown. */
function acceptingAllButLast(): vscode.QuickPick<vscode.QuickPickItem> {
  const listeners: (() => void)[] = [];
  const pick = {
    items: [] as vscode.QuickPickItem[],
    selectedItems: [] as vscode.QuickPickItem[],
    onDidChangeSelection: () => undefined,
    onDidAccept: (listener: () => void) => listeners.push(listener),
    onDidHide: () => undefined,
    hide: () => undefined,
    show: () => {
      pick.selectedItems = pick.items.slice(0, -1);
      for (const listener of listeners) listener();
    },
  };
  return pick as unknown as vscode.QuickPick<vscode.QuickPickItem>;
}
