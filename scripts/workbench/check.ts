import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { packExtension } from '../bundle/vsix';
import type { RunningEngine } from '../engines/engine';
import { createFleet } from '../engines/fleet';
import type { FleetSize } from '../engines/sampleFleet';
import { startWorkbench } from '../host/workbench';
import { projectRoot } from '../lab';
import { onlyEngine } from './open';
import { PodgraphWindow } from './podgraphWindow';
import { type RunResult, waitForResult } from './runResult';

/** Result of the unattended run; printed as the last line. */
interface CheckResult extends FleetSize {
  readonly engine: string;
  /** Sample containers that the engine no longer lists. */
  readonly removed: number;
  /** Failures in Podgraph's result messages. */
  readonly failed: number;
  /** Rows of the tree that differ after the removal was brought back. */
  readonly different: number;
  /** Containers and pods that the engine lists at the end, including infra containers. */
  readonly left: number;
  /** Of the first removal, from the confirmation to the result message. */
  readonly seconds: number;
}

/** Checks Podgraph through the UI: removes everything, brings it back, compares the tree, and removes everything again. */
export async function check(engine: RunningEngine, size: FleetSize): Promise<CheckResult> {
  const folder = path.join(projectRoot, 'out', 'check');
  mkdirSync(folder, { recursive: true });
  const fleet = createFleet(engine);
  const before = new Set(await fleet.containerIds());
  const settings = onlyEngine(engine);
  const env = { CONTAINER_HOST: undefined, DOCKER_HOST: undefined };
  const workbench = await startWorkbench({ vsix: await packExtension(), env, settings, machineSettings: settings });
  try {
    const window = new PodgraphWindow(workbench.page, folder);
    await window.openView();
    await expandAll(window);
    const rows = await window.settledLabels();
    const shape = await shapeOf(window);
    console.log(`Tree, ${rows.length} rows:\n${rows.map((row) => `  ${row}`).join('\n')}`);
    await window.screenshot(`${engine.line}-1-tree`);

    const began = Date.now();
    const result = await removeAll(window, engine, size);
    const seconds = Math.round((Date.now() - began) / 100) / 10;
    const containers = await fleet.containerIds();
    const pods = await fleet.podIds();
    console.log(`The engine lists ${pods.length} pods and ${containers.length} containers.`);

    const returned = await bringBack(window, engine);
    const restored = await shapeOf(window);
    const differences = [
      ...shape.filter((row) => !restored.includes(row)).map((row) => `missing: ${row}`),
      ...restored.filter((row) => !shape.includes(row)).map((row) => `new: ${row}`),
    ];
    for (const row of differences) console.log(`After bringing back, ${row}`);
    const again = await removeAll(window, engine, size);
    const left = (await fleet.containerIds()).length + (await fleet.podIds()).length;
    console.log(`Screenshots: ${folder}`);
    const infra = before.size - size.containers;
    const removed = [...before].filter((id) => !containers.includes(id)).length - infra;
    const failed = result.failed + returned.failed + again.failed;
    const different = differences.length;
    return { engine: engine.name, ...size, removed: Math.max(0, removed), failed, different, left, seconds };
  } finally {
    await workbench.close();
  }
}

/** Runs Remove All from the palette and confirms. */
async function removeAll(window: PodgraphWindow, engine: RunningEngine, size: FleetSize): Promise<RunResult> {
  await window.runFromPalette('Podgraph: Remove All');
  const { message, detail, buttons } = await window.dialogContent();
  const confirmation = `${message} ${detail}`;
  console.log(`Confirmation: ${confirmation}`);
  await window.screenshot(`${engine.line}-2-confirmation`);
  // The machine's other containers must not be in the plan.
  if (!confirmation.includes(`${size.containers} containers`))
    throw new Error(`The confirmation is not for exactly the ${size.containers} containers of the isolated engine.`);
  // The first also stops running containers, the second does not.
  const patterns = [/^Stop and Remove \d+$/, /^Remove \d+$/];
  await window.clickInDialog(patterns.find((pattern) => buttons.some((label) => pattern.test(label))) ?? /./);
  const result = await waitForResult(window.page, /\bRemoved \d|\bNothing was removed\b/);
  console.log(`Result: ${result.message}`);
  await window.screenshot(`${engine.line}-4-result`);
  await window.clearToasts();
  return result;
}

/** Brings the last removal back, and expands the tree. */
async function bringBack(window: PodgraphWindow, engine: RunningEngine): Promise<RunResult> {
  await window.runFromPalette('Podgraph: Bring Back…');
  await window.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
  await window.page.keyboard.press('Enter');
  await window.clickInDialog(/^Bring Back \d+$/);
  const result = await waitForResult(window.page, /\bBrought back \d|\bNothing was brought back\b/);
  console.log(`Result: ${result.message}`);
  await window.clearToasts();
  await expandAll(window);
  await window.settledLabels();
  await window.screenshot(`${engine.line}-5-back`);
  return result;
}

/** The names in the tree with their levels, sorted: states and ages differ after a return. */
async function shapeOf(window: PodgraphWindow): Promise<string[]> {
  return (await window.rows()).map(({ level, label }) => `${'  '.repeat(level - 1)}${label}`).sort();
}

/** Expands every row, once the tree has stopped changing. */
async function expandAll(window: PodgraphWindow): Promise<void> {
  await window.settledLabels();
  const collapsed = window.page.locator('.pane-body .monaco-list-row[aria-expanded="false"]');
  while ((await collapsed.count()) > 0) {
    await collapsed.first().click();
    await window.page.locator('.pane-body .monaco-list-row.focused[aria-expanded="true"]').waitFor();
  }
}
