import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PreviewPage } from './trustWorkbench';
import { maliciousNames, TrustFixture } from './trustWorld';
import type { PodgraphWindow } from './window';
import { cleanUp } from './workbench';

describe('a removal that is looked at first', () => {
  let world: TrustFixture;
  let window: PodgraphWindow;
  let preview: PreviewPage;
  let before = 0;

  beforeAll(async () => {
    world = await TrustFixture.start();
    ({ window, preview } = world);
  });

  beforeEach(async () => {
    await world.refill();
    before = world.served.writes().length;
  });

  afterEach(({ task }) => cleanUp(window, task));

  afterAll(() => world?.close());

  const names = () => world.served.names();

  it('shows a plan before anything happens: the order, why, how long, what stays', async () => {
    await window.runFromPalette('Podgraph: Preview Removal of All');
    await preview.opened();
    expect(await preview.title()).toBe(`Stop and remove 1 pod and 8 containers from podman 5.8.6?`);
    expect(await preview.sentences()).toEqual([
      '6 run and get up to 120 s each to stop: base, left, right, slow, top, web.',
      '1 anonymous volume will be deleted.',
      'systemd may start scratch again.',
    ]);
    const lines = (await preview.lines()).map((line) => line.replace(/volume [0-9a-f]{12} /, 'volume # '));
    expect(lines).toEqual([
      'Step 1: 1 pod and 5 containers',
      '[x] shop: chosen',
      '[x] cart: in pod shop',
      '[x] web: in pod shop · gets up to 10 s to stop',
      '[x] scratch: chosen · deletes volume # · systemd may start it again',
      '[x] slow: chosen · gets up to 120 s to stop',
      '[x] top: chosen · gets up to 10 s to stop',
      'Step 2: 2 containers',
      '[x] left: chosen · after top · gets up to 10 s to stop',
      '[x] right: chosen · after top · gets up to 10 s to stop',
      'Step 3: 1 container',
      '[x] base: chosen · after left, right · gets up to 10 s to stop',
      'Kept',
      '[-] registry: stays: protected by label',
      '[-] vault: stays: needed by registry → protected by label',
    ]);
    expect(await preview.buttons()).toEqual(['Stop and Remove 9', 'Copy podman Commands', 'Close']);
    await window.picture('trust-1-preview');
    await preview.button('Close').click();
    await window.page.locator('iframe.webview').waitFor({ state: 'detached' });
    expect(world.served.writes()).toHaveLength(before);
  });

  it('lets a person take something out: what it needs stays too, and what was shown is what runs', async () => {
    await window.runFromPalette('Podgraph: Preview Removal of All');
    await preview.opened();
    await preview.tick('top').press('Space');
    await preview.button('Stop and Remove 5').waitFor();
    const lines = await preview.lines();
    expect(lines).toEqual(
      expect.arrayContaining([
        '[ ] top: stays: excluded',
        '[-] left: stays: needed by top → excluded',
        '[-] right: stays: needed by top → excluded',
        expect.stringMatching(/^\[-\] base: stays: needed by (left|right) → needed by top → you took it out$/),
        'Step 3: done',
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
        '[-] shop: stays: needed by web → excluded',
        '[-] cart: stays: in pod shop, which is kept',
        '[ ] web: stays: excluded',
      ]),
    );
    await preview.button('Stop and Remove 5').click();
    await window.toast(/Removed 5 containers in /).waitFor();
    expect(names()).toEqual(['cart', 'registry', 'shop', 'slow', 'vault', 'web']);
  });

  it('copies the commands that would do the same', async () => {
    await window.chooseFromMenu(window.row('base'), 'Preview Removal');
    await preview.opened();
    await preview.button('Include Dependents').click();
    await preview.button('Copy podman Commands').click();
    await window.toast('4 commands copied.').waitFor();
    const commands = (await world.workbench.clipboard()).trim().split('\n');
    // Each command names its engine and its container by id; their order is held by the tests of the commands themselves.
    const command = /^podman --url unix:\/\/\S+ rm --volumes --force ([0-9a-f]{64})$/;
    expect(new Set(commands.map((one) => command.exec(one)?.[1] ?? one)).size).toBe(4);
    for (const one of commands) expect(one).toMatch(command);
  });

  it('refuses as a whole what something else needs, names it, and offers the ways on', async () => {
    await window.row('base').click();
    await window.page.keyboard.press('Delete');
    const question = await window.question();
    expect(question.message).toBe('base is used by left, right.');
    await window.answer('Preview Plan');
    await preview.opened();
    expect(await preview.sentences()).toContain("left depends on base but isn't selected.");
    expect(await preview.buttons()).toEqual([
      'Stop and Remove 1 (disabled)',
      'Include Dependents',
      'Copy podman Commands (disabled)',
      'Close',
    ]);
    await window.picture('trust-3-refused');
    await preview.button('Include Dependents').click();
    await preview.button('Stop and Remove 4').waitFor();
    await preview.button('Close').click();
    expect(names()).toHaveLength(11);
    expect(world.served.writes()).toHaveLength(before);
  });

  it('leaves what runs alone where a person wants that', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    const { buttons } = await window.question();
    expect(buttons).toEqual(['Cancel', 'Preview Plan', 'Remove 1 Stopped Only', 'Stop and Remove 9']);
    await window.answer('Preview Plan');
    await preview.opened();
    await preview.choice('Keep, with dependencies').check();
    await preview.button('Remove 1 Stopped Only').waitFor();
    expect(await preview.lines()).toEqual(
      expect.arrayContaining(['[-] slow: stays: running', '[-] cart: stays: in pod shop, which is kept']),
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
    world.served.engine.addContainer({ name: maliciousNames, dependsOn: { requires: ['scratch'] }, state: 'created' });
    await preview.button('Update Plan').waitFor();
    await window.picture('trust-5-outdated');
    await preview.button('Update Plan').click();
    await preview.button('Stop and Remove 10').waitFor();
    expect(await preview.lines()).toContain(`[x] ${maliciousNames}: chosen`);
    expect(await preview.strangers()).toBe(0);
    await preview.tick('slow').uncheck();
    await preview.button('Stop and Remove 9').click();
    await window.toast(/Removed 1 pod and 8 containers in /).waitFor();
    expect(names()).toEqual(['registry', 'slow', 'vault']);
  });
});
