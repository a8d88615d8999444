import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { engineAvailable, type EngineVersion, type RunningEngine, startEngine } from '../../scripts/engines/engine';
import { createFleet, IGNORES_SIGTERM } from '../../scripts/engines/fleet';
import { sshMissing } from '../../scripts/remote/prepare';
import { SshTestbed } from '../../scripts/remote/sshWorld';
import type { PodgraphWindow } from '../../scripts/workbench/podgraphWindow';
import { afterTest, UiWorkbench } from './workbench';

/** Stop timeout in seconds: longer than the test, so that the container is still stopping when its engine is killed. */
const LONG_TIMEOUT = 600;

/** A real engine if that version is available, else the demo engine. */
async function startEngineOrDemo(version: EngineVersion): Promise<RunningEngine> {
  return startEngine((await engineAvailable(version)).available ? version : 'demo');
}

describe('three engines in one tree', () => {
  const started: RunningEngine[] = [];
  let here: RunningEngine;
  let docks: RunningEngine;
  let far: RunningEngine;
  /** Undefined without an SSH server; then the third engine is local, too. */
  let testbed: SshTestbed | undefined;
  let workbench: UiWorkbench;
  let window: PodgraphWindow;

  beforeAll(async () => {
    for (const version of ['podman-4.3', 'docker', 'podman-4.3'] as const)
      started.push(await startEngineOrDemo(version));
    [here, docks, far] = started as [RunningEngine, RunningEngine, RunningEngine];
    await Promise.all([fill(here), fillDocker(docks), fillFar(far)]);
    testbed = (await sshMissing()) === undefined ? await SshTestbed.create() : undefined;
    await testbed?.host('island');
    workbench = await UiWorkbench.withSettings(
      {
        'podgraph.connections': [
          { address: `unix://${here.socket}`, name: 'here' },
          { address: `unix://${docks.socket}`, name: 'docks' },
          { address: testbed ? `ssh://island${far.socket}` : `unix://${far.socket}`, name: 'far' },
          // The first engine over another transport.
          ...(testbed ? [{ address: `ssh://island${here.socket}`, name: 'round' }] : []),
        ],
      },
      // With VSCODE_CLI the server keeps the given PATH.
      testbed ? { PATH: `${testbed.bin}:${process.env['PATH']}`, VSCODE_CLI: '1' } : {},
    );
    ({ window } = workbench);
    await window.openView();
  });

  afterEach(({ task }) => afterTest(window, task));

  afterAll(async () => {
    await workbench?.close();
    await testbed?.stop();
    await Promise.all(started.map((engine) => engine.stop()));
  });

  async function fill(engine: RunningEngine) {
    const fleet = createFleet(engine);
    await fleet.pod('shop');
    await fleet.container({ name: 'shop-web', pod: 'shop' });
    await fleet.container({ name: 'base' });
    await fleet.container({ name: 'mid', network: 'base' });
  }

  async function fillDocker(engine: RunningEngine) {
    const fleet = createFleet(engine);
    await fleet.container({ name: 'proxy' });
    await fleet.container({ name: 'app', network: 'proxy' });
  }

  async function fillFar(engine: RunningEngine) {
    await createFleet(engine).container({ name: 'stuck', command: IGNORES_SIGTERM, stopTimeout: LONG_TIMEOUT });
    await createFleet(engine).container({ name: 'quick' });
  }

  const roots = async () => (await window.rows()).filter(({ level }) => level === 1).map(({ label }) => label);
  const rowOf = async (label: string) => (await window.rows()).find((row) => row.label === label);
  const left = async (engine: RunningEngine) => (await createFleet(engine).containerIds()).length;

  it('shows each engine as a root', async () => {
    await expect
      .poll(() => window.tree())
      .toEqual([
        `here — ${here.name}`,
        '  shop — pod · 1 running',
        '    shop-web — bb:1',
        '  base — bb:1 · required by 1',
        '    mid — shares net · bb:1',
        `docks — ${docks.name}`,
        '  proxy — bb:1 · required by 1',
        '    app — shares net · bb:1',
        `far — ${far.name}`,
        '  quick — bb:1',
        '  stuck — bb:1',
      ]);
    await window.screenshot('hosts-1-three-engines');
  });

  it('moves, hides and shows connections', async () => {
    await window.chooseFromMenu(window.row('docks'), 'Move Up');
    await expect.poll(roots).toEqual(['docks', 'here', 'far']);
    await window.chooseFromMenu(window.row('docks'), 'Move Down');
    await expect.poll(roots).toEqual(['here', 'docks', 'far']);
    await window.chooseFromMenu(window.row('far'), 'Hide Connection');
    await expect.poll(roots).toEqual(['here', 'docks']);
    await window.runFromPalette('Podgraph: Select Connections');
    const itemOf = (name: string) => window.page.locator('.quick-input-list .monaco-list-row', { hasText: name });
    const item = itemOf('far');
    await item.waitFor();
    if (testbed) expect(await itemOf('round').textContent()).toContain('the same engine as here');
    await window.screenshot('hosts-2-select');
    await item.click();
    await window.page.locator('.quick-input-widget', { hasText: testbed ? '4 Selected' : '3 Selected' }).waitFor();
    await window.page.keyboard.press('Enter');
    await expect.poll(() => rowOf('far')).toMatchObject({ description: far.name });
    await expect.poll(() => rowOf('stuck')).toBeDefined();
  });

  it('confirms a removal from all engines once', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    const { message, buttons } = await window.dialogContent();
    expect(message).toBe('Stop and remove 1 pod and 7 containers from 3 engines?');
    expect(buttons).toContain('Stop and Remove 8');
    await window.screenshot('hosts-3-confirmation');
    await window.clickInDialog('Stop and Remove 8');
  });

  it('reports unknown results of an engine that is killed during the run, and completes the others', async () => {
    await expect.poll(async () => (await rowOf('stuck'))?.description).toMatch(/^stopping/);
    await expect.poll(() => left(far)).toBe(1);
    await far.kill();
    await expect.poll(roots).toEqual(['here', 'docks', 'far']);
    await window.toast('The engine disconnected').waitFor();
    expect([await left(here), await left(docks)]).toEqual([0, 0]);
    const unreachable = expect.stringMatching(/^(not responding|engine socket not available)$/) as string;
    await expect.poll(() => rowOf('far')).toMatchObject({ description: unreachable });
    await expect
      .poll(() => rowOf('stuck'))
      .toMatchObject({
        description: 'removal unconfirmed: engine disconnected',
        ariaLabel: expect.stringMatching(/last known state$/) as string,
      });
    expect(await rowOf('base')).toBeUndefined();
    await window.screenshot('hosts-4-disconnected');
  });

  it('reconciles the results when the engine reconnects', async () => {
    await far.restart();
    // Automatic retries may take 30 s.
    await window.runFromPalette('Podgraph: Refresh');
    await expect.poll(() => rowOf('far')).toMatchObject({ description: far.name });
    await window.toast('stuck failed').waitFor();
    // The tree is refreshed after the notification.
    await expect.poll(async () => (await rowOf('stuck'))?.description).toMatch(/^not removed/);
    await window.screenshot('hosts-5-reconciled');
  });
});
