import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { startWorkbench, type Workbench } from '../../scripts/host/workbench';
import { projectRoot } from '../../scripts/lab';
import { PodgraphWindow } from '../../scripts/workbench/podgraphWindow';

/** The folder of screenshots. */
export const screenshots = path.join(projectRoot, 'out', 'ui');

/** A plan as the observer extension records it. */
export interface ObservedPlan {
  readonly units: readonly { readonly targets: readonly string[]; readonly step: number }[];
  readonly counts: { readonly pods: number; readonly containers: number };
}

/** A workbench with the packaged Podgraph. */
export class UiWorkbench {
  private constructor(
    private readonly workbench: Workbench,
    private readonly folder: string,
    readonly window: PodgraphWindow,
  ) {}

  /** Shows only the engine at this socket. */
  static start(socket: string, settings: object = {}): Promise<UiWorkbench> {
    return UiWorkbench.withSettings({ ...connectionTo(socket), ...settings });
  }

  static async withSettings(userSettings: object, env: NodeJS.ProcessEnv = {}): Promise<UiWorkbench> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-ui-'));
    const plans = path.join(folder, 'plans');
    writeFileSync(plans, '');
    // A click selects without collapsing.
    const settings = {
      ...userSettings,
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
    return new UiWorkbench(workbench, folder, new PodgraphWindow(workbench.page, screenshots));
  }

  /** All plans offered so far. */
  plans(): ObservedPlan[] {
    const lines = readFileSync(path.join(this.folder, 'plans'), 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as ObservedPlan);
  }

  /** Changes the machine setting to show only this engine. */
  setConnection(socket: string) {
    writeFileSync(this.machineSettings, JSON.stringify(connectionTo(socket)));
  }

  /** The value of the machine setting. */
  connections(): unknown {
    const settings = JSON.parse(readFileSync(this.machineSettings, 'utf8')) as Record<string, unknown>;
    return settings['podgraph.connections'];
  }

  private get machineSettings(): string {
    return path.join(this.workbench.server.dataFolder, 'data', 'Machine', 'settings.json');
  }

  async close(): Promise<void> {
    await this.workbench.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Task {
  readonly name: string;
  readonly result?: { readonly state: string };
}

/** After a test: takes a screenshot if it failed, and closes an open dialog. */
export async function afterTest(window: PodgraphWindow, task: Task): Promise<void> {
  if (task.result?.state === 'fail') await window.screenshot(`failed-${task.name.replace(/\W+/g, '-')}`);
  if (await window.dialog.isVisible()) await window.page.keyboard.press('Escape');
}

/** `afterTest`, and closes editors and notifications. */
export async function cleanUp(window: PodgraphWindow, task: Task): Promise<void> {
  await afterTest(window, task);
  await window.runFromPalette('View: Close All Editors');
  await window.clearToasts();
}

function connectionTo(socket: string) {
  return { 'podgraph.connections': [`unix://${socket}`] };
}

export async function setTheme({ page }: PodgraphWindow, theme: string): Promise<void> {
  await page.keyboard.press('Control+K');
  await page.keyboard.press('Control+T');
  await page.locator('.quick-input-list .monaco-list-row:visible').first().waitFor();
  await page.keyboard.type(theme);
  const row = page.locator('.quick-input-list .monaco-list-row.focused:visible');
  await row.filter({ hasText: theme }).waitFor();
  await page.keyboard.press('Enter');
  await row.waitFor({ state: 'hidden' });
}
