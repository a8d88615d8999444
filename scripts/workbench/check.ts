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
import { waitForRemoval } from './removalResult';

/** Result of the unattended run; printed as the last line. */
export interface CheckResult extends FleetSize {
  readonly engine: string;
  /** Sample containers that the engine no longer lists. */
  readonly removed: number;
  /** Failures in Podgraph's result message. */
  readonly failed: number;
  /** Containers and pods that the engine still lists, including infra containers. */
  readonly left: number;
  /** From the confirmation to the result message. */
  readonly seconds: number;
}

/** Checks Podgraph through the UI: reads the tree, runs Remove All from the palette, confirms, waits for the result. */
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
    console.log(`Tree, ${rows.length} rows:\n${rows.map((row) => `  ${row}`).join('\n')}`);
    await window.screenshot(`${engine.line}-1-tree`);

    await window.runFromPalette('Podgraph: Remove All');
    const { message, detail, buttons } = await window.dialogContent();
    const confirmation = `${message} ${detail}`;
    console.log(`Confirmation: ${confirmation}`);
    await window.screenshot(`${engine.line}-2-confirmation`);
    // The machine's other containers must not be in the plan.
    if (!confirmation.includes(`${size.containers} containers`))
      throw new Error(`The confirmation is not for exactly the ${size.containers} containers of the isolated engine.`);
    const began = Date.now();
    // The first also stops running containers, the second does not.
    const patterns = [/^Stop and Remove \d+$/, /^Remove \d+$/];
    await window.clickInDialog(patterns.find((pattern) => buttons.some((label) => pattern.test(label))) ?? /./);
    const result = await waitForRemoval(window.page, (progress) => console.log(`  ${progress}`));
    const seconds = Math.round((Date.now() - began) / 100) / 10;
    console.log(`Result: ${result.message}`);
    await window.screenshot(`${engine.line}-4-result`);

    const containers = await fleet.containerIds();
    const pods = await fleet.podIds();
    console.log(`The engine lists ${pods.length} pods and ${containers.length} containers.`);
    console.log(`Screenshots: ${folder}`);
    const infra = before.size - size.containers;
    const removed = [...before].filter((id) => !containers.includes(id)).length - infra;
    const left = containers.length + pods.length;
    return { engine: engine.name, ...size, removed: Math.max(0, removed), failed: result.failed, left, seconds };
  } finally {
    await workbench.close();
  }
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
