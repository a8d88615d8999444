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
    const window = new PodgraphWindow(workbench.page, (name) => path.join(folder, `${engine.line}-${name}.png`));
    await window.openTree();
    await window.expandAll();
    const rows = await window.rows();
    console.log(`Tree, ${rows.length} rows:\n${rows.map((row) => `  ${row}`).join('\n')}`);
    await window.screenshot('1-tree');

    const confirmation = await window.clickRemoveAll();
    console.log(`Confirmation: ${confirmation}`);
    await window.screenshot('2-confirmation');
    // The machine's other containers must not be in the plan.
    if (!confirmation.includes(`${size.containers} containers`))
      throw new Error(`The confirmation is not for exactly the ${size.containers} containers of the isolated engine.`);
    const began = Date.now();
    await window.confirm();
    const result = await window.waitForRemoval((progress) => console.log(`  ${progress}`));
    const seconds = Math.round((Date.now() - began) / 100) / 10;
    console.log(`Result: ${result.message}`);
    await window.screenshot('4-result');

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
