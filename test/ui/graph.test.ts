import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { violations } from './axe';
import type { DemoWorkbench } from './demoWorkbench';
import { frameWith, GraphWindow, putAway } from './graphWindow';
import { maliciousNames, podAgain, startGraphWorld } from './graphWorld';
import type { PodgraphWindow } from './window';
import { readObserver } from './workbench';

describe('the graph one can see', () => {
  let demo: DemoWorkbench;
  let window: PodgraphWindow;
  let graph: GraphWindow;

  beforeAll(async () => {
    demo = await startGraphWorld();
    ({ window } = demo);
    // It stands under both that it needs as soon as all is known.
    await window.row('top', 1).waitFor();
    await window.runFromPalette('Podgraph: Open Graph');
    graph = await GraphWindow.opened(window.page);
  });

  beforeEach(() => graph.leave());

  afterEach(({ task }) => readObserver(window, task));

  afterAll(() => demo?.close());

  const selectedInTree = () => window.page.locator('.pane-body .monaco-list-row.selected .label-name').allInnerTexts();

  it('draws boxes, containers and lines, says them to those who hear, and takes a hostile name as text', async () => {
    await expect
      .poll(() => graph.spoken())
      .toEqual(
        expect.arrayContaining([
          'shop, pod, degraded, 2 containers',
          'cart, exited, in pod shop, shares pid of web',
          'base, running, needed by left, right',
          'vault, running, protected',
          // A link in a name is shown as text: a space keeps its brackets apart.
          `${maliciousNames.replaceAll('](', '] (')}, compose project, 2 containers, 2 running`,
        ]),
      );
    const names = await graph.names();
    expect(names).toHaveLength(14);
    expect(names.find((name) => name.startsWith('<'))).toMatch(/^<img src=x .*…$/);
    expect(await graph.strangers()).toBe(0);
    expect(await graph.isWhole()).toBe(true);
    await window.picture('graph-1-dark');
    expect(await violations(await frameWith(window.page, '#drawing'))).toEqual([]);
  });

  it('shows what goes along with what is under the pointer, and what a line means', async () => {
    await graph.hover('base');
    await expect.poll(() => graph.marked('lit')).toEqual(['base', 'left', 'right', 'top']);
    expect(await graph.status.innerText()).toBe('Removing base also removes these 3: left, right, top');
    await window.picture('graph-2-closure');
    await graph.hover('top');
    await expect.poll(() => graph.status.innerText()).toBe('top is removed alone: nothing depends on it.');
    await graph.hoverBetween('left', 'base');
    await expect.poll(() => graph.status.innerText()).toBe('left: shares net of base · requires');
    await graph.hoverBetween('two', 'one');
    await expect.poll(() => graph.status.innerText()).toBe('two: uses volumes of one · comes after, can do without');
    await window.picture('graph-3-line');
  });

  it('has one selection with the tree, and its menu', async () => {
    await graph.click('right');
    await expect.poll(selectedInTree).toEqual(['right']);
    expect(await graph.marked('selected')).toEqual(['right']);
    await window.row('vault').click();
    await expect.poll(() => graph.marked('selected')).toEqual(['vault']);
    const inTree = await (await window.contextMenu(window.row('base'))).allInnerTexts();
    await window.page.keyboard.press('Escape');
    await window.page.locator('.monaco-menu').waitFor({ state: 'detached' });
    await graph.click('base', 'right');
    const menu = window.page.locator('.monaco-menu .action-item:not(.disabled) .action-label:not(.separator)');
    await menu.first().waitFor();
    expect(await menu.allInnerTexts()).toEqual(inTree.filter((words) => words !== 'Open Graph'));
    await window.picture('graph-4-menu');
    await window.page.keyboard.press('Escape');
  });

  it('is gone through by keys: arrows follow lines, Enter opens, Delete asks', async () => {
    await graph.click('base');
    const press = async (key: string, there: string) => {
      await window.page.keyboard.press(key);
      await expect.poll(() => graph.marked('current')).toEqual([there]);
    };
    const [side = ''] = ['left', 'right'];
    await press('ArrowUp', side);
    await press('ArrowUp', 'top');
    await press('ArrowDown', side);
    await press('ArrowRight', 'right');
    await press('ArrowDown', 'base');
    await expect.poll(selectedInTree).toEqual(['base']);
    await window.picture('graph-5-keys');
    await window.page.keyboard.press('Delete');
    expect((await window.question()).message).toBe('base is used by left, right.');
    await window.answer('Cancel');
    await graph.click('leaf');
    await window.page.keyboard.press('Enter');
    await window.page.locator('.tab.active', { hasText: /leaf/ }).waitFor();
    await window.page.locator('.tab', { hasText: /^Podgraph$/ }).click();
    graph = await GraphWindow.opened(window.page);
    await expect.poll(() => graph.marked('selected')).toEqual(['leaf']);
  });

  it('finds by name, and shows what the filter of the tree lets through', async () => {
    await graph.search().fill('e');
    await expect
      .poll(() => graph.marked('found'))
      .toEqual(['base', 'leaf', 'left', 'one', 'web', ...(await graph.hostile())].sort());
    await graph.search().fill('');
    await window.runFromPalette('Podgraph: Filter');
    await window.page.locator('.quick-input-title', { hasText: 'Filter Pods and Containers' }).waitFor();
    await window.page.keyboard.type('ef');
    await window.page.keyboard.press('Enter');
    await expect.poll(() => graph.names()).toEqual(['left']);
    expect(await graph.note.innerText()).toBe('Filter “ef”: 1 of 13 shown.');
    await window.picture('graph-6-filter');
    await window.runFromPalette('Podgraph: Clear Filter');
    await expect.poll(() => graph.nodes()).toHaveLength(14);
    expect(await graph.isWhole()).toBe(true);
  });

  it('draws a plan that is looked at wave by wave, and stays whole beside it', async () => {
    const stamps = () => graph.stamps();
    await graph.click('vault');
    await window.runFromPalette('Podgraph: Preview Removal of All');
    const preview = await frameWith(window.page, '#stays');
    const waves = {
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
    await expect.poll(stamps).toMatchObject(waves);
    expect(await stamps()).not.toHaveProperty('vault');
    await expect.poll(() => graph.isWhole()).toBe(true);
    await graph.button('wave-2').click();
    await expect.poll(() => graph.marked('wave')).toEqual([...(await graph.hostile()), 'left', 'one', 'right', 'root']);
    expect(await graph.marked('past')).toEqual(['cart', 'leaf', 'scratch', 'shop', 'top', 'two', 'web']);
    expect(await graph.status.innerText()).toBe('Step 2: 4 containers');
    await window.picture('graph-7-wave');
    await graph.hover('vault');
    await expect.poll(() => graph.status.innerText()).toBe('vault: stays: protected by label');
    expect(await violations(preview)).toEqual([]);
    const name = preview.locator('.name', { hasText: /^top$/ });
    await preview.locator('.row', { has: name }).locator('input').uncheck();
    await expect.poll(stamps).not.toHaveProperty('base');
    await window.picture('graph-8-taken-out');
    await preview.locator('button', { hasText: 'Close' }).click();
    await expect.poll(stamps).toEqual({});
    await expect.poll(() => window.page.locator('.editor-group-container').count()).toBe(1);
    await expect.poll(() => graph.isWhole()).toBe(true);
  });

  it.each(['Light Modern', 'Dark High Contrast', 'Light High Contrast'])('is to be read in %s', async (theme) => {
    await window.page.keyboard.press('Control+K');
    await window.page.keyboard.press('Control+T');
    await window.page.locator('.quick-input-list .monaco-list-row:visible').first().waitFor();
    await window.page.keyboard.type(theme);
    const row = window.page.locator('.quick-input-list .monaco-list-row.focused:visible');
    await row.filter({ hasText: theme }).waitFor();
    await window.page.keyboard.press('Enter');
    await row.waitFor({ state: 'hidden' });
    await graph.hover('base');
    await window.picture(`graph-10-${theme.toLowerCase().replaceAll(' ', '-')}`);
    await graph.leave();
    expect(await violations(await frameWith(window.page, '#drawing'))).toEqual([]);
  });

  it('plays out a removal without moving anything', async () => {
    const places = async () => (await graph.nodes()).map(({ name, place }) => `${name} ${place}`).sort();
    const before = await places();
    const { engine, served } = demo;
    const body = { cause: 'odd', message: 'no space left', response: 500 };
    const full = { kind: 'answer' as const, status: 500, body };
    engine.faults.add({ method: 'DELETE', path: served.idOf('leaf'), action: full });
    engine.faults.add({ method: 'DELETE', path: served.idOf('scratch'), action: { kind: 'delay', ms: 60_000 } });
    await window.runFromPalette('Podgraph: Remove All');
    await window.answer('Stop and Remove 12');
    await expect
      .poll(() => graph.lines())
      .toMatchObject({
        top: expect.stringMatching(/^stopping, \d+ s of 8 s$/) as string,
        left: 'waiting for dependents',
        base: 'waiting for dependents',
        shop: 'gone',
        web: 'gone',
        one: 'gone',
        root: expect.stringMatching(/^not removed: /) as string,
        scratch: 'removing',
        vault: 'running · protected',
      });
    expect(await places()).toEqual(before);
    await window.picture('graph-11-removal');
    await graph.hover('root');
    await expect.poll(() => graph.status.innerText()).toBe('root: not removed: leaf could not go first');
    await engine.advance(8_000);
    await expect
      .poll(() => graph.lines())
      .toMatchObject({ top: 'gone', left: 'gone', base: 'gone', scratch: 'removing' });
    await graph.leave();
    await expect.poll(() => graph.status.innerText()).toMatch(/^Removing 12 · /);
    await window.picture('graph-12-removing');
    await engine.advance(60_000);
    await expect.poll(async () => (await graph.names()).sort()).toEqual(['leaf', 'root', 'vault']);
    expect(await graph.marked('bad')).toEqual(['leaf', 'root']);
    expect(before).toEqual(expect.arrayContaining(await places()));
    await expect.poll(() => graph.status.innerText()).toMatch(/^Removed 1 pod and 9 containers in .* leaf failed/);
    await window.picture('graph-13-result');
  });

  it('is there again after a reload, as it was', async () => {
    demo.engine.addFleet(podAgain);
    await expect.poll(() => graph.names()).toContain('cart');
    await graph.button('foldAll').click();
    await expect.poll(() => graph.nodes()).toHaveLength(4);
    await graph.click('vault');
    await graph.button('zoomIn').click();
    // What failed is remembered by the window that saw it fail, and not by the next one.
    const looks = async () =>
      (await graph.nodes()).map(({ name, line, marks }) =>
        marks.includes('container') ? name : { name, line, marks },
      );
    const before = await looks();
    const scale = await graph.scale();
    // The editor puts its state away when it has nothing else to do for a while.
    await expect.poll(() => putAway(window.page), { interval: 1000, timeout: 90_000 }).toContain(`:${scale}`);
    await window.page.reload();
    graph = await GraphWindow.opened(window.page);
    await expect.poll(looks).toEqual(before);
    expect(await graph.marked('selected')).toEqual(['vault']);
    expect(await graph.scale()).toBe(scale);
    await window.picture('graph-14-reloaded');
  });
});
