import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { startWorkbench, type Workbench } from '../../scripts/host/workbench';
import { projectRoot } from '../../scripts/lab';
import { PodgraphWindow } from './window';

/** What the observer extension writes about a plan. */
export interface ObservedPlan {
  readonly units: readonly { readonly targets: readonly string[]; readonly wave: number }[];
  readonly counts: { readonly pods: number; readonly containers: number };
}

/** A workbench with the packed Podgraph installed, set to show the engines at some sockets and no others. */
export class UiWorkbench {
  private constructor(
    private readonly workbench: Workbench,
    private readonly folder: string,
    readonly window: PodgraphWindow,
  ) {}

  /** Shows the engine at this socket, with settings beside it. */
  static start(socket: string, settings: object = {}): Promise<UiWorkbench> {
    return UiWorkbench.showing({ ...connectionTo(socket), ...settings });
  }

  /** @param shown settings that say which engines are shown: these and no others */
  static async showing(shown: object, env: NodeJS.ProcessEnv = {}): Promise<UiWorkbench> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-ui-'));
    const plans = path.join(folder, 'plans');
    writeFileSync(plans, '');
    // A click selects and does no more, so that a test can select without folding.
    const settings = {
      ...shown,
      'workbench.tree.expandMode': 'doubleClick',
      'terminal.integrated.gpuAcceleration': 'off',
    };
    const workbench = await startWorkbench({
      vsix: inject('vsix'),
      dev: path.join(projectRoot, 'test', 'ui', 'observer'),
      env: { ...env, PODGRAPH_PLANS: plans },
      settings,
      machineSettings: settings,
    });
    return new UiWorkbench(workbench, folder, new PodgraphWindow(workbench.page));
  }

  /** Every plan that was offered so far. */
  plans(): ObservedPlan[] {
    const lines = readFileSync(path.join(this.folder, 'plans'), 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as ObservedPlan);
  }

  /** Changes the setting in the machine's file, as a person does in an editor. */
  showOnly(socket: string) {
    const file = path.join(this.workbench.server.dataFolder, 'data', 'Machine', 'settings.json');
    writeFileSync(file, JSON.stringify(connectionTo(socket)));
  }

  async close(): Promise<void> {
    await this.workbench.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A test as its hooks are told of it. */
interface Task {
  readonly name: string;
  readonly result?: { readonly state: string };
}

/** Takes a picture of what a test left where it failed, and gives up the question that it left. */
export async function readObserver(window: PodgraphWindow, task: Task): Promise<void> {
  if (task.result?.state === 'fail') await window.picture(`failed-${task.name.replace(/\W+/g, '-')}`);
  if (await window.dialog.isVisible()) await window.page.keyboard.press('Escape');
}

/** The same, and clears up. */
export async function cleanUp(window: PodgraphWindow, task: Task): Promise<void> {
  await readObserver(window, task);
  await window.runFromPalette('View: Close All Editors');
  await window.clearToasts();
}

function connectionTo(socket: string) {
  return { 'podgraph.connections': [`unix://${socket}`] };
}
