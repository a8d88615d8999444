import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrustWorkbench } from './trustWorkbench';
import { TrustFixture } from './trustWorld';
import { PodgraphWindow } from './window';
import { cleanUp } from './workbench';

describe('a removal that can be trusted', () => {
  let world: TrustFixture;
  let workbench: TrustWorkbench;
  let window: PodgraphWindow;

  beforeAll(async () => {
    world = await TrustFixture.start();
    ({ workbench, window } = world);
  });

  beforeEach(() => world.refill());

  afterEach(({ task }) => cleanUp(window, task));

  afterAll(() => world?.close());

  const names = () => world.served.names();

  it('says who is still stopping after five seconds, and kills at once when told so', async () => {
    await window.chooseFromMenu(window.row('slow'), 'Remove');
    await window.answer('Stop and Remove 1');
    await window.toast(/Removing 1 · 0 done · stopping slow \d+ s of 120 s/).waitFor();
    const status = window.page.locator('.statusbar-item', { hasText: /Stopping slow \d+ s of 120 s: Kill Now/ });
    await status.waitFor();
    await window.picture('trust-6-still-stopping');
    await Promise.all([window.toast(/Removed 1 container in /).waitFor(), world.killSlow()]);
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
    // Whether anything is left to be called off depends on how fast the rest goes.
    const cancelled = /Cancelled: |The cancel came too late/;
    await Promise.all([window.toast(cancelled).waitFor(), world.killSlow()]);
    await window.pressInToast(cancelled, 'Show Report');
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
    await Promise.all([window.toast(/Removed 1 pod and 8 containers in /).waitFor(), world.killSlow()]);
    expect(names()).toEqual(['registry', 'vault']);
  });

  it('protects by name as soon as the setting says so', async () => {
    workbench.set({ 'podgraph.protectedNames': ['sc*', 'shop'] });
    await expect.poll(() => window.tree()).toContainEqual('scratch — created · bb:1 · protected');
    await expect.poll(() => window.tree()).toContainEqual('shop — pod · 1 of 2 running · protected');
    await window.runFromPalette('Podgraph: Remove All');
    const { message, detail } = await window.question();
    expect(message).toBe('Stop and remove 5 containers from podman 5.8.6?');
    expect(detail).toContain('Kept: cart, scratch, shop, web (protected by name).');
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
    await Promise.all([window.toast(/Removed |gone already/).waitFor(), world.killSlow()]);
    expect(names()).toEqual(['registry', 'vault']);
    expect(workbench.journals()).toEqual([]);
  });
});
