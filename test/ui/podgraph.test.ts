import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DemoEngine } from '../../src/demo/engine';
import type { FakeFleet } from '../../src/demo/fleet';
import { DemoWorkbench } from './demoWorkbench';
import { namedIcons } from './icons';
import type { PodgraphWindow } from './window';
import { readObserver } from './workbench';

/** A small shop: a pod with a sidecar, a diamond, loose ones; all end at once but for `top` and `worker`. */
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
  '  web — nginx · needed by 1',
  '    sidecar — exited (0) · shares pid of web',
  'base — alpine:3 · needed by 2',
  '  left — shares net of base · needed by 1',
  '    top — requires left · also under right',
  '  right — requires base · needed by 1',
  '    top — requires right · also under left',
  'scratch — created · bb:1',
  'worker — redis:7',
];

describe('Podgraph in a workbench', () => {
  let demo: DemoWorkbench;
  let engine: DemoEngine;
  let window: PodgraphWindow;

  beforeAll(async () => {
    demo = await DemoWorkbench.start(fleet, { still: true });
    ({ engine, window } = demo);
  });

  beforeEach(async () => {
    engine.faults.clear();
    demo.served.refill(fleet);
    await expect.poll(() => window.tree()).toEqual(tree);
  });

  afterEach(async ({ task }) => {
    await graceEnds();
    await readObserver(window, task);
    await window.clearToasts();
  });

  afterAll(() => demo?.close());

  const graceEnds = () => engine.advance(10_000);

  it('names no icon that this editor does not have', async () => {
    const ids = namedIcons();
    expect(ids).toContain('watch');
    // As text, since it runs in the page.
    const missing = await window.page.evaluate<string[]>(`${JSON.stringify(ids)}.filter((id) => {
      const icon = document.body.appendChild(document.createElement('span'));
      icon.className = 'codicon codicon-' + id;
      const { content } = getComputedStyle(icon, '::before');
      icon.remove();
      return content === 'none';
    })`);
    expect(missing).toEqual([]);
  });
  const names = () => demo.served.names();

  it('shows what runs, what needs what, and says it to those who hear', async () => {
    const rows = await window.rows();
    expect(rows.map((row) => row.spoken)).toEqual(
      expect.arrayContaining([
        'shop, pod, degraded, 2 containers',
        'web, running, in pod shop, needed by 1',
        'top, running, also under right',
        'base, running, needed by 2',
      ]),
    );
    await window.picture('1-tree');
  });

  it('offers in the context menu what fits the node', async () => {
    const looking = ['Inspect', 'Follow Logs', 'Follow Logs from…', 'Open Shell', 'Open Graph'];
    const asking = ["Why Can't I Remove This?", 'Who Needs This?', 'What Would Go Along?'];
    const copying = ['Copy Name', 'Copy Id', 'Copy Image'];
    const offers = async (name: string) => {
      const items = await (await window.contextMenu(window.row(name))).allInnerTexts();
      await window.picture(`2-context-menu-${name}`);
      await window.page.keyboard.press('Escape');
      return items;
    };
    expect(await offers('base')).toEqual([
      ...looking,
      ...['Stop', 'Stop with What Needs It', 'Restart', 'Pause', 'Kill'],
      ...asking,
      ...copying,
      ...['Remove', 'Remove with What Needs It', 'Preview Removal'],
    ]);
    expect(await offers('worker')).toEqual([
      ...looking,
      ...['Stop', 'Restart', 'Pause', 'Kill'],
      ...asking,
      ...copying,
      ...['Remove', 'Preview Removal'],
    ]);
  });

  it('makes the same plan from palette, title, context menu and Delete key', async () => {
    const before = demo.workbench.plans().length;
    const refuse = async () => {
      const asked = await window.question();
      await window.answer('Cancel');
      return asked;
    };
    await window.runFromPalette('Podgraph: Remove All');
    const questions = [await refuse()];
    await window.pressInTitle('Remove All');
    questions.push(await refuse());
    await window.selectAll();
    await window.chooseFromMenu(window.row('base'), 'Remove');
    questions.push(await refuse());
    await window.selectAll();
    await window.page.keyboard.press('Delete');
    questions.push(await refuse());

    const plans = demo.workbench.plans().slice(before);
    expect(plans).toHaveLength(4);
    expect(plans[0]?.counts).toMatchObject({ pods: 1, containers: 8 });
    expect(plans[0]?.units.map((unit) => [unit.targets, unit.wave])).toContainEqual([['base'], 2]);
    for (const plan of plans) expect(plan).toEqual(plans[0]);
    for (const question of questions) expect(question).toEqual(questions[0]);
    expect(names()).toHaveLength(9);
  });

  it('says before anything happens what will go, what is running and what goes along', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    const question = await window.question();
    expect(question.message).toBe('Stop and remove 1 pod and 8 containers from podman 5.8.6?');
    expect(question.detail).toBe(
      '6 run and get up to 10 s each to stop: base, left, right, top, web, worker. 1 anonymous volume will be deleted.',
    );
    expect(question.buttons).toEqual(['Cancel', 'Preview Plan', 'Remove 1 Stopped Only', 'Stop and Remove 9']);
    await window.picture('3-confirmation');
    await window.answer('Cancel');
    expect(demo.served.writes()).toEqual([]);
  });

  it('does not take along unasked what needs the chosen one', async () => {
    await window.row('base').click();
    await window.page.keyboard.press('Delete');
    const question = await window.question();
    expect(question.message).toBe('base is used by left, right.');
    expect(question.buttons).toEqual(['Cancel', 'Include Dependents', 'Preview Plan']);
    await window.picture('4-needed');
    await window.answer('Include Dependents');
    expect((await window.question()).buttons).toContain('Stop and Remove 4');
    await window.answer('Cancel');
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
    await window.answer('Remove 1');
    await window.toast('Removed 1 container').waitFor();
  });

  it('shows a removal under way in the tree and in one message, and lets nothing be removed twice', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    await window.answer('Stop and Remove 9');
    const progress = window.toast(/Removing 9 · \d done · stopping/);
    await progress.waitFor();
    await expect.poll(() => window.tree()).toContainEqual(expect.stringMatching(/^worker — stopping, \d+ s /));
    await window.picture('5-removal');
    const items = await (await window.contextMenu(window.row('worker'))).allInnerTexts();
    expect(items.slice(-2)).toEqual(['Cancel', 'Kill Now']);
    expect(items).not.toContain('Remove');
    expect(items).not.toContain('Stop');
    await window.page.keyboard.press('Escape');
    await graceEnds();
    await window.toast(/Removed 1 pod and 8 containers in [\d.]+ s\./).waitFor();
    await window.welcome.filter({ hasText: 'No pods and no containers here' }).waitFor();
    await window.picture('6-result');
    expect(names()).toEqual([]);
  });

  it('finishes what had begun when it is cancelled, and says so', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    await window.answer('Stop and Remove 9');
    const progress = /Removing 9 · 4 done · stopping/;
    await window.toast(progress).waitFor();
    await window.pressInToast(progress, 'Cancel');
    await window.page.locator('.pane-body .message', { hasText: 'Finishing 2 in progress…' }).waitFor();
    await window.picture('7-finishing');
    await graceEnds();
    await window.toast('Cancelled: 1 pod and 5 containers had been removed. 3 were left alone.').waitFor();
    expect(names()).toEqual(['base', 'left', 'right']);
    const left = ['base — alpine:3 · needed by 2', '  left — shares net of base', '  right — requires base'];
    await expect.poll(() => window.tree()).toEqual(left);
    await window.picture('8-cancelled');
  });

  it('keeps a failure on its node, names it in the result, and tries again', async () => {
    engine.faults.add({
      method: 'DELETE',
      path: demo.served.idOf('scratch'),
      action: { kind: 'answer', status: 500, body: { cause: 'odd', message: 'no space left', response: 500 } },
    });
    await window.row('scratch').click();
    await window.page.keyboard.press('Delete');
    await window.answer('Remove 1');
    const result = window.toast(/Nothing was removed\. scratch failed \(.*no space left.*\)/);
    await result.waitFor();
    await expect
      .poll(() => window.tree())
      .toContainEqual(expect.stringMatching(/^scratch — not removed: .*no space left/));
    await window.picture('9-failed');
    engine.faults.clear();
    await window.pressInToast(/no space left/, 'Retry Failed');
    // The editor shows three messages in 800 ms and no more; this one may be the fourth.
    await expect.poll(() => window.tree()).toEqual(tree.filter((line) => !line.startsWith('scratch')));
    expect(names()).not.toContain('scratch');
  });

  it('says what to do when no engine answers, and is back when it is', async () => {
    await engine.dropServer();
    await window.page.locator('.pane-body .message', { hasText: /does not answer/ }).waitFor();
    expect(await window.tree()).toEqual(tree);
    await window.picture('11-lost');
    await demo.served.listen();
    await window.page.locator('.pane-body .message', { hasText: /does not answer/ }).waitFor({ state: 'detached' });
    demo.workbench.showOnly('/nowhere/engine.sock');
    await window.welcome.filter({ hasText: 'nobody serves at its address' }).waitFor();
    await window.picture('12-unreachable');
    demo.workbench.showOnly(demo.served.socket);
    await expect.poll(() => window.tree()).toEqual(tree);
  });
});
