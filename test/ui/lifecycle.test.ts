import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DemoEngine } from '../../src/demo/engine';
import { DemoWorkbench } from './demoWorkbench';
import { PreviewPage } from './trustWorkbench';
import { frameWith, type PodgraphWindow } from '../../scripts/workbench/podgraphWindow';
import { GraphWindow } from './graphWindow';
import { cleanUp, setTheme } from './workbench';

/** A running chain `top > mid > base`, stopped containers, one of them in a pod, and dangling volumes. */
const fleet = {
  pods: [{ name: 'done', infraState: 'exited' as const }],
  containers: [
    { name: 'base' },
    { name: 'mid', dependsOn: { net: 'base' } },
    { name: 'top', dependsOn: { net: 'mid' } },
    { name: 'job', pod: 'done', state: 'exited' as const },
    { name: 'finished', state: 'exited' as const },
    { name: 'scratch', state: 'created' as const },
  ],
  volumes: [{ daysOld: 3 }, { name: 'kept', daysOld: 400 }],
};

const up = ['base — bb:1 · required by 1', '  mid — shares net · bb:1 · required by 1', '    top — shares net · bb:1'];
const down = [
  'base — exited (0) · bb:1 · required by 1',
  '  mid — exited (0) · shares net · bb:1 · required by 1',
  '    top — exited (0) · shares net · bb:1',
];

const themes = [
  ['Light Modern', 'light'],
  ['Dark High Contrast', 'high-contrast'],
  ['Light High Contrast', 'high-contrast-light'],
  ['Dark Modern', 'dark'],
] as const;

describe('stop, start and prune in a workbench', () => {
  let demo: DemoWorkbench;
  let engine: DemoEngine;
  let window: PodgraphWindow;

  beforeAll(async () => {
    demo = await DemoWorkbench.start(fleet);
    ({ engine, window } = demo);
  });

  afterEach(({ task }) => cleanUp(window, task));

  afterAll(() => demo?.close());

  async function chain() {
    return (await window.tree()).filter((line) => /^ *(base|mid|top) /.test(line));
  }

  it('shows the dependents of a container in its tooltip, path by path', async () => {
    await expect.poll(chain).toEqual(up);
    const showsTooltip = () => window.showsTooltip(window.row('base'), '2 depend on base', window.row('finished'));
    await expect.poll(showsTooltip).toBe(true);
    const paths = await window.tooltip.locator('li').allInnerTexts();
    expect(paths).toEqual(['mid: shares net of base', 'top: shares net of mid → shares net of base']);
    await window.screenshot('lifecycle-1-hover');
    await window.page.keyboard.press('Escape');
  });

  it('stops a container with its dependents, dependents first', async () => {
    await window.chooseFromMenu(window.row('base'), 'Stop with Dependents');
    const { message, detail } = await window.dialogContent();
    expect(message).toBe('Stop base and the 2 containers that depend on it?');
    expect(detail).toContain('top: running, up to 10 s to stop');
    await window.clickInDialog('Stop 3');
    await window.result(/Stopped 3 containers in /).waitFor();
    await expect.poll(chain).toEqual(down);
    expect(demo.server.asked('stop')).toEqual(['top', 'mid', 'base']);
    await window.screenshot('lifecycle-2-stopped');
  });

  it('starts a container with its dependencies, dependencies first', async () => {
    await window.chooseFromMenu(window.row('top'), 'Start with Dependencies');
    await window.result(/Started 3 containers in /).waitFor();
    await expect.poll(chain).toEqual(up);
    expect(demo.server.asked('start')).toEqual(['base', 'mid', 'top']);
  });

  it('brings a removal back', async () => {
    await window.chooseFromMenu(window.row('base'), 'Remove with Dependents');
    await window.clickInDialog('Stop and Remove 3');
    await window.result(/Removed 3 containers in /).waitFor();
    await expect.poll(chain).toEqual([]);
    await window.runFromPalette('Podgraph: Bring Back…');
    await window.page.locator('.quick-input-list').getByText('3 containers').waitFor();
    await window.screenshot('lifecycle-4-removals');
    await window.page.keyboard.press('Enter');
    expect((await window.dialogContent()).message).toMatch(/^Bring back 3 containers on /);
    await window.screenshot('lifecycle-5-bring-back');
    await window.clickInDialog('Bring Back 3');
    await window.result(/Brought back 3 containers in /).waitFor();
    await expect.poll(chain).toEqual(up);
  });

  it('recreates a container with its dependents after one question', async () => {
    await window.chooseFromMenu(window.row('mid'), 'Recreate…');
    const { message, buttons } = await window.dialogContent();
    expect(message).toBe('Recreate mid and the 1 container that depends on it?');
    // The tag of its image has not moved.
    expect(buttons).toEqual(['Cancel', 'Preview', 'Recreate 2']);
    await window.screenshot('lifecycle-6-recreate');
    await window.clickInDialog(/^Recreate 2$/);
    await window.result(/Recreated 2 containers in /).waitFor();
    await expect.poll(chain).toEqual(up);
    await window.runFromPalette('Podgraph: Show Report');
    await window.page.getByText('Recreated (2)').first().waitFor();
    await window.screenshot('lifecycle-7-report');
  });

  it('previews a prune, and removes exactly the previewed nodes', async () => {
    await window.runFromPalette('Podgraph: Prune…');
    const preview = new PreviewPage(window.page);
    await preview.opened();
    const [volume = ''] = engine.state().volumes;
    const selected = [
      'Stopped containers (2 of 2)',
      '[x] finished',
      '[x] scratch',
      'Stopped pods (1 of 1)',
      '[x] done',
      '[x] job',
    ];
    expect((await preview.lines()).slice(0, 7)).toEqual([...selected, 'Unused anonymous volumes (0 of 1)']);
    await window.screenshot('lifecycle-2-prune');
    await preview.frame.getByLabel('Unused anonymous volumes (0 of 1)').check();
    await expect
      .poll(() => preview.lines())
      .toEqual([
        ...selected,
        'Unused anonymous volumes (1 of 1)',
        `[x] ${volume.slice(0, 12)}: permanently deletes its data`,
      ]);
    await window.screenshot('lifecycle-3-prune');
    engine.addContainer({ name: 'late', state: 'exited' });
    await window.row('late').waitFor();
    await preview.button('Remove 5').click();
    await window.result(/Removed 1 pod, 3 containers and 1 volume in /).waitFor();
    expect(engine.state().volumes).toEqual(['kept']);
    await expect.poll(() => window.tree()).toEqual([...up, 'late — exited (0) · bb:1']);
  });

  it('shows a container in the old network of a restarted one in tree and graph, and repairs it', async () => {
    const containers = [
      { name: 'vpn', isRestarted: true },
      { name: 'downloader', dependsOn: { net: 'vpn' } },
    ];
    engine.addFleet({ pods: [], containers });
    const row = async () => (await window.tree()).filter((line) => line.includes('downloader'));
    await expect.poll(row).toEqual(['  downloader — detached from vpn · shares net · bb:1']);
    await window.runFromPalette('Podgraph: Open Graph');
    const graph = await GraphWindow.opened(window.page);
    await expect.poll(() => graph.hasEdge('detached')).toBe(true);
    for (const [theme, kind] of themes) {
      await setTheme(window, theme);
      await frameWith(window.page, `body[data-vscode-theme-kind="vscode-${kind}"] #drawing`);
      await window.screenshot(`lifecycle-8-detached-${kind}`);
    }
    await graph.hover('downloader');
    await expect.poll(() => graph.card.innerText()).toMatch(/^downloader\ndetached from vpn\n/);
    await window.screenshot('lifecycle-9-detached-hover');
    await window.chooseFromMenu(window.row('downloader'), 'Repair');
    await window.result(/Restarted 1 container in /).waitFor();
    await expect.poll(row).toEqual(['  downloader — shares net · bb:1']);
    await expect.poll(() => graph.hasEdge('detached')).toBe(false);
    await window.screenshot('lifecycle-10-repaired');
  });
});
