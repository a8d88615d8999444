import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { engineAvailable, type RunningEngine, startEngine } from '../../scripts/engines/engine';
import type { EngineSystemd } from '../../scripts/engines/systemd';
import { sshMissing } from '../../scripts/remote/prepare';
import { sshInto } from '../../scripts/remote/sshInto';
import type { SshTestbed } from '../../scripts/remote/sshWorld';
import { frameWith, type PodgraphWindow } from '../../scripts/workbench/podgraphWindow';
import { GraphWindow } from './graphWindow';
import { PreviewPage } from './trustWorkbench';
import { cleanUp, setTheme, UiWorkbench } from './workbench';

const quadlet = (
  name: string,
  { unit = '', container = '', command = 'trap "exit 0" TERM; while :; do sleep 0.1; done' },
) =>
  `[Unit]\n${unit}\n[Container]\nContainerName=${name}\nImage=localhost/bb:1\nExec=/busybox sh -c '${command}'\nStopTimeout=1\n${container}\n`;

/** An application: `job` is not started, `broken` fails. */
const files = {
  'shop/db.container': quadlet('db', {}),
  'shop/web.container': quadlet('web', { container: 'Network=db.container' }),
  'shop/worker.container': quadlet('worker', { unit: 'Requires=db.service\nAfter=db.service' }),
  'shop/job.container': quadlet('job', { unit: 'Wants=db.service\nAfter=db.service' }),
  'shop/broken.container': quadlet('broken', { command: 'exit 3' }),
};

const themes = [
  ['Light Modern', 'light'],
  ['Dark High Contrast', 'high-contrast'],
  ['Light High Contrast', 'high-contrast-light'],
  ['Dark Modern', 'dark'],
] as const;

const running = [
  'shop — Quadlet · 3 of 5 running',
  '  db — bb:1 · required by 3',
  '    web — shares net · bb:1',
  '    worker — bb:1',
  '    job.service — stopped, no container',
  '  broken.service — failed, no container',
];

const stopped = [
  'shop — Quadlet · stopped, no container',
  '  broken.service — failed, no container',
  '  db.service — stopped, no container · required by 3',
  '    job.service — stopped, no container',
  '    web.service — stopped, no container',
  '    worker.service — stopped, no container',
];

/** Over ssh, systemd is read after the containers. */
const slow = { timeout: 100_000 };

describe('an application of Quadlets', () => {
  /** Why the engine cannot be started here. */
  let missing: string | undefined;
  let engine: RunningEngine | undefined;
  let systemd: EngineSystemd;
  let testbed: SshTestbed | undefined;
  let workbench: UiWorkbench | undefined;
  let window: PodgraphWindow;

  beforeAll(async () => {
    const availability = await engineAvailable('podman-5-systemd');
    missing = availability.available ? await sshMissing() : availability.reason;
    if (missing !== undefined) return;
    engine = await startEngine('podman-5-systemd');
    if (!engine.systemd) throw new Error(`${engine.name} has no systemd`);
    systemd = engine.systemd;
    for (const [name, text] of Object.entries(files)) await systemd.writeQuadlet(name, text);
    for (const name of ['web', 'worker', 'broken']) await systemd.systemctl(['start', `${name}.service`]);
    testbed = await sshInto(systemd);
    workbench = await UiWorkbench.withSettings(
      { 'podgraph.connections': [{ address: `ssh://box${engine.socket}`, name: 'box' }] },
      // With VSCODE_CLI the server keeps the given PATH.
      { PATH: `${testbed.bin}:${process.env['PATH']}`, VSCODE_CLI: '1' },
    );
    ({ window } = workbench);
    await window.openView();
  });

  afterEach(async ({ task }) => workbench && cleanUp(window, task));

  afterAll(async () => {
    await workbench?.close();
    await testbed?.stop();
    await engine?.stop();
  });

  const test = (name: string, body: () => Promise<void>) =>
    it(name, (context: TestContext) => (missing === undefined ? body() : context.skip(missing)));

  const states = async (...names: readonly string[]) => {
    const { stdout } = await systemd.systemctl(['is-active', ...names.map((name) => `${name}.service`)]);
    return stdout.trim().split('\n');
  };
  const quadlets = async () => (await systemd.run(['ls', `${systemd.quadlets}/shop`])).stdout.trim().split('\n');

  const tree = (lines: readonly string[]) => expect.poll(() => window.tree(), slow).toEqual(lines);

  test('is a group, with its stopped and failed units', async () => {
    // Over ssh, and on a busy machine, systemd may respond after the engine.
    await expect
      .poll(async () => {
        await window.clickInTitle('Refresh');
        return window.tree();
      }, slow)
      .toEqual(running);
    for (const [theme, kind] of themes) {
      await setTheme(window, theme);
      await window.screenshot(`quadlets-1-tree-${kind}`);
    }
    const size = window.page.viewportSize();
    await window.page.setViewportSize({ width: 520, height: 700 });
    await window.screenshot('quadlets-1-tree-narrow');
    if (size) await window.page.setViewportSize(size);
  });

  test('has the name and state of a unit in the tooltip of its container', async () => {
    const showsTooltip = () =>
      window.showsTooltip(window.row('web'), 'web.service (active, generated)', window.row('worker'));
    await expect.poll(showsTooltip, slow).toBe(true);
    await window.screenshot('quadlets-2-hover');
    await window.page.keyboard.press('Escape');
  });

  test('has edges of systemd in the graph, marked as such', async () => {
    await window.runFromPalette('Podgraph: Open Graph');
    const graph = await GraphWindow.opened(window.page);
    await expect.poll(() => graph.names()).toContain('broken.service');
    for (const [theme, kind] of themes) {
      await setTheme(window, theme);
      await frameWith(window.page, `body[data-vscode-theme-kind="vscode-${kind}"] #drawing`);
      await window.screenshot(`quadlets-3-graph-${kind}`);
    }
    const showsEdge = async () => {
      await graph.movePointerAway();
      await graph.hoverBetween('worker', 'db');
      return graph.card.innerText();
    };
    await expect.poll(showsEdge).toContain('stops with db (systemd)');
    await window.screenshot('quadlets-4-edge');
  });

  test('is stopped through systemd', async () => {
    await window.chooseFromMenu(window.row('worker'), 'Stop');
    const { detail } = await window.dialogContent();
    expect(detail).toContain('worker.service will be stopped, and will create its container again when it starts.');
    expect(detail).not.toContain('--rm');
    await window.screenshot('quadlets-5-stop');
    await window.clickInDialog('Stop 1');
    await window.result(/Stopped 1 container in /).waitFor();
    await expect.poll(() => window.tree(), slow).toContain('    worker.service — stopped, no container');
    expect(await states('worker', 'db')).toEqual(['inactive', 'active']);
  });

  test('loses the file of a stopped unit, which is brought back', async () => {
    await window.chooseFromMenu(window.row('job.service'), 'Remove');
    expect(await window.dialogContent()).toMatchObject({
      message: expect.stringMatching(/^Remove systemd unit job\.service from podman 5/) as string,
      detail: 'The Quadlet file of job.service will be deleted.',
      buttons: ['Cancel', 'Preview', 'Remove 1'],
    });
    await window.screenshot('quadlets-6-remove-stopped');
    await window.clickInDialog('Remove 1');
    await window.result(/Removed 1 systemd unit in /).waitFor();
    await expect.poll(async () => (await window.rows()).map(({ label }) => label)).not.toContain('job.service');
    expect(await quadlets()).not.toContain('job.container');
    await window.runFromPalette('Podgraph: Bring Back…');
    await window.page.locator('.quick-input-list').getByText('1 systemd unit').waitFor();
    await window.page.keyboard.press('Enter');
    await window.clickInDialog('Bring Back 1');
    await window.result(/Brought back 1 /).waitFor();
    await expect.poll(() => window.tree(), slow).toContain('    job.service — stopped, no container');
    expect(await quadlets()).toContain('job.container');
    expect(await states('job')).toEqual(['inactive']);
  });

  test('will be created again after a removal, which question and report say', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    const { message, detail, buttons } = await window.dialogContent();
    expect(message).toMatch(/^Stop and remove 2 containers from podman 5/);
    expect(detail).toContain('db.service, web.service will be stopped, and will create their containers again');
    expect(buttons).toContain('Remove 5 Quadlets Too');
    await window.screenshot('quadlets-7-remove-all');
    await window.clickInDialog('Stop and Remove 2');
    await window.result(/Removed 2 containers in .*will create their containers again when they start\./).waitFor();
    await tree(stopped);
    await window.runFromPalette('Podgraph: Show Report');
    await window.page.getByText('db.service will create it again').first().waitFor();
    await window.screenshot('quadlets-8-report');
    expect(await states('db', 'web')).toEqual(['inactive', 'inactive']);
    expect((await quadlets()).length).toBe(Object.keys(files).length);
  });

  test('is removed with its files when that is ticked', async () => {
    await window.chooseFromMenu(window.row('web.service'), 'Start');
    await window.result(/Started 2 /).waitFor();
    await expect.poll(() => window.tree(), slow).toContain('    web — shares net · bb:1');
    await window.runFromPalette('Podgraph: Preview Removal of All');
    const preview = new PreviewPage(window.page);
    await preview.opened();
    await preview.toggle('Remove 5 Quadlets Too').check();
    await expect
      .poll(() => preview.sentences())
      .toContain('db.service, web.service will be stopped, and their Quadlet files deleted.');
    await window.screenshot('quadlets-9-preview');
    await preview.button('Stop and Remove 5').click();
    await window.result(/Removed 2 containers and 3 systemd units in /).waitFor();
    await window.welcome.waitFor();
    await window.screenshot('quadlets-10-removed');
    expect(await quadlets()).toEqual(['']);
  });
});
