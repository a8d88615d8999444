// npm run pictures: takes the screenshots of the README and the walkthrough in a real workbench on the demo engine.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { DemoEngine } from '../src/demo/engine';
import type { FakeFleet } from '../src/demo/fleet';
import { bundleExtension } from './bundle/bundle';
import { startWorkbench } from './host/workbench';
import { projectRoot } from './lab';
import { encodeStill, encodeWebp, type Frame } from './workbench/animation';
import { frameWith, PodgraphWindow } from './workbench/podgraphWindow';

/** Two pods, a VPN container with a chain of dependents, a database with a diamond of dependents. */
const fleet: FakeFleet = {
  pods: [{ name: 'shop' }, { name: 'observability' }],
  containers: [
    { name: 'web', pod: 'shop', image: 'docker.io/library/nginx:1.29' },
    { name: 'api', pod: 'shop', image: 'registry.example/shop/api:4.2', stubborn: true, stopTimeout: 8 },
    { name: 'debugger', pod: 'shop', dependsOn: { pid: 'api' }, image: 'docker.io/library/busybox:1', state: 'exited' },
    { name: 'postgres', pod: 'shop', image: 'docker.io/library/postgres:18', volumes: ['/var/lib/postgresql'] },
    {
      name: 'prometheus',
      pod: 'observability',
      image: 'quay.io/prometheus/prometheus:v3',
      stubborn: true,
      stopTimeout: 8,
    },
    { name: 'grafana', pod: 'observability', image: 'docker.io/grafana/grafana:12', state: 'exited' },
    { name: 'vpn', image: 'docker.io/library/wireguard:1' },
    { name: 'proxy', dependsOn: { net: 'vpn' }, image: 'docker.io/library/squid:6' },
    {
      name: 'crawler',
      dependsOn: { net: 'proxy' },
      image: 'registry.example/crawler:7',
      stubborn: true,
      stopTimeout: 8,
    },
    { name: 'db', image: 'docker.io/library/mariadb:11' },
    { name: 'auth', dependsOn: { requires: ['db'] }, image: 'registry.example/auth:1' },
    { name: 'search', dependsOn: { requires: ['db'] }, image: 'registry.example/search:3' },
    {
      name: 'gateway',
      dependsOn: { requires: ['auth', 'search'] },
      image: 'registry.example/gateway:2',
      stubborn: true,
    },
    { name: 'scratch', state: 'created', image: 'docker.io/library/alpine:3' },
  ],
};

const size = { width: 1000, height: 560 };
/** Viewport of the graph panel's screenshot. */
const wide = { width: 1280, height: 720 };

/** Pictures of the walkthrough, in `media/walkthrough`; smaller, because the extension contains them. */
const walkthroughPictures = ['tree', 'graph', 'preview', 'confirmation'];
const walkthroughWidth = 800;

/** Milliseconds frameInterval frames of the animation, and the duration of its first frame. */
const frameInterval = 500;
const stillMs = 2000;

/** Widens the side bar for the longest description. */
async function widenSideBar(page: Page, by: number) {
  const box = await page.locator('.part.sidebar').boundingBox();
  assert.ok(box, 'the side bar is shown');
  const [x, y] = [box.x + box.width + 1, size.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + by, y, { steps: 5 });
  await page.mouse.up();
  await page.mouse.move(size.width - 200, 200);
}

/** Records screenshots until the promise settles; equal frames are merged. */
async function recordAnimation(page: Page, until: Promise<unknown>): Promise<Frame[]> {
  const frames: { png: Buffer; durationMs: number }[] = [];
  let over = false;
  void until.finally(() => (over = true));
  while (!over) {
    const began = Date.now();
    const png = await page.screenshot();
    await pause(Math.max(0, frameInterval - (Date.now() - began)));
    const last = frames.at(-1);
    const durationMs = Date.now() - began;
    if (last?.png.equals(png)) last.durationMs += durationMs;
    else frames.push({ png, durationMs });
  }
  return frames;
}

const folder = path.join(projectRoot, 'media', 'readme');
const walkthrough = path.join(projectRoot, 'media', 'walkthrough');
for (const one of [folder, walkthrough]) mkdirSync(one, { recursive: true });
const run = mkdtempSync(path.join(os.tmpdir(), 'podgraph-pictures-'));
const socket = path.join(run, 'podman.sock');
const engine = new DemoEngine({ profile: '5' });
engine.addFleet(fleet);
await engine.listen(socket);
await bundleExtension();
const settings = {
  'podgraph.connections': [`unix://${socket}`],
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.tips.enabled': false,
  'workbench.layoutControl.enabled': false,
};
const workbench = await startWorkbench({ dev: projectRoot, settings, machineSettings: settings, viewport: size });
try {
  const { page } = workbench;
  const window = new PodgraphWindow(page, folder);
  await window.openView();
  await widenSideBar(page, 110);
  const rows = await window.settledLabels();
  assert.ok(rows.includes('    gateway, running, also under search'), rows.join('\n'));
  assert.equal(rows.length, 17);
  await window.screenshot('tree');

  await page.setViewportSize(wide);
  await window.runFromPalette('Podgraph: Open Graph');
  const graph = await frameWith(page, '#drawing .node');
  await graph.locator('#drawing .node', { has: graph.locator('.name', { hasText: /^db$/ }) }).hover();
  await pause(stillMs);
  await window.screenshot('graph');
  await window.runFromPalette('View: Close All Editors');
  await page.locator('iframe.webview.ready').waitFor({ state: 'detached' });
  await page.setViewportSize(size);

  await page.setViewportSize(wide);
  await window.runFromPalette('Podgraph: Preview Removal of All');
  await page.locator('iframe.webview.ready').first().waitFor();
  await pause(stillMs);
  const preview = await page.screenshot();
  await window.runFromPalette('View: Close All Editors');
  await page.locator('iframe.webview.ready').first().waitFor({ state: 'detached' });
  await page.setViewportSize(size);

  await window.runFromPalette('Podgraph: Remove All');
  const { message, detail } = await window.dialogContent();
  assert.match(
    `${message} ${detail}`,
    /^Stop and remove 2 pods and 14 containers from .* 11 are running \(up to 10 s each to stop\)/,
  );
  await window.screenshot('confirmation');
  const before = await page.screenshot();

  await window.clickInDialog(/^Stop and Remove \d+$/);
  const finished = page
    .locator('.notification-toast, .statusbar-item', { hasText: /Removed 2 pods and 14 containers in / })
    .waitFor();
  const recording = recordAnimation(page, finished);
  const stopping = page.locator('.pane-body .monaco-list-row', { hasText: /crawler.*stopping, [2-5] s of 8 s/ });
  await stopping.waitFor();
  assert.equal(await page.locator('.notification-toast', { hasText: /\d+ of 16 removed · stopping/ }).count(), 1);
  const frames = [
    { png: before, durationMs: stillMs },
    ...(await recording),
    { png: await page.screenshot(), durationMs: 2 * stillMs },
  ];
  const blank = await page.context().newPage();
  const animation = await encodeWebp(blank, frames, 0.6);
  writeFileSync(path.join(folder, 'removal.webp'), animation);
  for (const name of walkthroughPictures) {
    const png = name === 'preview' ? preview : readFileSync(path.join(folder, `${name}.png`));
    writeFileSync(path.join(walkthrough, `${name}.webp`), await encodeStill(blank, png, 0.75, walkthroughWidth));
  }
  console.log(`removal.webp: ${frames.length} frames, ${(animation.length / 1000).toFixed(0)} KB`);
} finally {
  await workbench.close();
  await engine.close();
  rmSync(run, { recursive: true, force: true });
}
console.log('media/readme: tree.png, graph.png, confirmation.png, removal.webp; media/walkthrough');
process.exit(0);
