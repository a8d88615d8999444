import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoEngineServer } from '../servedEngine';
import { TrustWorkbench } from './trustWorkbench';

describe('untrusted workspace', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-ui-untrusted-'));
  let server: DemoEngineServer;
  let workbench: TrustWorkbench;

  beforeAll(async () => {
    mkdirSync(path.join(folder, '.vscode'), { recursive: true });
    const settings = {
      'podgraph.connections': ['unix:///somewhere/else.sock'],
      'podgraph.confirmRemoval': 'never',
      'podgraph.confirmLifecycleActions': 'never',
      'podgraph.stopTimeout': 0,
      'podgraph.protectedNames': ['*'],
    };
    writeFileSync(path.join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
    const containers = [{ name: 'base' }, { name: 'under', dependsOn: { net: 'base' } }];
    server = await DemoEngineServer.start({ pods: [], containers });
    workbench = await TrustWorkbench.start(server.socket, { untrusted: folder });
  });

  afterAll(async () => {
    await workbench?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('refuses to open a shell', async () => {
    const { window } = workbench;
    await window.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
    await window.openView();
    await expect.poll(() => window.tree()).toEqual(['base — bb:1 · required by 1', '  under — shares net · bb:1']);
    await window.chooseFromMenu(window.row('base'), 'Open Shell');
    await window.toast('Shells are disabled in untrusted workspaces.').waitFor();
    expect(server.engine.state().requests.filter(({ path: url }) => url.includes('/exec'))).toEqual([]);
    expect(await window.page.locator('.xterm').count()).toBe(0);
    await window.clearToasts();
  });

  it('ignores workspace settings that disable confirmation of a stop', async () => {
    const { window } = workbench;
    await window.chooseFromMenu(window.row('base'), 'Stop with Dependents');
    const { message } = await window.dialogContent();
    expect(message).toBe('Stop base and the 1 container that depends on it?');
    await window.page.keyboard.press('Escape');
    await window.dialog.waitFor({ state: 'hidden' });
    expect(server.states()).toEqual({ base: 'running', under: 'running' });
  });

  it('removes all, and ignores workspace settings that disable confirmation', async () => {
    const { window } = workbench;
    await window.screenshot('trust-10-untrusted');
    await window.runFromPalette('Podgraph: Remove All');
    const { message, detail } = await window.dialogContent();
    expect(message).toBe('Stop and remove 2 containers from podman 5.8.6?');
    expect(detail).toBe('2 are running (up to 10 s each to stop): base, under.');
    await window.clickInDialog('Stop and Remove 2');
    await window.result(/Removed 2 containers in /).waitFor();
    expect(server.engine.state().containers).toEqual([]);
  });
});
