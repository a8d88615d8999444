import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { violations } from './axe';
import type { DemoWorkbench } from './demoWorkbench';
import { frameWith, type PodgraphWindow } from '../../scripts/workbench/podgraphWindow';
import { GraphWindow, savedState } from './graphWindow';
import { largeFleet, maliciousName, shopFleet, startGraphFixture } from './graphWorld';
import { afterTest, setTheme } from './workbench';

describe('graph panel', () => {
  let demo: DemoWorkbench;
  let window: PodgraphWindow;
  let graph: GraphWindow;

  beforeAll(async () => {
    demo = await startGraphFixture();
    ({ window } = demo);
    // All edges are known when it is listed under both dependencies.
    await window.row('top', 1).waitFor();
    await window.runFromPalette('Podgraph: Open Graph');
    graph = await GraphWindow.opened(window.page);
  });

  beforeEach(() => graph.movePointerAway());

  afterEach(({ task }) => afterTest(window, task));

  afterAll(() => demo?.close());

  const selectedInTree = () => window.page.locator('.pane-body .monaco-list-row.selected .label-name').allInnerTexts();

  it('draws boxes, containers and edges with aria labels, and shows a malicious name as text', async () => {
    await expect
      .poll(() => graph.ariaLabels())
      .toEqual(
        expect.arrayContaining([
          'shop, pod, degraded, 2 containers',
          'cart, exited (1), in pod shop, shares pid of web',
          'base, running, required by left, right',
          'vault, running, protected',
          // A space breaks the Markdown link.
          `${maliciousName.replaceAll('](', '] (')}, compose project, 2 containers, 2 running`,
        ]),
      );
    const names = await graph.names();
    expect(names).toHaveLength(14);
    expect(names.find((name) => name.startsWith('<'))).toMatch(/^<img src=x .*…$/);
    expect(await graph.injectedElements()).toBe(0);
    expect(await graph.isFullyVisible()).toBe(true);
    await window.screenshot('graph-1-dark');
    expect(await violations(await frameWith(window.page, '#drawing'))).toEqual([]);
  });

  it('shows the impact of removing the hovered node, and the meaning of a hovered edge', async () => {
    await graph.hover('base');
    await expect.poll(() => graph.withClass('highlighted')).toEqual(['base', 'left', 'right', 'top']);
    expect(await graph.card.innerText()).toMatch(
      /^base\nrunning\n[^]*Removing base also removes these 3: left, right, top$/,
    );
    await window.screenshot('graph-2-closure');
    await graph.hover('top');
    await expect.poll(() => graph.card.innerText()).toContain('Only top is removed: nothing depends on it.');
    await graph.hoverBetween('left', 'base');
    await expect.poll(() => graph.card.innerText()).toBe('left: shares net of base · requires');
    await graph.hoverBetween('two', 'one');
    await expect.poll(() => graph.card.innerText()).toBe('two: uses volumes of one · starts after (optional)');
    await window.screenshot('graph-3-line');
  });

  it('shares selection and context menu with the tree', async () => {
    await graph.click('right');
    await expect.poll(selectedInTree).toEqual(['right']);
    expect(await graph.withClass('selected')).toEqual(['right']);
    await window.row('vault').click();
    await expect.poll(() => graph.withClass('selected')).toEqual(['vault']);
    const inTree = await (await window.contextMenu(window.row('base'))).allInnerTexts();
    await window.page.keyboard.press('Escape');
    await window.page.locator('.monaco-menu').waitFor({ state: 'detached' });
    await graph.click('base', 'right');
    const menu = window.page.locator('.monaco-menu .action-item:not(.disabled) .action-label:not(.separator)');
    await menu.first().waitFor();
    expect(await menu.allInnerTexts()).toEqual(inTree.filter((item) => item !== 'Show in Graph'));
    await window.screenshot('graph-4-menu');
    await window.page.keyboard.press('Escape');
  });

  it('supports the keyboard: arrows follow edges, Enter opens, Delete removes after confirmation', async () => {
    await graph.click('base');
    const press = async (key: string, current: string) => {
      await window.page.keyboard.press(key);
      await expect.poll(() => graph.withClass('current')).toEqual([current]);
    };
    const [side = ''] = ['left', 'right'];
    await press('ArrowUp', side);
    await press('ArrowUp', 'top');
    await press('ArrowDown', side);
    await press('ArrowRight', 'right');
    await press('ArrowDown', 'base');
    await expect.poll(selectedInTree).toEqual(['base']);
    await window.screenshot('graph-5-keys');
    await window.page.keyboard.press('Delete');
    expect((await window.dialogContent()).message).toBe('Remove base and the 3 containers that depend on it?');
    await window.clickInDialog('Cancel');
    await graph.click('leaf');
    await window.page.keyboard.press('Enter');
    // It opens beside the graph.
    await window.page.locator('.tab.active', { hasText: /leaf/ }).waitFor();
    await window.runFromPalette('View: Close All Editors in Group');
    await expect.poll(() => window.page.locator('.editor-group-container').count()).toBe(1);
    await window.page.locator('.tab', { hasText: /^Container Graph$/ }).click();
    graph = await GraphWindow.opened(window.page);
    await expect.poll(() => graph.withClass('selected')).toEqual(['leaf']);
  });

  it('searches by name, and applies the filter of the tree', async () => {
    await graph.search().fill('e');
    await expect
      .poll(() => graph.withClass('match'))
      .toEqual(['base', 'leaf', 'left', 'one', 'web', ...(await graph.maliciousNames())].sort());
    await graph.search().fill('');
    // The search has zoomed to a hit.
    await graph.button('fit').click();
    await window.runFromPalette('Podgraph: Filter');
    await window.page.locator('.quick-input-widget', { hasText: 'Filter Pods and Containers' }).waitFor();
    await window.page.keyboard.type('ef');
    await window.page.keyboard.press('Enter');
    await expect.poll(async () => (await graph.names()).sort()).toEqual(['base', 'left', 'top']);
    expect(await graph.withClass('context')).toEqual(['base', 'top']);
    expect(await graph.notice.innerText()).toBe('Filter “ef”: 1 of 13 shown.');
    await window.screenshot('graph-6-filter');
    await window.runFromPalette('Podgraph: Clear Filter');
    await expect.poll(() => graph.nodes()).toHaveLength(14);
    expect(await graph.isFullyVisible()).toBe(true);
  });

  it('shows the steps of the plan in the preview, and stays fully visible beside it', async () => {
    const badges = () => graph.badges();
    await graph.click('vault');
    await window.runFromPalette('Podgraph: Preview Removal of All');
    const preview = await frameWith(window.page, '#kept');
    const steps = {
      shop: '1',
      web: '1',
      cart: '1',
      top: '1',
      leaf: '1',
      two: '1',
      one: '2',
      root: '2',
      left: '2',
      right: '2',
      base: '3',
    };
    await expect.poll(badges).toMatchObject(steps);
    expect(await badges()).not.toHaveProperty('vault');
    await expect.poll(() => graph.isFullyVisible()).toBe(true);
    await window.screenshot('graph-7-plan');
    await graph.hover('vault');
    await expect.poll(() => graph.card.innerText()).toContain('running · protected');
    expect(await violations(preview)).toEqual([]);
    const name = preview.locator('.label', { hasText: /^top$/ });
    await preview.locator('.row', { has: name }).locator('input').uncheck();
    await expect.poll(badges).not.toHaveProperty('base');
    await window.screenshot('graph-8-excluded');
    await preview.locator('button', { hasText: 'Close' }).click();
    await expect.poll(badges).toEqual({});
    await expect.poll(() => window.page.locator('.editor-group-container').count()).toBe(1);
    await expect.poll(() => graph.isFullyVisible()).toBe(true);
  });

  it.each(['Light Modern', 'Dark High Contrast', 'Light High Contrast'])('is accessible in %s', async (theme) => {
    await setTheme(window, theme);
    await graph.hover('base');
    await window.screenshot(`graph-10-${theme.toLowerCase().replaceAll(' ', '-')}`);
    await graph.movePointerAway();
    expect(await violations(await frameWith(window.page, '#drawing'))).toEqual([]);
  });

  it('shows a removal without moving any node', async () => {
    const positions = async () => (await graph.nodes()).map(({ name, position }) => `${name} ${position}`).sort();
    const before = await positions();
    const { engine, server } = demo;
    const body = { cause: 'odd', message: 'no space left', response: 500 };
    const full = { kind: 'respond' as const, status: 500, body };
    engine.faults.add({ method: 'DELETE', path: server.idOf('leaf'), action: full });
    engine.faults.add({ method: 'DELETE', path: server.idOf('scratch'), action: { kind: 'delay', ms: 60_000 } });
    await window.runFromPalette('Podgraph: Remove All');
    await window.clickInDialog('Stop and Remove 12');
    await expect
      .poll(() => graph.subtitles())
      .toMatchObject({
        top: expect.stringMatching(/^stopping, \d+ s of 8 s$/) as string,
        left: 'waiting for dependents',
        base: 'waiting for dependents',
        shop: 'removed',
        web: 'removed',
        one: 'removed',
        root: expect.stringMatching(/^not removed: /) as string,
        scratch: 'removing',
      });
    expect(await positions()).toEqual(before);
    await window.screenshot('graph-11-removal');
    await graph.hover('root');
    await expect.poll(() => graph.card.innerText()).toContain('not removed: blocked by leaf');
    await engine.advance(8_000);
    await expect
      .poll(() => graph.subtitles())
      .toMatchObject({ top: 'removed', left: 'removed', base: 'removed', scratch: 'removing' });
    await graph.movePointerAway();
    await expect.poll(() => graph.status.innerText()).toMatch(/^\d+ of 12 removed/);
    await window.screenshot('graph-12-removing');
    await engine.advance(60_000);
    await expect.poll(async () => (await graph.names()).sort()).toEqual(['leaf', 'root', 'vault']);
    expect(await graph.withClass('bad')).toEqual(['leaf', 'root']);
    await expect.poll(() => graph.status.innerText()).toMatch(/^Removed 1 pod and 9 containers in .* leaf failed/);
    // What is left moves together.
    await expect.poll(async () => (await positions()).some((position) => before.includes(position))).toBe(false);
    await window.screenshot('graph-13-result');
  });

  it('restores its state after a reload', async () => {
    demo.engine.addFleet(shopFleet);
    await expect.poll(() => graph.names()).toContain('cart');
    await graph.button('collapseAll').click();
    await expect.poll(() => graph.nodes()).toHaveLength(4);
    await graph.click('vault');
    await graph.button('zoomIn').click();
    // Failures of containers are not restored.
    const state = async () =>
      (await graph.nodes()).map(({ name, subtitle, classes }) =>
        classes.includes('container') ? name : { name, subtitle, classes },
      );
    const before = await state();
    const scale = await graph.scale();
    // The editor saves its state when it is idle.
    await expect.poll(() => savedState(window.page), { interval: 1000, timeout: 90_000 }).toContain(`:${scale}`);
    await window.page.reload();
    graph = await GraphWindow.opened(window.page);
    await expect.poll(state).toEqual(before);
    expect(await graph.withClass('selected')).toEqual(['vault']);
    expect(await graph.scale()).toBe(scale);
    await window.screenshot('graph-14-reloaded');
  });

  it('arranges 300 containers so that names are legible, and shows tiles below that scale', async () => {
    const count = async () => (await graph.nodes()).length;
    demo.engine.addFleet(largeFleet);
    // Pods are collapsed.
    await expect.poll(count).toBeGreaterThanOrEqual(260);
    expect(await count()).toBeLessThan(300);
    await graph.button('expandAll').click();
    await expect.poll(count).toBeGreaterThan(300);
    await graph.button('fit').click();
    await expect.poll(() => graph.level()).toBe('names');
    expect(await graph.smallestName()).toBeGreaterThanOrEqual(11 - 0.01);
    await window.screenshot('graph-15-names-of-300');
    await graph.button('zoomOut').click();
    await expect.poll(() => graph.level()).toBe('tiles');
    expect((await graph.names()).filter(Boolean)).toEqual([]);
    await window.screenshot('graph-16-tiles-of-300');
  });

  it('shows what 300 containers use below them on request, and hides it again', async () => {
    const count = async (className: string) => (await graph.withClass(className)).length;
    await graph.button('collapseAll').click();
    expect(await count('resource')).toBe(0);
    await graph.button('resources').click();
    await expect.poll(() => graph.withClass('resources')).toEqual(['Images', 'Networks', 'Volumes']);
    expect(await count('resource')).toBe(0);
    await graph.button('fit').click();
    expect(await graph.isFullyVisible()).toBe(true);
    await window.screenshot('graph-17-resources-collapsed');
    await graph.button('zoomOut').click();
    await graph.button('zoomOut').click();
    await window.screenshot('graph-17-resources-smallest');
    await graph.button('fit').click();
    for (const [kind, className, expected] of [
      ['Images', 'image', 60],
      ['Networks', 'network', 40],
      ['Volumes', 'volume', 100],
    ] as const) {
      await graph.toggle(kind);
      await expect.poll(() => count(className)).toBe(expected);
    }
    await graph.button('fit').click();
    const nodes = await graph.nodes();
    const bottomOf = (isResource: boolean) =>
      nodes
        .filter(({ classes }) => classes.some((one) => one.startsWith('resource')) === isResource)
        .map(({ position }) => Number(position.split(' ')[1]));
    expect(Math.min(...bottomOf(true))).toBeGreaterThan(Math.max(...bottomOf(false)));
    await expect
      .poll(() => graph.ariaLabels())
      .toEqual(expect.arrayContaining(['volume, data-4, used by 1', 'volume, left-0, unused']));
    expect(await window.row('Volumes').innerText()).toContain('100 · 25 unused');
    await window.screenshot('graph-17-resources-light-high-contrast');
    expect(await violations(await frameWith(window.page, '#drawing'))).toEqual([]);
    for (const theme of ['Dark Modern', 'Light Modern']) {
      await setTheme(window, theme);
      await window.screenshot(`graph-17-resources-${theme.toLowerCase().replaceAll(' ', '-')}`);
      expect(await violations(await frameWith(window.page, '#drawing'))).toEqual([]);
    }
    await graph.search().fill('data-4');
    await graph.hover('data-4');
    await expect.poll(() => graph.card.innerText()).toMatch(/^data-4\nvolume · size unknown[^]*used by service-4\n/);
    await window.screenshot('graph-18-users-of-a-volume');
    await graph.search().fill('');
    await graph.button('resources').click();
    await expect.poll(() => count('resource')).toBe(0);
  });
});
