import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { DemoEngine } from '../../src/demo/engine';
import type { FakeFleet } from '../../src/demo/fleet';
import { DemoWorkbench } from './demoWorkbench';
import { usedIcons } from './icons';
import type { PodgraphWindow } from '../../scripts/workbench/podgraphWindow';
import { afterTest } from './workbench';

/** A pod with a sidecar, a diamond and ungrouped containers; only `top` and `worker` stop slowly. */
const fleet: FakeFleet = {
  pods: [{ name: 'shop' }],
  containers: [
    { name: 'web', pod: 'shop', image: 'docker.io/library/nginx:latest' },
    { name: 'sidecar', pod: 'shop', dependsOn: { pid: 'web' }, image: 'quay.io/envoy/envoy:v1', state: 'exited' },
    { name: 'base', image: 'docker.io/library/alpine:3' },
    { name: 'left', dependsOn: { net: 'base' } },
    { name: 'right', dependsOn: { requires: ['base'] } },
    { name: 'top', dependsOn: { requires: ['left', 'right'] }, stubborn: true, stopTimeout: 8 },
    { name: 'worker', stubborn: true, stopTimeout: 8, image: 'docker.io/library/redis:7' },
    { name: 'scratch', state: 'created', volumes: ['/data'] },
  ],
};

const tree = [
  'shop — pod · 1 of 2 running',
  '  web — nginx · required by 1',
  '    sidecar — exited (0) · shares pid · envoy:v1',
  'base — alpine:3 · required by 2',
  '  left — shares net · bb:1 · required by 1',
  '    top — also under right',
  '  right — bb:1 · required by 1',
  '    top — also under left',
  'scratch — created · bb:1',
  'worker — redis:7',
];

describe('Podgraph in a workbench', () => {
  let demo: DemoWorkbench;
  let engine: DemoEngine;
  let window: PodgraphWindow;

  beforeAll(async () => {
    demo = await DemoWorkbench.start(fleet, { manualClock: true });
    ({ engine, window } = demo);
  });

  beforeEach(async () => {
    engine.faults.clear();
    demo.server.refill(fleet);
    await expect.poll(() => window.tree()).toEqual(tree);
  });

  afterEach(async ({ task }) => {
    await passStopTimeouts();
    await afterTest(window, task);
    await window.clearToasts();
  });

  afterAll(() => demo?.close());

  const passStopTimeouts = () => engine.advance(10_000);

  it('uses only icons that the editor has', async () => {
    const ids = usedIcons();
    expect(ids).toContain('history');
    // A string, because the tests are compiled without DOM types.
    const missing = await window.page.evaluate<string[]>(`${JSON.stringify(ids)}.filter((id) => {
      const icon = document.body.appendChild(document.createElement('span'));
      icon.className = 'codicon codicon-' + id;
      const { content } = getComputedStyle(icon, '::before');
      icon.remove();
      return content === 'none';
    })`);
    expect(missing).toEqual([]);
  });
  const names = () => demo.server.names();

  it('shows states and dependencies in aria labels', async () => {
    const rows = await window.rows();
    expect(rows.map((row) => row.ariaLabel)).toEqual(
      expect.arrayContaining([
        'shop, pod, degraded, 2 containers',
        'web, running, in pod shop, required by 1',
        'top, running, also under right',
        'base, running, required by 2',
      ]),
    );
    await window.screenshot('1-tree');
  });

  it('shows only applicable commands in the context menu', async () => {
    const inspectItems = ['Follow Logs', 'Open Shell', 'Inspect', 'Show in Graph'];
    const explainItems = ['Explain Dependencies', 'Protect from Removal'];
    const copyItems = ['Copy Name', 'Copy ID', 'Copy Image'];
    const menuOf = async (name: string) => {
      const items = await (await window.contextMenu(window.row(name))).allInnerTexts();
      await window.screenshot(`2-context-menu-${name}`);
      await window.page.keyboard.press('Escape');
      return items;
    };
    expect(await menuOf('base')).toEqual([
      ...inspectItems,
      ...['Stop', 'Stop with Dependents', 'Restart', 'Pause', 'Kill', 'Recreate…'],
      ...['Remove', 'Remove with Dependents', 'Preview Removal'],
      ...explainItems,
      ...copyItems,
    ]);
    expect(await menuOf('worker')).toEqual([
      ...inspectItems,
      ...['Stop', 'Restart', 'Pause', 'Kill', 'Recreate…'],
      ...['Remove', 'Preview Removal'],
      ...explainItems,
      ...copyItems,
    ]);
  });

  it('protects a container by its menu, and stops protecting it', async () => {
    await window.chooseFromMenu(window.row('scratch'), 'Protect from Removal');
    await expect.poll(() => window.tree()).toContainEqual('scratch — created · bb:1 · protected');
    await window.toast('Protected from removal: scratch.').waitFor();
    const items = await (await window.contextMenu(window.row('scratch'))).allInnerTexts();
    expect(items).toEqual(expect.arrayContaining(['Start', 'Remove', 'Stop Protecting']));
    await window.screenshot('2-protected');
    await window.page.keyboard.press('Escape');
    await window.chooseFromMenu(window.row('scratch'), 'Remove');
    await window.toast('Kept: scratch (protected by podgraph.protectedNames).').waitFor();
    await window.chooseFromMenu(window.row('scratch'), 'Stop Protecting');
    await expect.poll(() => window.tree()).toEqual(tree);
  });

  it('filters while typing, keeps the context of the matches, and shows when nothing matches', async () => {
    const withContext = [
      'base — alpine:3 · required by 2',
      '  left — shares net · bb:1 · required by 1',
      '    top — bb:1',
    ];
    const input = window.page.locator('.quick-input-widget input:focus');
    await window.clickInTitle('Filter');
    await input.waitFor();
    await window.page.keyboard.type('left');
    await expect.poll(() => window.tree()).toEqual(withContext);
    await window.screenshot('2-filter');
    await window.page.keyboard.press('Escape');
    await expect.poll(() => window.tree()).toEqual(tree);
    await window.clickInTitle('Filter');
    await input.waitFor();
    await window.page.keyboard.type('nowhere');
    await window.page.keyboard.press('Enter');
    await window.welcome.filter({ hasText: 'Nothing matches the filter.' }).waitFor();
    await window.screenshot('2-nothing-matches');
    await window.welcome.getByRole('button', { name: 'Clear Filter' }).click();
    await expect.poll(() => window.tree()).toEqual(tree);
  });

  it('makes the same plan from palette, title, context menu and Delete key', async () => {
    const before = demo.workbench.plans().length;
    const cancelDialog = async () => {
      const dialog = await window.dialogContent();
      await window.clickInDialog('Cancel');
      return dialog;
    };
    await window.runFromPalette('Podgraph: Remove All');
    const dialogs = [await cancelDialog()];
    await window.clickInTitle('Remove All');
    dialogs.push(await cancelDialog());
    await window.selectAll();
    await window.chooseFromMenu(window.row('base'), 'Remove');
    dialogs.push(await cancelDialog());
    await window.selectAll();
    await window.page.keyboard.press('Delete');
    dialogs.push(await cancelDialog());

    const plans = demo.workbench.plans().slice(before);
    expect(plans).toHaveLength(4);
    expect(plans[0]?.counts).toMatchObject({ pods: 1, containers: 8 });
    expect(plans[0]?.units.map((unit) => [unit.targets, unit.step])).toContainEqual([['base'], 2]);
    for (const plan of plans) expect(plan).toEqual(plans[0]);
    for (const dialog of dialogs) expect(dialog).toEqual(dialogs[0]);
    expect(names()).toHaveLength(9);
  });

  it('confirms with the number of nodes, running containers and volumes', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    const question = await window.dialogContent();
    expect(question.message).toBe('Stop and remove 1 pod and 8 containers from podman 5.8.6?');
    expect(question.detail).toMatch(
      /^6 are running \(up to 10 s each to stop\): base, left, right, top, web, worker\. 1 anonymous volume will be kept: [0-9a-f]{12} of scratch \(.+\)\.$/,
    );
    expect(question.buttons).toEqual(['Back Up and Delete 1 Volume…', 'Cancel', 'Preview', 'Stop and Remove 9']);
    await window.screenshot('3-confirmation');
    await window.clickInDialog('Cancel');
    expect(demo.server.writes()).toEqual([]);
  });

  it('asks once before including dependents, and lists all with their states', async () => {
    await window.row('base').click();
    await window.page.keyboard.press('Delete');
    const question = await window.dialogContent();
    expect(question.message).toBe('Remove base and the 3 containers that depend on it?');
    for (const name of ['left', 'right']) expect(question.detail).toContain(`${name}: running, up to 10 s to stop`);
    expect(question.detail).toContain('top: running, up to 8 s to stop');
    expect(question.buttons).toEqual(['Cancel', 'Preview', 'Stop and Remove 4']);
    await window.screenshot('4-dependents');
    await window.clickInDialog('Cancel');
    expect(names()).toHaveLength(9);
  });

  it('keeps selection and expansion while the tree changes', async () => {
    await window.row('shop').locator('.monaco-tl-twistie').click();
    await window.row('worker').click();
    const collapsed = tree.filter((line) => !/web|sidecar/.test(line));
    await expect.poll(() => window.tree()).toEqual(collapsed);
    engine.addContainer({ name: 'newcomer', state: 'created' });
    const more = [...collapsed.slice(0, 6), 'newcomer — created · bb:1', ...collapsed.slice(6)];
    await expect.poll(() => window.tree()).toEqual(more);
    expect(await window.row('worker').getAttribute('aria-selected')).toBe('true');
    await window.row('shop').locator('.monaco-tl-twistie').click();
    await window.chooseFromMenu(window.row('newcomer'), 'Remove');
    await window.clickInDialog('Remove 1');
    const result = window.page.locator('.statusbar-item', { hasText: /^ ?Removed 1 container in / });
    await result.waitFor();
    expect(await window.page.locator('.notification-toast').count()).toBe(0);
    await window.screenshot('4-quick-result');
    await result.click();
    await window.page.locator('.editor-instance .view-lines', { hasText: 'newcomer' }).waitFor();
    await window.runFromPalette('View: Close All Editors');
  });

  it('shows a removal in the tree and in one notification, and prevents a second removal', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    await window.clickInDialog('Stop and Remove 9');
    const progress = window.toast(/\d of 9 removed · stopping/);
    await progress.waitFor();
    await expect.poll(() => window.tree()).toContainEqual(expect.stringMatching(/^worker — stopping, \d+ s /));
    await window.screenshot('5-removal');
    const items = await (await window.contextMenu(window.row('worker'))).allInnerTexts();
    expect(items).toEqual(expect.arrayContaining(['Cancel', 'Kill Now']));
    expect(items).not.toContain('Remove');
    expect(items).not.toContain('Stop');
    await window.page.keyboard.press('Escape');
    await passStopTimeouts();
    await window.result(/Removed 1 pod and 8 containers in [\d.]+ s\./).waitFor();
    await window.welcome.filter({ hasText: 'No pods or containers.' }).waitFor();
    await window.screenshot('6-result');
    expect(names()).toEqual([]);
  });

  it('finishes started removals after Cancel', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    await window.clickInDialog('Stop and Remove 9');
    const progress = /4 of 9 removed · stopping/;
    await window.toast(progress).waitFor();
    await window.clickInToast(progress, 'Cancel');
    await window.page.locator('.pane-body .message', { hasText: 'Finishing 2 in progress…' }).waitFor();
    await window.screenshot('7-finishing');
    await passStopTimeouts();
    const result = 'Canceled. Removed 1 pod and 5 containers. 3 were not attempted. 1 anonymous volume was kept;';
    await window.toast(result).waitFor();
    expect(names()).toEqual(['base', 'left', 'right']);
    const left = ['base — alpine:3 · required by 2', '  left — shares net · bb:1', '  right — bb:1'];
    await expect.poll(() => window.tree()).toEqual(left);
    await window.screenshot('8-cancelled');
  });

  it('shows a failure on its node and in the result, and retries it', async () => {
    engine.faults.add({
      method: 'DELETE',
      path: demo.server.idOf('scratch'),
      action: { kind: 'respond', status: 500, body: { cause: 'odd', message: 'no space left', response: 500 } },
    });
    await window.row('scratch').click();
    await window.page.keyboard.press('Delete');
    await window.clickInDialog('Remove 1');
    const result = window.toast(/Nothing was removed\. scratch failed \(.*no space left.*\)/);
    await result.waitFor();
    await expect
      .poll(() => window.tree())
      .toContainEqual(expect.stringMatching(/^scratch — not removed: .*no space left/));
    await window.screenshot('9-failed');
    engine.faults.clear();
    await window.clickInToast(/no space left/, 'Retry Failed');
    // The editor shows at most three notifications in 800 ms, so the success may not be shown.
    await expect.poll(() => window.tree()).toEqual(tree.filter((line) => !line.startsWith('scratch')));
    expect(names()).not.toContain('scratch');
  });

  it('saves a volume into the chosen folder before it is deleted, and nothing without a folder', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'podgraph-backups-'));
    mkdirSync(path.join(folder, 'earlier'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const picker = window.page.locator('.quick-input-widget', { hasText: 'Save Volumes Before They Are Deleted' });
    const chooseFolder = async () => {
      await window.row('scratch').click();
      await window.page.keyboard.press('Delete');
      await window.clickInDialog('Back Up and Delete 1 Volume…');
      await picker.waitFor();
    };
    const before = engine.state().volumes.length;
    await chooseFolder();
    await window.page.keyboard.press('Escape');
    await picker.waitFor({ state: 'hidden' });
    expect(names()).toContain('scratch');
    await chooseFolder();
    // The picker reads the home folder before it shows a path, and would replace what is typed until then.
    await picker.getByRole('option', { name: '..' }).waitFor();
    await picker.locator('input').first().fill(`${folder}/`);
    await picker.getByRole('option', { name: 'earlier' }).waitFor();
    await window.screenshot('9-backup-folder');
    await picker.getByRole('button', { name: 'Save Backups Here' }).click();
    await expect.poll(names).not.toContain('scratch');
    await expect.poll(() => engine.state().volumes).toHaveLength(before - 1);
    expect(readdirSync(folder).sort()).toEqual(['earlier', expect.stringMatching(/^scratch.*\.tar$/)]);
    await window.screenshot('9-backed-up');
  });

  it('explains a disconnected engine, and recovers when it reconnects', async () => {
    await engine.disconnect();
    await window.page.locator('.pane-body .message', { hasText: /not responding/ }).waitFor();
    expect(await window.tree()).toEqual(tree);
    await window.screenshot('11-disconnected');
    await demo.server.listen();
    await window.page.locator('.pane-body .message', { hasText: /not responding/ }).waitFor({ state: 'detached' });
    demo.workbench.setConnection('/nowhere/engine.sock');
    await window.welcome.filter({ hasText: 'nothing is listening at the engine' }).waitFor();
    await window.screenshot('12-unreachable');
    demo.workbench.setConnection(demo.server.socket);
    await expect.poll(() => window.tree()).toEqual(tree);
  });
});
