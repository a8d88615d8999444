import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DemoWorkbench } from './demoWorkbench';
import type { PodgraphWindow } from '../../scripts/workbench/podgraphWindow';
import { cleanUp } from './workbench';

const containers = [
  { name: 'base' },
  { name: 'left', dependsOn: { net: 'base' } },
  { name: 'right', dependsOn: { requires: ['base'] } },
  { name: 'top', dependsOn: { requires: ['left', 'right'] } },
];

describe('inspect commands', () => {
  let demo: DemoWorkbench;
  let window: PodgraphWindow;

  beforeAll(async () => {
    demo = await DemoWorkbench.start({ pods: [], containers });
    ({ window } = demo);
  });

  beforeEach(async () => {
    await expect.poll(() => window.tree()).toContainEqual(expect.stringMatching(/^ {4}top — /));
  });

  afterEach(({ task }) => cleanUp(window, task));

  afterAll(() => demo?.close());

  /** The visible lines of the editor. */
  const editorText = async () => {
    const lines = await window.page.locator('.editor-instance .view-line').allInnerTexts();
    return lines.map((line) => line.replaceAll('\u00a0', ' ')).join('\n');
  };
  const requests = (pattern: RegExp) => demo.engine.state().requests.filter(({ path }) => pattern.test(path));

  it('explains the dependencies of a container, path by path', async () => {
    await window.chooseFromMenu(window.row('base'), 'Explain Dependencies');
    await expect.poll(editorText).toContain('Used by 3 (removed first):');
    const text = await editorText();
    expect(text).toContain('Dependencies of base');
    expect(text).toContain('left: shares net of base');
    expect(text).toMatch(/top: requires (left|right) → .* base · also via (left|right)/);
    expect(text).toContain('base is running: it is stopped first.');
    await window.screenshot('inspect-1-dependents');
  });

  it('links from an inspected container to its dependency', async () => {
    await window.chooseFromMenu(window.row('left'), 'Inspect');
    await expect.poll(editorText).toContain(`"Id": "${demo.server.idOf('left')}"`);
    // The dependency is further down: scroll to it by the find widget.
    const reference = `container:${demo.server.idOf('base')}`;
    await window.page.locator('.editor-instance .view-lines').first().click();
    await window.page.keyboard.press('Control+F');
    await window.page.locator('.find-widget.visible textarea').first().waitFor();
    await window.page.keyboard.type(reference);
    await window.page.keyboard.press('Escape');
    const line = window.page.locator('.editor-instance .view-line', { hasText: reference });
    const link = line.locator('.detected-link').first();
    await link.waitFor();
    await window.screenshot('inspect-2-json');
    // By raw mouse events: Playwright's scrolling makes the editor render its lines again.
    const box = await link.boundingBox();
    if (!box) throw new Error('The link is not visible.');
    await window.page.keyboard.down('Control');
    await window.page.mouse.click(box.x + 20, box.y + box.height / 2);
    await window.page.keyboard.up('Control');
    await expect
      .poll(() => window.page.locator('.pane-body .monaco-list-row.selected .label-name').allInnerTexts())
      .toEqual(['base']);
  });

  it('follows the log of a container in its own terminal, until it is closed', async () => {
    await window.chooseFromMenu(window.row('right'), 'Follow Logs');
    const shown = async () => (await window.page.locator('.xterm-rows').first().innerText()).replaceAll('\u00a0', ' ');
    await expect.poll(shown).toContain('right started');
    await window.page.locator('.part.panel', { hasText: 'Podgraph: right' }).first().waitFor();
    await window.screenshot('inspect-3-log');
    await window.runFromPalette('Podgraph: Stop Following Logs');
    await expect.poll(shown).toContain('stopped following');
    await window.runFromPalette('Terminal: Kill All Terminals');
    await window.page.locator('.xterm').waitFor({ state: 'detached' });
  });

  it('opens a shell that takes input, and closes the terminal on exit', async () => {
    const terminal = window.page.locator('.xterm');
    await openShell();
    await terminal.first().click();
    await window.screenshot('inspect-3-shell');
    const shown = async () => (await window.page.locator('.xterm-rows').first().innerText()).replaceAll('\u00a0', ' ');
    // The quotes distinguish the output from the echo.
    await window.page.keyboard.type('echo an""swer');
    await window.page.keyboard.press('Enter');
    await expect.poll(shown).toMatch(/^answer/m);
    await window.page.keyboard.type('exit');
    await window.page.keyboard.press('Enter');
    await terminal.waitFor({ state: 'detached' });
  });

  it('terminates the shell when its terminal is closed', async () => {
    await openShell();
    const before = requests(/\/exec$/).length;
    await window.runFromPalette('Terminal: Kill the Active Terminal Instance');
    await expect.poll(() => requests(/\/exec$/).length).toBeGreaterThan(before);
    await window.page.locator('.xterm').waitFor({ state: 'detached' });
  });

  it('shows engine data as text', async () => {
    const maliciousImage = '<img src=x onerror=alert(1)> **bold** [link](https://x.y)';
    demo.engine.addContainer({ name: 'plain', state: 'created', image: maliciousImage });
    await expect.poll(() => window.tree()).toContainEqual(expect.stringMatching(/^plain — created · /));
    await window.row('plain').hover();
    const hover = window.page.locator('.workbench-hover .rendered-markdown');
    await hover.waitFor();
    expect((await hover.innerText()).replaceAll('] (', '](')).toContain(maliciousImage);
    expect(await hover.locator('img, b').count()).toBe(0);
    expect(await hover.locator('a').allInnerTexts()).toEqual([
      expect.stringMatching(/^[0-9a-f]{12}$/),
      'Logs',
      'Inspect',
      'Remove…',
    ]);
    await window.screenshot('inspect-4-tooltip');
    await window.chooseFromMenu(window.row('plain'), 'Remove');
    await window.clickInDialog('Remove 1');
    await window.result('Removed 1 container').waitFor();
  });

  it('follows the logs of a compose project in one terminal', async () => {
    const labels = { 'com.docker.compose.project': 'shop' };
    for (const name of ['shop-db-1', 'shop-api-1']) demo.engine.addContainer({ name, labels });
    await window.row('shop').waitFor();
    await window.chooseFromMenu(window.row('shop'), 'Follow Logs');
    const shown = async () => (await window.page.locator('.xterm-rows').first().innerText()).replaceAll('\u00a0', ' ');
    await expect.poll(shown).toMatch(/shop-api-1 \| .*started/);
    await expect.poll(shown).toMatch(/shop-db-1 {2}\| .*started/);
    await window.page.locator('.part.panel', { hasText: 'Podgraph: shop' }).first().waitFor();
    await window.screenshot('inspect-5-project-logs');
    await window.runFromPalette('Terminal: Kill All Terminals');
  });

  /** Opens a shell in `left`; resolves when it has started and its terminal is visible. */
  async function openShell() {
    const started = () => requests(/\/exec\/\w+\/start$/).filter(({ status }) => status === 101).length;
    const before = started();
    await window.chooseFromMenu(window.row('left'), 'Open Shell');
    await expect.poll(started).toBe(before + 1);
    await window.page.locator('.xterm').first().waitFor();
  }
});
