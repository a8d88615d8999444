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

/** What the unattended run came to; its last line. */
export interface CheckResult extends FleetSize {
  readonly engine: string;
  /** Containers of the fleet that the engine no longer knows. */
  readonly removed: number;
  /** Containers and pods that Podgraph's own message says it could not remove. */
  readonly failed: number;
  /** Containers and pods that the engine itself still lists, infra containers too. */
  readonly left: number;
  /** From the confirmation to the message with the result. */
  readonly seconds: number;
}

/** Does the whole job as a person would: looks at the tree, runs Remove All from the palette, confirms, watches. */
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
    console.log(`The tree, ${rows.length} rows:\n${rows.map((row) => `  ${row}`).join('\n')}`);
    await window.screenshot('1-tree');

    const question = await window.clickRemoveAll();
    console.log(`Asked: ${question}`);
    await window.screenshot('2-confirmation');
    // Whatever else this machine has must not be in the question, let alone be removed.
    if (!question.includes(`${size.containers} containers`))
      throw new Error(`The question is not about the ${size.containers} containers of the private engine alone.`);
    const began = Date.now();
    await window.confirm();
    const result = await window.waitForRemoval((progress) => console.log(`  ${progress}`));
    const seconds = Math.round((Date.now() - began) / 100) / 10;
    console.log(`Told: ${result.message}`);
    await window.screenshot('4-result');

    const containers = await fleet.containerIds();
    const pods = await fleet.podIds();
    console.log(`The engine itself lists ${pods.length} pods and ${containers.length} containers.`);
    console.log(`Screenshots: ${folder}`);
    const infra = before.size - size.containers;
    const removed = [...before].filter((id) => !containers.includes(id)).length - infra;
    const left = containers.length + pods.length;
    return { engine: engine.name, ...size, removed: Math.max(0, removed), failed: result.failed, left, seconds };
  } finally {
    await workbench.close();
  }
}
