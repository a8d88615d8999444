import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrustWorkbench } from './trustWorkbench';
import { TrustFixture } from './trustWorld';
import { PodgraphWindow } from '../../scripts/workbench/podgraphWindow';
import { screenshots } from './workbench';
import { cleanUp } from './workbench';

describe('recovery and protection', () => {
  let fixture: TrustFixture;
  let workbench: TrustWorkbench;
  let window: PodgraphWindow;

  beforeAll(async () => {
    fixture = await TrustFixture.start();
    ({ workbench, window } = fixture);
  });

  beforeEach(() => fixture.refill());

  afterEach(({ task }) => cleanUp(window, task));

  afterAll(() => fixture?.close());

  const names = () => fixture.server.names();

  it('shows slow stops after five seconds, and kills on request', async () => {
    await window.chooseFromMenu(window.row('slow'), 'Remove');
    await window.clickInDialog('Stop and Remove 1');
    await window.toast(/0 of 1 removed · stopping slow \d+ s of 120 s/).waitFor();
    const status = window.page.locator('.statusbar-item', { hasText: /Stopping slow \d+ s of 120 s: Kill Now/ });
    await status.waitFor();
    await window.screenshot('trust-6-still-stopping');
    await Promise.all([window.result(/Removed 1 container in /).waitFor(), fixture.killSlow()]);
    await status.waitFor({ state: 'detached' });
    expect(names()).not.toContain('slow');
  });

  it('reports the state of the engine after Cancel', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    await window.clickInDialog('Stop and Remove 9');
    const progress = /\d of 9 removed · stopping/;
    await window.toast(progress).waitFor();
    await expect.poll(() => names()).not.toContain('web');
    await window.clickInToast(progress, 'Cancel');
    // Timing decides whether anything is left to cancel.
    const cancelled = /Canceled[.:] |Cancel came too late/;
    await Promise.all([window.toast(cancelled).waitFor(), fixture.killSlow()]);
    await window.clickInToast(cancelled, 'Show Report');
    await window.page.locator('.monaco-editor .view-lines', { hasText: 'Kept (2)' }).waitFor();
    await window.screenshot('trust-7-report');
    await window.runFromPalette('Podgraph: Copy Report');
    await expect.poll(() => workbench.clipboard()).toContain('Kept (2)');
    const text = await workbench.clipboard();
    const results = new Map<string, string>();
    let result = '';
    for (const line of text.split('\n')) {
      result = /^(\S.*) \(\d+\)$/.exec(line)?.[1] ?? result;
      const [, name] = /^ +(\S+) +(?:pod|container)\b/.exec(line) ?? [];
      if (name) results.set(name, result);
    }
    expect(results.size).toBe(9);
    const kept = [...results].filter(([, one]) => !/removed$/i.test(one)).map(([name]) => name);
    expect([...kept, 'registry', 'vault'].sort()).toEqual(names());
    expect(text).toContain('registry  protected by label');
  });

  it("reports another window's removal", async () => {
    await window.runFromPalette('Podgraph: Remove All');
    await window.clickInDialog('Stop and Remove 9');
    await window.toast(/[1-9] of 9 removed · stopping/).waitFor();
    const other = new PodgraphWindow(await workbench.open(), screenshots);
    await other.openView();
    await other.toast('Another window is removing 1 pod and 8 containers.').waitFor({ timeout: 60_000 });
    await other.screenshot('trust-9-other-window');
    expect(workbench.journals()).toHaveLength(1);
    await other.page.close();
    await Promise.all([window.result(/Removed 1 pod and 8 containers in /).waitFor(), fixture.killSlow()]);
    expect(names()).toEqual(['registry', 'vault']);
  });

  it('applies changed protection rules at once', async () => {
    workbench.set({ 'podgraph.protectedNames': ['sc*', 'shop'] });
    await expect.poll(() => window.tree()).toContainEqual('scratch — created · bb:1 · protected');
    await expect.poll(() => window.tree()).toContainEqual('shop — pod · 1 of 2 running · protected');
    await window.runFromPalette('Podgraph: Remove All');
    const { message, detail } = await window.dialogContent();
    expect(message).toBe('Stop and remove 5 containers from podman 5.8.6?');
    expect(detail).toContain('6 kept (protected, required by a kept container).');
    await window.clickInDialog('Cancel');
    workbench.set({});
    await expect.poll(() => window.tree()).toContainEqual('scratch — created · bb:1');
  });

  it('reconciles and resumes a removal after the extension host was killed', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    await window.clickInDialog('Stop and Remove 9');
    await window.toast(/[1-9] of 9 removed · stopping/).waitFor();
    expect(workbench.journals()).toHaveLength(1);
    workbench.killExtensionHost();
    await window.page.reload();
    await window.openView();
    const message = /Removal of 9 was interrupted: \d removed, \d remaining\./;
    await window.toast(message).waitFor({ timeout: 60_000 });
    await window.screenshot('trust-8-interrupted');
    const [, removed, left] = /(\d) removed, (\d) remaining/.exec(await window.toast(message).innerText()) ?? [];
    expect(Number(removed) + Number(left)).toBe(9);
    await window.clearToasts();
    await window.page.locator('.pane-body .message', { hasText: message }).waitFor();
    await window.page.locator('.statusbar-item', { hasText: `${left} left: Resume Removal` }).waitFor();
    await window.page.reload();
    await window.openView();
    await window.page.locator('.pane-body .message', { hasText: message }).waitFor({ timeout: 60_000 });
    await window.clearToasts();
    await window.screenshot('trust-8-interrupted-after-reload');
    await window.runFromPalette('Podgraph: Resume Removal');
    const question = await window.dialogContent();
    expect(question.message).toMatch(/^Stop and remove /);
    await window.clickInDialog(/^Stop and Remove \d$/);
    // slow may be removed by the killed host's request.
    await Promise.all([window.result(/Removed |already removed/).waitFor(), fixture.killSlow()]);
    expect(names()).toEqual(['registry', 'vault']);
    expect(workbench.journals()).toEqual([]);
  });

  it('forgets an interrupted removal that is discarded', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    await window.clickInDialog('Stop and Remove 9');
    await window.toast(/[1-9] of 9 removed · stopping/).waitFor();
    workbench.killExtensionHost();
    await window.page.reload();
    await window.openView();
    const message = window.page.locator('.pane-body .message', { hasText: /Removal of 9 was interrupted/ });
    await message.waitFor({ timeout: 60_000 });
    await window.runFromPalette('Podgraph: Discard Interrupted Removal');
    await message.waitFor({ state: 'detached' });
    await expect.poll(() => workbench.journals()).toEqual([]);
  });
});
