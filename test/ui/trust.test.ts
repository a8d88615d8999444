import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DemoEngine } from '../../src/demo/engine';
import type { Fleet } from '../../src/demo/fleet';
import { PreviewPage, TrustWorkbench } from './trustWorkbench';
import { PodgraphWindow } from './window';
import { clearUp } from './workbench';

const hostile = '<img src=x onerror=alert(1)>';

/** A pod, a diamond, one that ignores TERM for long, a protected one with what it needs, one that systemd brings back. */
const fleet: Fleet = {
  pods: [{ name: 'shop' }],
  containers: [
    { name: 'web', pod: 'shop' },
    { name: 'cart', pod: 'shop', state: 'exited', exitCode: 1 },
    { name: 'base' },
    { name: 'left', dependsOn: { net: 'base' } },
    { name: 'right', dependsOn: { requires: ['base'] } },
    { name: 'top', dependsOn: { requires: ['left', 'right'] } },
    { name: 'slow', stubborn: true, stopTimeout: 120 },
    { name: 'vault' },
    { name: 'registry', dependsOn: { requires: ['vault'] }, labels: { 'podgraph.protect': 'true' } },
    { name: 'scratch', state: 'created', volumes: ['/data'], labels: { PODMAN_SYSTEMD_UNIT: hostile } },
  ],
};

describe('a removal that can be trusted', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-ui-engine-'));
  const socket = path.join(folder, 'engine.sock');
  let engine: DemoEngine;
  let workbench: TrustWorkbench;
  let before = 0;
  let window: PodgraphWindow;
  let preview: PreviewPage;

  const names = () => {
    const { pods, containers } = engine.state();
    return [...pods, ...containers.filter((one) => !one.name.endsWith('-infra'))].map((one) => one.name).sort();
  };

  beforeAll(async () => {
    engine = new DemoEngine({ profile: '5' });
    await engine.listen(socket);
    workbench = await TrustWorkbench.start(socket);
    ({ window } = workbench);
    preview = new PreviewPage(workbench.page);
    await window.openView();
  });

  beforeEach(async () => {
    const there = new Set(names());
    engine.addFleet({
      pods: fleet.pods.filter(({ name }) => !there.has(name)),
      containers: fleet.containers.filter(({ name }) => !there.has(name)),
    });
    await expect
      .poll(() => window.tree())
      .toContainEqual(expect.stringMatching(/^registry — .*protected|^ {2}registry — .*protected/));
    await window.row('scratch').waitFor();
    before = writes().length;
  });

  afterEach(({ task }) => clearUp(window, task));

  afterAll(async () => {
    await workbench?.close();
    await engine?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const writes = () => engine.state().requests.filter((request) => request.method !== 'GET');
  /** To be awaited together with the message that follows: it shows itself for a few seconds only. */
  const killSlow = async () => {
    const status = window.page.locator('.statusbar-item', { hasText: /Stopping slow .*: Kill Now/ });
    await status.locator('a').click();
  };

  it('shows a plan before anything happens: the order, why, how long, what stays', async () => {
    await window.runFromPalette('Podgraph: Preview Removal of All');
    await preview.opened();
    expect(await preview.title()).toBe(`Stop and remove 1 pod and 8 containers from podman 5.8.6?`);
    expect(await preview.sentences()).toEqual([
      '6 run and get up to 120 s each to stop: base, left, right, slow, top, web.',
      '1 anonymous volume goes along.',
      'systemd may start scratch again.',
    ]);
    const lines = (await preview.lines()).map((line) => line.replace(/volume [0-9a-f]{12} /, 'volume # '));
    expect(lines).toEqual([
      'Wave 1: 1 pod and 5 containers',
      '[x] shop: chosen',
      '[x] cart: in pod shop',
      '[x] web: in pod shop · gets up to 10 s to stop',
      '[x] scratch: chosen · takes volume # along · systemd may start it again',
      '[x] slow: chosen · gets up to 120 s to stop',
      '[x] top: chosen · gets up to 10 s to stop',
      'Wave 2: 2 containers',
      '[x] left: chosen · after top · gets up to 10 s to stop',
      '[x] right: chosen · after top · gets up to 10 s to stop',
      'Wave 3: 1 container',
      '[x] base: chosen · after left, right · gets up to 10 s to stop',
      'What stays',
      '[-] registry: stays: protected by label',
      '[-] vault: stays: needed by registry → protected by label',
    ]);
    expect(await preview.buttons()).toEqual(['Stop and Remove 9', 'Copy podman Commands', 'Close']);
    await window.picture('trust-1-preview');
    await preview.button('Close').click();
    await window.page.locator('iframe.webview').waitFor({ state: 'detached' });
    expect(writes()).toHaveLength(before);
  });

  it('lets a person take something out: what it needs stays too, and what was shown is what runs', async () => {
    await window.runFromPalette('Podgraph: Preview Removal of All');
    await preview.opened();
    await preview.tick('top').press('Space');
    await preview.button('Stop and Remove 5').waitFor();
    const lines = await preview.lines();
    expect(lines).toEqual(
      expect.arrayContaining([
        '[ ] top: stays: you took it out',
        '[-] left: stays: needed by top → you took it out',
        '[-] right: stays: needed by top → you took it out',
        expect.stringMatching(/^\[-\] base: stays: needed by (left|right) → needed by top → you took it out$/),
        'Wave 3: nothing is left of it',
      ]),
    );
    await window.picture('trust-2-taken-out');
    // The focus is still where it was: the next key puts it back.
    await window.page.keyboard.press('Space');
    await preview.button('Stop and Remove 9').waitFor();
    await preview.tick('slow').uncheck();
    await preview.button('Stop and Remove 8').waitFor();
    await preview.tick('web').uncheck();
    await preview.button('Stop and Remove 5').waitFor();
    expect(await preview.lines()).toEqual(
      expect.arrayContaining([
        '[-] shop: stays: needed by web → you took it out',
        '[-] cart: stays: in pod shop, which stays',
        '[ ] web: stays: you took it out',
      ]),
    );
    await preview.button('Stop and Remove 5').click();
    await window.toast(/Removed 5 containers in /).waitFor();
    expect(names()).toEqual(['cart', 'registry', 'shop', 'slow', 'vault', 'web']);
  });

  it('copies the commands that would do the same', async () => {
    await window.chooseFromMenu(window.row('base'), 'Preview Removal');
    await preview.opened();
    await preview.button('Include What Needs It').click();
    await preview.button('Copy podman Commands').click();
    await window.toast('4 commands copied.').waitFor();
    const commands = (await workbench.clipboard()).trim().split('\n');
    expect(commands[0]).toBe('podman rm --volumes --force top');
    expect(commands.slice(1, 3).sort()).toEqual([
      'podman rm --volumes --force left',
      'podman rm --volumes --force right',
    ]);
    expect(commands[3]).toBe('podman rm --volumes --force base');
  });

  it('refuses as a whole what something else needs, names it, and offers the ways on', async () => {
    await window.row('base').click();
    await window.page.keyboard.press('Delete');
    const question = await window.question();
    expect(question.message).toBe('base cannot be removed alone: left, right need it.');
    await window.answer('Preview Plan');
    await preview.opened();
    expect(await preview.sentences()).toContain('left needs base, and was not chosen.');
    expect(await preview.buttons()).toEqual([
      'Stop and Remove 1 (disabled)',
      'Include What Needs It',
      'Copy podman Commands (disabled)',
      'Close',
    ]);
    await window.picture('trust-3-refused');
    await preview.button('Include What Needs It').click();
    await preview.button('Stop and Remove 4').waitFor();
    await preview.button('Close').click();
    expect(names()).toHaveLength(11);
    expect(writes()).toHaveLength(before);
  });

  it('leaves what runs alone where a person wants that', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    const { buttons } = await window.question();
    expect(buttons).toEqual(['Cancel', 'Preview Plan', 'Remove 1 Stopped Only', 'Stop and Remove 9']);
    await window.answer('Preview Plan');
    await preview.opened();
    await preview.choice('stays, with what it needs').check();
    await preview.button('Remove 1 Stopped Only').waitFor();
    expect(await preview.lines()).toEqual(
      expect.arrayContaining(['[-] slow: stays: running', '[-] cart: stays: in pod shop, which stays']),
    );
    await window.picture('trust-4-stopped-only');
    await preview.button('Remove 1 Stopped Only').click();
    await window.toast(/Removed 1 container in /).waitFor();
    expect(names()).not.toContain('scratch');
    expect(names()).toHaveLength(10);
  });

  it('says when the engine has moved on, and shows names as text, whatever they hold', async () => {
    await window.runFromPalette('Podgraph: Preview Removal of All');
    await preview.opened();
    engine.addContainer({ name: hostile, dependsOn: { requires: ['scratch'] }, state: 'created' });
    await preview.button('Plan Again').waitFor();
    await window.picture('trust-5-outdated');
    await preview.button('Plan Again').click();
    await preview.button('Stop and Remove 10').waitFor();
    expect(await preview.lines()).toContain(`[x] ${hostile}: chosen`);
    expect(await preview.strangers()).toBe(0);
    await preview.tick('slow').uncheck();
    await preview.button('Stop and Remove 9').click();
    await window.toast(/Removed 1 pod and 8 containers in /).waitFor();
    expect(names()).toEqual(['registry', 'slow', 'vault']);
  });

  it('says who is still stopping after five seconds, and kills at once when told so', async () => {
    await window.chooseFromMenu(window.row('slow'), 'Remove');
    await window.answer('Stop and Remove 1');
    await window.toast(/Removing 1 · 0 done · stopping slow \d+ s of 120 s/).waitFor();
    const status = window.page.locator('.statusbar-item', { hasText: /Stopping slow \d+ s of 120 s: Kill Now/ });
    await status.waitFor();
    await window.picture('trust-6-still-stopping');
    await Promise.all([window.toast(/Removed 1 container in /).waitFor(), killSlow()]);
    await status.waitFor({ state: 'detached' });
    expect(names()).not.toContain('slow');
  });

  it('reports after Cancel what the engine holds, as a document that can be copied', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    await window.answer('Stop and Remove 9');
    const progress = /Removing 9 · \d done · stopping/;
    await window.toast(progress).waitFor();
    await expect.poll(() => names()).not.toContain('web');
    await window.pressInToast(progress, 'Cancel');
    await Promise.all([window.toast(/Cancelled: /).waitFor(), killSlow()]);
    await window.pressInToast(/Cancelled: /, 'Show Report');
    await window.page.locator('.monaco-editor .view-lines', { hasText: 'Outcome' }).waitFor();
    await window.picture('trust-7-report');
    await window.runFromPalette('Podgraph: Copy Report');
    await expect.poll(() => workbench.clipboard()).toContain('Outcome');
    const text = await workbench.clipboard();
    const outcomes = [
      ...text.matchAll(/^(removed|not attempted|gone already|failed|skipped) .*?(?:pod|container) +(\S+)/gm),
    ];
    expect(outcomes).toHaveLength(9);
    const kept = outcomes.filter(([, outcome]) => outcome !== 'removed').map(([, , name]) => name);
    expect([...kept, 'registry', 'vault'].sort()).toEqual(names());
    expect(text).toContain('registry  protected by label');
  });

  it('says what another window is removing, and lets it be', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    await window.answer('Stop and Remove 9');
    await window.toast(/Removing 9 · [1-9] done · stopping/).waitFor();
    const other = new PodgraphWindow(await workbench.open());
    await other.openView();
    await other.toast('Another window is removing 1 pod and 8 containers.').waitFor();
    await other.picture('trust-9-elsewhere');
    expect(workbench.journals()).toHaveLength(1);
    await other.page.close();
    await Promise.all([window.toast(/Removed 1 pod and 8 containers in /).waitFor(), killSlow()]);
    expect(names()).toEqual(['registry', 'vault']);
  });

  it('protects by name as soon as the setting says so', async () => {
    workbench.set({ 'podgraph.protectedNames': ['sc*', 'shop'] });
    await expect.poll(() => window.tree()).toContainEqual('scratch — created · bb:1 · protected');
    await expect.poll(() => window.tree()).toContainEqual('shop — pod · 1 of 2 running · protected');
    await window.runFromPalette('Podgraph: Remove All');
    const { message, detail } = await window.question();
    expect(message).toBe('Stop and remove 5 containers from podman 5.8.6?');
    expect(detail).toContain('cart, scratch, shop, web stay: protected by name.');
    await window.answer('Cancel');
    workbench.set({});
    await expect.poll(() => window.tree()).toContainEqual('scratch — created · bb:1');
  });

  it('settles what a killed extension host left, and goes on with the rest', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    await window.answer('Stop and Remove 9');
    await window.toast(/Removing 9 · [1-9] done · stopping/).waitFor();
    expect(workbench.journals()).toHaveLength(1);
    workbench.killExtensionHost();
    await window.page.reload();
    await window.openView();
    const message = /A removal of 9 was interrupted: \d gone, \d still there\./;
    await window.toast(message).waitFor({ timeout: 60_000 });
    await window.picture('trust-8-interrupted');
    const [, gone, left] = /(\d) gone, (\d) still there/.exec(await window.toast(message).innerText()) ?? [];
    expect(Number(gone) + Number(left)).toBe(9);
    await window.pressInToast(message, 'Resume');
    const question = await window.question();
    expect(question.message).toMatch(/^Stop and remove /);
    await window.answer(/^Stop and Remove \d$/);
    // Whether slow goes by this window's call, or by the one that the killed host had sent, is the engine's affair.
    await Promise.all([window.toast(/Removed |gone already/).waitFor(), killSlow()]);
    expect(names()).toEqual(['registry', 'vault']);
    expect(workbench.journals()).toEqual([]);
  });
});
