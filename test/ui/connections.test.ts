import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { PodgraphWindow } from '../../scripts/workbench/podgraphWindow';
import { DemoEngineServer } from '../servedEngine';
import { DemoWorkbench } from './demoWorkbench';
import { afterTest } from './workbench';

let demo: DemoWorkbench;
let second: DemoEngineServer;
let window: PodgraphWindow;

beforeAll(async () => {
  // It represents a real engine: only the demo of the extension itself is known to be simulated.
  demo = await DemoWorkbench.start({ pods: [], containers: [{ name: 'real', state: 'exited' }] });
  second = await DemoEngineServer.start({ pods: [], containers: [{ name: 'added', state: 'exited' }] });
  ({ window } = demo);
});

afterEach(({ task }) => afterTest(window, task));

afterAll(async () => {
  await demo?.close();
  await second?.stop();
});

it('keeps the demo apart from real engines', async () => {
  await expect.poll(() => window.tree()).toEqual([expect.stringMatching(/^real — /)]);
  await window.runFromPalette('Podgraph: Open Demo');
  await expect.poll(() => window.tree()).toContainEqual('Demo engine — sample containers, nothing real');
  await window.screenshot('connections-1-demo');
  await window.runFromPalette('Podgraph: Remove All');
  const { message, detail } = await window.dialogContent();
  await window.screenshot('connections-2-remove-all');
  expect(message).toMatch(/^Remove container real /);
  expect(detail).toContain('The demo engine is not included.');
  await window.clickInDialog('Cancel');

  await window.selectAll();
  await window.page.keyboard.press('Delete');
  await window.toast('The selection includes containers of the demo engine and of real engines.').waitFor();
  await window.screenshot('connections-3-refused');
  await window.clickInTitle('Close Demo');
  await expect.poll(() => window.tree()).toEqual([expect.stringMatching(/^real — /)]);
});

it('adds a connection to the settings of the remote machine', async () => {
  const input = window.page.locator('.quick-input-widget input').first();
  const problem = window.page.locator('.quick-input-message');
  await window.runFromPalette('Podgraph: Add Connection…');
  await input.fill('box');
  await problem.filter({ hasText: 'Start with' }).waitFor();
  await window.screenshot('connections-4-problem');
  await input.fill(`unix://${second.socket}`);
  await problem.filter({ hasText: 'Start with' }).waitFor({ state: 'detached' });
  await window.page.keyboard.press('Enter');
  await problem.filter({ hasText: 'Name of the connection' }).waitFor();
  await input.fill('second');
  await window.page.keyboard.press('Enter');
  await expect.poll(() => window.tree()).toContainEqual(expect.stringMatching(/^second — podman 5/));
  await expect.poll(() => window.tree()).toContainEqual(expect.stringMatching(/^ {2}added — /));
  await window.screenshot('connections-5-added');
  expect(demo.workbench.connections()).toEqual([
    `unix://${demo.server.socket}`,
    { address: `unix://${second.socket}`, name: 'second' },
  ]);
});

it('lists connections with their states, and offers to add one', async () => {
  await window.runFromPalette('Podgraph: Select Connections');
  const rows = window.page.locator('.quick-input-list .monaco-list-row');
  await rows.filter({ hasText: 'second' }).filter({ hasText: 'podman 5' }).waitFor();
  await rows.filter({ hasText: 'Add Connection…' }).waitFor();
  await window.screenshot('connections-6-select');
  await rows.filter({ hasText: 'Add Connection…' }).click();
  await window.page.locator('.quick-input-message', { hasText: 'Address of a Podman or Docker engine' }).waitFor();
  await window.page.keyboard.press('Escape');
});
