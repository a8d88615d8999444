import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoEngine } from '../../src/demo/engine';
import { TrustWorkbench } from './trustWorkbench';

describe('in a workspace that is not trusted', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-ui-untrusted-'));
  const socket = path.join(folder, 'engine.sock');
  const workspace = path.join(folder, 'workspace');
  let engine: DemoEngine;
  let workbench: TrustWorkbench;

  beforeAll(async () => {
    mkdirSync(path.join(workspace, '.vscode'), { recursive: true });
    const settings = {
      'podgraph.connections': ['unix:///somewhere/else.sock'],
      'podgraph.confirmRemoval': 'never',
      'podgraph.confirmChanges': 'never',
      'podgraph.removal.stopTimeout': 0,
      'podgraph.protectedNames': ['*'],
    };
    writeFileSync(path.join(workspace, '.vscode', 'settings.json'), JSON.stringify(settings));
    engine = new DemoEngine({ profile: '5' });
    await engine.listen(socket);
    engine.addFleet({ pods: [], containers: [{ name: 'base' }, { name: 'under', dependsOn: { net: 'base' } }] });
    workbench = await TrustWorkbench.start(socket, { untrusted: workspace });
  });

  afterAll(async () => {
    await workbench?.close();
    await engine?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const states = () => Object.fromEntries(engine.state().containers.map(({ name, state }) => [name, state]));

  it('opens no shell, and says why', async () => {
    const { window } = workbench;
    await window.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
    await window.openView();
    await expect.poll(() => window.tree()).toEqual(['base — bb:1 · needed by 1', '  under — shares net of base']);
    await window.chooseFromMenu(window.row('base'), 'Open Shell');
    await window.toast('A shell runs programs: none is opened in a workspace that is not trusted.').waitFor();
    expect(engine.state().requests.filter(({ path: asked }) => asked.includes('/exec'))).toEqual([]);
    expect(await window.page.locator('.xterm').count()).toBe(0);
    await window.clearToasts();
  });

  it('asks before it stops several, whatever the workspace says, and stops nothing when the answer is no', async () => {
    const { window } = workbench;
    await window.chooseFromMenu(window.row('base'), 'Stop with What Needs It');
    const { message } = await window.question();
    expect(message).toBe('Stop 2 containers on podman 5.8.6?');
    await window.page.keyboard.press('Escape');
    await window.dialog.waitFor({ state: 'hidden' });
    expect(states()).toEqual({ base: 'running', under: 'running' });
  });

  it('does the whole job, and asks whatever the workspace says', async () => {
    const { window } = workbench;
    await window.picture('trust-10-untrusted');
    await window.runFromPalette('Podgraph: Remove All');
    const { message, detail } = await window.question();
    expect(message).toBe('Stop and remove 2 containers from podman 5.8.6?');
    expect(detail).toBe('2 run and get up to 10 s each to stop: base, under.');
    await window.answer('Stop and Remove 2');
    await window.toast(/Removed 2 containers in /).waitFor();
    expect(engine.state().containers).toEqual([]);
  });
});
