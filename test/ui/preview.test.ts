import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { frameWith, type PodgraphWindow } from '../../scripts/workbench/podgraphWindow';
import { violations } from './axe';
import { GraphWindow } from './graphWindow';
import type { PreviewPage } from './trustWorkbench';
import { maliciousName, TrustFixture } from './trustWorld';
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
  const openPreviewOfAll = async () => {
    await window.runFromPalette('Podgraph: Preview Removal of All');
    await preview.opened();
  };

  it('opens the steps beside the graph, which shows the same plan', async () => {
    await openPreviewOfAll();
    expect(await preview.title()).toBe(`Stop and remove 1 pod and 8 containers from podman 5.8.6?`);
    expect(await preview.duration()).toBe('About 4 s, up to 120 s');
    expect(await preview.sentences()).toEqual([
      expect.stringMatching(/^1 anonymous volume will be kept: [0-9a-f]{12} of scratch\.$/),
      'Swarm will start scratch again.',
    ]);
    const lines = (await preview.lines()).map((line) => line.replace(/\b[0-9a-f]{12}\b/, '#'));
    expect(lines).toEqual([
      'Step 1: 1 pod and 5 containers, up to 10 s each',
      '[x] shop',
      '[x] cart',
      '[x] web',
      '[x] scratch: Swarm will start it again',
      '[ ] #: kept',
      '[x] slow: up to 120 s',
      '[x] top',
      'Step 2: 2 containers, up to 10 s each',
      '[x] left',
      '[x] right',
      'Step 3: 1 container, up to 10 s each',
      '[x] base',
      'Kept (2)',
      '[-] registry: protected by label',
      '[-] vault: required by registry → protected by label',
    ]);
    expect(await preview.buttons()).toEqual(['Stop and Remove 9', 'Copy podman Commands', 'Close']);
    const graph = await GraphWindow.opened(window.page);
    await expect.poll(() => graph.badges()).toMatchObject({ top: '1', left: '2', base: '3' });
    expect(await graph.withClass('planned')).toEqual([
      'base',
      'cart',
      'left',
      'right',
      'scratch',
      'shop',
      'slow',
      'top',
      'web',
    ]);
    await window.screenshot('trust-1-preview');
    expect(await violations(await frameWith(window.page, '#kept'))).toEqual([]);
    await preview.button('Close').click();
    await preview.closed();
    expect(fixture.server.writes()).toHaveLength(before);
  });

  it('links rows and nodes in both directions', async () => {
    await openPreviewOfAll();
    const graph = await GraphWindow.opened(window.page);
    await preview.row('left').hover();
    await expect.poll(() => graph.withClass('linked')).toEqual(['left']);
    await preview.checkbox('slow').focus();
    await preview.row('base').hover();
    await expect.poll(() => graph.withClass('linked')).toEqual(['base']);
    await window.screenshot('trust-6-linked');
    await graph.hover('slow');
    await expect.poll(() => graph.withClass('linked')).toEqual([]);
    await expect.poll(() => preview.frame.locator('.linked .label').allInnerTexts()).toEqual(['slow']);
    await preview.button('Close').click();
    await preview.closed();
  });

  it('keeps the dependencies of an excluded node, and runs exactly the shown plan on the graph', async () => {
    await openPreviewOfAll();
    await preview.checkbox('top').press('Space');
    await preview.button('Stop and Remove 5').waitFor();
    expect(await preview.lines()).toEqual(
      expect.arrayContaining([
        '[ ] top: excluded',
        'Kept (5)',
        '[-] left: required by top → excluded',
        '[-] right: required by top → excluded',
        expect.stringMatching(/^\[-\] base: required by (left|right) → required by top → excluded$/),
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
        '[ ] shop: contains web → excluded',
        '[-] cart: in pod shop, which is kept',
        '[ ] web: excluded; pod shop is kept, because it is removed as a whole',
      ]),
    );
    await window.screenshot('trust-7-pod');
    await preview.button('Stop and Remove 5').click();
    const graph = await GraphWindow.opened(window.page);
    await expect.poll(() => graph.withClass('removed')).toContain('top');
    await window.screenshot('trust-8-playing');
    await window.result(/Removed 5 containers in /).waitFor();
    expect(names()).toEqual(['cart', 'registry', 'shop', 'slow', 'vault', 'web']);
  });

  it('excludes and includes a whole step by keyboard', async () => {
    await openPreviewOfAll();
    await preview.toggle('All of step 1').press('Space');
    await preview.toggle('Include all excluded').waitFor();
    expect(await preview.title()).toBe('Nothing to remove.');
    await preview.toggle('Include all excluded').press('Space');
    await preview.button('Stop and Remove 9').waitFor();
    await preview.button('Close').press('Enter');
    await preview.closed();
  });

  it('copies equivalent commands', async () => {
    await window.chooseFromMenu(window.row('base'), 'Preview Removal');
    await preview.opened();
    await preview.button('Include 3 Dependents').click();
    await preview.button('Copy podman Commands').click();
    await window.toast('4 commands copied.').waitFor();
    const commands = (await fixture.workbench.clipboard()).trim().split('\n');
    // Unit tests cover the order of the commands.
    const command = /^podman --url unix:\/\/\S+ rm --force ([0-9a-f]{64})$/;
    expect(new Set(commands.map((one) => command.exec(one)?.[1] ?? one)).size).toBe(4);
    for (const one of commands) expect(one).toMatch(command);
  });

  it('blocks a plan with unselected dependents, and offers to include all of them', async () => {
    await window.chooseFromMenu(window.row('base'), 'Preview Removal');
    await preview.opened();
    expect(await preview.title()).toBe("base can't be removed alone");
    expect(await preview.blockers()).toEqual([
      expect.stringMatching(/^top: requires (left → shares net of|right → requires) base · also via (left|right)$/),
      'right: requires base',
      'left: shares net of base',
    ]);
    expect(await preview.buttons()).toEqual(['Include 3 Dependents', 'Close']);
    await window.screenshot('trust-3-blocked');
    await preview.button('Include 3 Dependents').click();
    await preview.button('Stop and Remove 4').waitFor();
    await preview.button('Close').click();
    await preview.closed();
    expect(names()).toHaveLength(11);
    expect(fixture.server.writes()).toHaveLength(before);
  });

  it('keeps running containers on request', async () => {
    await openPreviewOfAll();
    await preview.toggle('Keep running containers').check();
    await preview.button('Remove 1 Stopped').waitFor();
    expect(await preview.lines()).toEqual(
      expect.arrayContaining(['[-] slow: running', '[-] cart: in pod shop, which is kept']),
    );
    await window.screenshot('trust-4-stopped-only');
    await preview.button('Remove 1 Stopped').click();
    await expect.poll(names).not.toContain('scratch');
    expect(names()).toHaveLength(10);
  });

  it('shows why a plan is out of date, and shows a malicious name as text', async () => {
    await openPreviewOfAll();
    await preview.checkbox('slow').uncheck();
    await preview.button('Stop and Remove 8').waitFor();
    fixture.server.engine.addContainer({ name: maliciousName, dependsOn: { requires: ['scratch'] }, state: 'created' });
    await preview.button('Update Plan').waitFor();
    expect(await preview.notice()).toBe(`The plan is out of date: 1 new container: ${maliciousName}.`);
    expect(await preview.buttons()).toContain('Stop and Remove 8 (disabled)');
    await window.screenshot('trust-5-outdated');
    await preview.button('Update Plan').click();
    await preview.button('Stop and Remove 9').waitFor();
    expect(await preview.lines()).toEqual(expect.arrayContaining([`[x] ${maliciousName}`, '[ ] slow: excluded']));
    expect(await preview.injectedElements()).toBe(0);
    await preview.button('Stop and Remove 9').click();
    await window.result(/Removed 1 pod and 8 containers in /).waitFor();
    expect(names()).toEqual(['registry', 'slow', 'vault']);
  });
});
