import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PreviewPage } from './trustWorkbench';
import { maliciousName, TrustFixture } from './trustWorld';
import type { PodgraphWindow } from '../../scripts/workbench/podgraphWindow';
import { cleanUp } from './workbench';

describe('removal preview', () => {
  let fixture: TrustFixture;
  let window: PodgraphWindow;
  let preview: PreviewPage;
  let before = 0;

  beforeAll(async () => {
    fixture = await TrustFixture.start();
    ({ window, preview } = fixture);
  });

  beforeEach(async () => {
    await fixture.refill();
    before = fixture.server.writes().length;
  });

  afterEach(({ task }) => cleanUp(window, task));

  afterAll(() => fixture?.close());

  const names = () => fixture.server.names();

  it('shows order, reasons, stop timeouts and retained nodes', async () => {
    await window.runFromPalette('Podgraph: Preview Removal of All');
    await preview.opened();
    expect(await preview.title()).toBe(`Stop and remove 1 pod and 8 containers from podman 5.8.6?`);
    expect(await preview.sentences()).toEqual([
      '6 are running (up to 120 s each to stop): base, left, right, slow, top, web.',
      '1 anonymous volume will be deleted.',
      'systemd may start scratch again.',
    ]);
    const lines = (await preview.lines()).map((line) => line.replace(/volume [0-9a-f]{12} /, 'volume # '));
    expect(lines).toEqual([
      'Step 1: 1 pod and 5 containers',
      '[x] shop: selected',
      '[x] cart: in pod shop',
      '[x] web: in pod shop · up to 10 s to stop',
      '[x] scratch: selected · deletes volume # · systemd may start it again',
      '[x] slow: selected · up to 120 s to stop',
      '[x] top: selected · up to 10 s to stop',
      'Step 2: 2 containers',
      '[x] left: selected · after top · up to 10 s to stop',
      '[x] right: selected · after top · up to 10 s to stop',
      'Step 3: 1 container',
      '[x] base: selected · after left, right · up to 10 s to stop',
      'Kept',
      '[-] registry: kept: protected by label',
      '[-] vault: kept: required by registry → protected by label',
    ]);
    expect(await preview.buttons()).toEqual(['Stop and Remove 9', 'Copy podman Commands', 'Close']);
    await window.screenshot('trust-1-preview');
    await preview.button('Close').click();
    await window.page.locator('iframe.webview').waitFor({ state: 'detached' });
    expect(fixture.server.writes()).toHaveLength(before);
  });

  it('keeps the dependencies of an excluded node, and runs exactly the shown plan', async () => {
    await window.runFromPalette('Podgraph: Preview Removal of All');
    await preview.opened();
    await preview.checkbox('top').press('Space');
    await preview.button('Stop and Remove 5').waitFor();
    const lines = await preview.lines();
    expect(lines).toEqual(
      expect.arrayContaining([
        '[ ] top: kept: excluded',
        '[-] left: kept: required by top → excluded',
        '[-] right: kept: required by top → excluded',
        expect.stringMatching(/^\[-\] base: kept: required by (left|right) → required by top → excluded$/),
        'Step 3: done',
      ]),
    );
    await window.screenshot('trust-2-excluded');
    // The checkbox keeps the focus: the next key includes the node again.
    await window.page.keyboard.press('Space');
    await preview.button('Stop and Remove 9').waitFor();
    await preview.checkbox('slow').uncheck();
    await preview.button('Stop and Remove 8').waitFor();
    await preview.checkbox('web').uncheck();
    await preview.button('Stop and Remove 5').waitFor();
    expect(await preview.lines()).toEqual(
      expect.arrayContaining([
        '[-] shop: kept: required by web → excluded',
        '[-] cart: kept: in pod shop, which is kept',
        '[ ] web: kept: excluded',
      ]),
    );
    await preview.button('Stop and Remove 5').click();
    await window.result(/Removed 5 containers in /).waitFor();
    expect(names()).toEqual(['cart', 'registry', 'shop', 'slow', 'vault', 'web']);
  });

  it('copies equivalent commands', async () => {
    await window.chooseFromMenu(window.row('base'), 'Preview Removal');
    await preview.opened();
    await preview.button('Include Dependents').click();
    await preview.button('Copy podman Commands').click();
    await window.toast('4 commands copied.').waitFor();
    const commands = (await fixture.workbench.clipboard()).trim().split('\n');
    // Unit tests cover the order of the commands.
    const command = /^podman --url unix:\/\/\S+ rm --volumes --force ([0-9a-f]{64})$/;
    expect(new Set(commands.map((one) => command.exec(one)?.[1] ?? one)).size).toBe(4);
    for (const one of commands) expect(one).toMatch(command);
  });

  it('blocks a plan with unselected dependents, and offers to include them', async () => {
    await window.chooseFromMenu(window.row('base'), 'Preview Removal');
    await preview.opened();
    expect(await preview.sentences()).toContain("left depends on base but isn't selected.");
    expect(await preview.buttons()).toEqual([
      'Stop and Remove 1 (disabled)',
      'Include Dependents',
      'Copy podman Commands (disabled)',
      'Close',
    ]);
    await window.screenshot('trust-3-blocked');
    await preview.button('Include Dependents').click();
    await preview.button('Stop and Remove 4').waitFor();
    await preview.button('Close').click();
    expect(names()).toHaveLength(11);
    expect(fixture.server.writes()).toHaveLength(before);
  });

  it('keeps running containers on request', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    const { buttons } = await window.dialogContent();
    expect(buttons).toEqual(['Cancel', 'Preview', 'Remove 1 Stopped', 'Stop and Remove 9']);
    await window.clickInDialog('Preview');
    await preview.opened();
    await preview.choice('Keep, with dependencies').check();
    await preview.button('Remove 1 Stopped').waitFor();
    expect(await preview.lines()).toEqual(
      expect.arrayContaining(['[-] slow: kept: running', '[-] cart: kept: in pod shop, which is kept']),
    );
    await window.screenshot('trust-4-stopped-only');
    await preview.button('Remove 1 Stopped').click();
    await window.result(/Removed 1 container in /).waitFor();
    expect(names()).not.toContain('scratch');
    expect(names()).toHaveLength(10);
  });

  it('reports an outdated plan, and shows a malicious name as text', async () => {
    await window.runFromPalette('Podgraph: Preview Removal of All');
    await preview.opened();
    fixture.server.engine.addContainer({ name: maliciousName, dependsOn: { requires: ['scratch'] }, state: 'created' });
    await preview.button('Update Plan').waitFor();
    await window.screenshot('trust-5-outdated');
    await preview.button('Update Plan').click();
    await preview.button('Stop and Remove 10').waitFor();
    expect(await preview.lines()).toContain(`[x] ${maliciousName}: selected`);
    expect(await preview.injectedElements()).toBe(0);
    await preview.checkbox('slow').uncheck();
    await preview.button('Stop and Remove 9').click();
    await window.result(/Removed 1 pod and 8 containers in /).waitFor();
    expect(names()).toEqual(['registry', 'slow', 'vault']);
  });
});
