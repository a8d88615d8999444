import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { engineAvailable, type EngineVersion, type RunningEngine, startEngine } from '../../scripts/engines/engine';
import { createFleet, IGNORES_SIGTERM } from '../../scripts/engines/fleet';
import { sshMissing } from '../../scripts/hosts/prepare';
import { SshTestbed } from '../../scripts/hosts/sshWorld';
import type { PodgraphWindow } from './window';
import { readObserver, UiWorkbench } from './workbench';

/** Seconds that what is stubborn may take to stop: longer than any step here, so that it is still stopping when its engine dies. */
const LONG = 600;

/** A real engine of the line where there is one, else the demo engine. */
async function engineOf(line: EngineVersion): Promise<RunningEngine> {
  return startEngine((await engineAvailable(line)).available ? line : 'demo');
}

describe('three engines in one tree', () => {
  const started: RunningEngine[] = [];
  let here: RunningEngine;
  let docks: RunningEngine;
  let far: RunningEngine;
  /** The third is reached over ssh, where there is a server for it. */
  let world: SshTestbed | undefined;
  let workbench: UiWorkbench;
  let window: PodgraphWindow;

  beforeAll(async () => {
    for (const line of ['podman-4.3', 'docker', 'podman-4.3'] as const) started.push(await engineOf(line));
    [here, docks, far] = started as [RunningEngine, RunningEngine, RunningEngine];
    await Promise.all([fill(here), fillDocker(docks), fillFar(far)]);
    world = (await sshMissing()) === undefined ? await SshTestbed.create() : undefined;
    await world?.host('island');
    workbench = await UiWorkbench.showing(
      {
        'podgraph.connections': [
          { address: `unix://${here.socket}`, name: 'here' },
          { address: `unix://${docks.socket}`, name: 'docks' },
          { address: world ? `ssh://island${far.socket}` : `unix://${far.socket}`, name: 'far' },
          // The first one again, by another way.
          ...(world ? [{ address: `ssh://island${here.socket}`, name: 'round' }] : []),
        ],
      },
      // A server that the command line started, as it calls itself by VSCODE_CLI, keeps the PATH that it was given.
      world ? { PATH: `${world.bin}:${process.env['PATH']}`, VSCODE_CLI: '1' } : {},
    );
    ({ window } = workbench);
    await window.openView();
  });

  afterEach(({ task }) => readObserver(window, task));

  afterAll(async () => {
    await workbench?.close();
    await world?.stop();
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
    await createFleet(engine).container({ name: 'stuck', command: IGNORES_SIGTERM, stopTimeout: LONG });
    await createFleet(engine).container({ name: 'quick' });
  }

  const roots = async () => (await window.rows()).filter(({ level }) => level === 1).map(({ label }) => label);
  const rowOf = async (label: string) => (await window.rows()).find((row) => row.label === label);
  const left = async (engine: RunningEngine) => (await createFleet(engine).containerIds()).length;

  it('each has a root of its own, with what answers there', async () => {
    await expect
      .poll(() => window.tree())
      .toEqual([
        `here — ${here.name}`,
        '  shop — pod · 1 running',
        '    shop-web — bb:1',
        '  base — bb:1 · needed by 1',
        '    mid — shares net of base',
        `docks — ${docks.name}`,
        '  proxy — bb:1 · needed by 1',
        '    app — shares net of proxy',
        `far — ${far.name}`,
        '  quick — bb:1',
        '  stuck — bb:1',
      ]);
    await window.picture('hosts-1-three-engines');
  });

  it('are moved, hidden and shown again by hand', async () => {
    await window.chooseFromMenu(window.row('docks'), 'Move Up');
    await expect.poll(roots).toEqual(['docks', 'here', 'far']);
    await window.chooseFromMenu(window.row('docks'), 'Move Down');
    await expect.poll(roots).toEqual(['here', 'docks', 'far']);
    await window.chooseFromMenu(window.row('far'), 'Hide Connection');
    await expect.poll(roots).toEqual(['here', 'docks']);
    await window.runFromPalette('Podgraph: Choose Connections');
    const offer = (name: string) => window.page.locator('.quick-input-list .monaco-list-row', { hasText: name });
    const offered = offer('far');
    await offered.waitFor();
    if (world) expect(await offer('round').textContent()).toContain('the same engine as here');
    await window.picture('hosts-2-choose');
    await offered.click();
    await window.page.locator('.quick-input-widget', { hasText: world ? '4 Selected' : '3 Selected' }).waitFor();
    await window.page.keyboard.press('Enter');
    await expect.poll(() => rowOf('far')).toMatchObject({ description: far.name });
    await expect.poll(() => rowOf('stuck')).toBeDefined();
  });

  it('one question covers all of them', async () => {
    await window.runFromPalette('Podgraph: Remove All');
    const { message, buttons } = await window.question();
    expect(message).toBe('Stop and remove 1 pod and 7 containers from 3 engines?');
    expect(buttons).toContain('Stop and Remove 8');
    await window.picture('hosts-3-question');
    await window.answer('Stop and Remove 8');
  });

  it('one that is killed half-way leaves its nodes unknown; the others go on to their end', async () => {
    // What may not be stopped any longer is at its work when its engine dies.
    await expect.poll(async () => (await rowOf('stuck'))?.description).toMatch(/^stopping/);
    await expect.poll(() => left(far)).toBe(1);
    await far.kill();
    await expect.poll(roots).toEqual(['here', 'docks', 'far']);
    await window.toast('The engine went away').waitFor();
    expect([await left(here), await left(docks)]).toEqual([0, 0]);
    const away = expect.stringMatching(/^(does not answer|the engine's socket is not there)$/) as string;
    await expect.poll(() => rowOf('far')).toMatchObject({ description: away });
    await expect
      .poll(() => rowOf('stuck'))
      .toMatchObject({
        description: 'removal unconfirmed: engine disconnected',
        spoken: expect.stringMatching(/as last seen$/) as string,
      });
    expect(await rowOf('base')).toBeUndefined();
    await window.picture('hosts-4-one-is-gone');
  });

  it('what is left is settled when the engine is back', async () => {
    await far.restart();
    // By itself it is tried again after half a minute at most; who asks need not wait.
    await window.runFromPalette('Podgraph: Refresh');
    await expect.poll(() => rowOf('far')).toMatchObject({ description: far.name });
    await window.toast('stuck failed').waitFor();
    // The message comes at once, the tree's rows a moment later, many together.
    await expect.poll(async () => (await rowOf('stuck'))?.description).toMatch(/^not removed/);
    await window.picture('hosts-5-settled');
  });
});
