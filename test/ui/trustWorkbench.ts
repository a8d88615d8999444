import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import { expect, inject } from 'vitest';
import { startWorkbench, type Workbench } from '../../scripts/host/workbench';
import { PodgraphWindow } from '../../scripts/workbench/podgraphWindow';
import { screenshots } from './workbench';

export interface TrustWorkbenchOptions {
  /** An untrusted workspace folder to open. */
  readonly untrusted?: string;
}

/** A workbench with a killable extension host and clipboard access. */
export class TrustWorkbench {
  private constructor(
    private readonly workbench: Workbench,
    readonly window: PodgraphWindow,
    private readonly socket: string,
  ) {}

  static async start(socket: string, { untrusted }: TrustWorkbenchOptions = {}): Promise<TrustWorkbench> {
    const settings = settingsFor(socket);
    const workbench = await startWorkbench({
      vsix: inject('vsix'),
      settings,
      machineSettings: settings,
      ...(untrusted === undefined ? {} : { trust: true, folder: untrusted }),
    });
    await workbench.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    return new TrustWorkbench(workbench, new PodgraphWindow(workbench.page, screenshots), socket);
  }

  get page(): Page {
    return this.workbench.page;
  }

  /** Another window on the same server. */
  open(): Promise<Page> {
    return this.workbench.open();
  }

  /** Sets machine settings; the connection is kept. */
  set(settings: Readonly<Record<string, unknown>>) {
    const file = path.join(this.workbench.server.dataFolder, 'data', 'Machine', 'settings.json');
    writeFileSync(file, JSON.stringify({ ...settingsFor(this.socket), ...settings }));
  }

  async clipboard(): Promise<string> {
    // A string, because the tests are compiled without DOM types.
    return this.page.evaluate<string>('navigator.clipboard.readText()');
  }

  /** Kills the extension hosts of this workbench's server. */
  killExtensionHost() {
    const hosts = extensionHosts(this.workbench.server.dataFolder);
    if (hosts.length === 0) throw new Error('no extension host of this server was found');
    for (const pid of hosts) process.kill(pid, 'SIGKILL');
  }

  /** Names of the journal files. */
  journals(): string[] {
    const folder = path.join(this.workbench.server.dataFolder, 'data/User/globalStorage/podgraph.podgraph/removals');
    try {
      return readdirSync(folder).filter((name) => name.endsWith('.removal'));
    } catch {
      return [];
    }
  }

  close(): Promise<void> {
    return this.workbench.close();
  }
}

function settingsFor(socket: string) {
  return { 'podgraph.connections': [`unix://${socket}`], 'workbench.tree.expandMode': 'doubleClick' };
}

/** Pids of the extension hosts of the server with this data folder. */
function extensionHosts(dataFolder: string): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const processes = all.flatMap((name) => {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]);
      return [{ pid: Number(name), parent, command }];
    } catch {
      return []; // the process has exited
    }
  });
  const server = processes.find(({ command }) => command.includes('server-main.js') && command.includes(dataFolder));
  return processes
    .filter(({ parent, command }) => parent === server?.pid && command.includes('--type=extensionHost'))
    .map(({ pid }) => pid);
}

/** Drives the plan preview, which opens after the graph. */
export class PreviewPage {
  readonly frame: FrameLocator;

  constructor(private readonly page: Page) {
    this.frame = page.frameLocator('iframe.webview.ready').last().frameLocator('iframe#active-frame');
  }

  private get main() {
    return this.frame.locator('main[aria-busy="false"]');
  }

  /** Resolves when the page shows a plan. */
  async opened(): Promise<void> {
    await this.main.locator('#close').waitFor();
  }

  /** Resolves when only the graph is open. */
  async closed(): Promise<void> {
    await expect.poll(() => this.page.locator('iframe.webview').count()).toBe(1);
  }

  async title(): Promise<string> {
    return this.main.locator('h1').innerText();
  }

  async duration(): Promise<string> {
    return this.main.locator('.duration').innerText();
  }

  async sentences(): Promise<string[]> {
    return this.main.locator('.fact').allInnerTexts();
  }

  /** Each blocker as `name: reason`. */
  async blockers(): Promise<string[]> {
    const rows = await this.main.locator('.blockers li').all();
    return Promise.all(rows.map(async (row) => (await row.locator('span').allInnerTexts()).join(': ')));
  }

  async notice(): Promise<string> {
    return this.main.locator('.notice span').innerText();
  }

  /** Each row as `[x] name: stop timeout, facts`, after the title of its step. */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (const section of await this.main.locator('section').all()) {
      const title = [section.locator('h2'), section.locator('.title > .timeout')];
      lines.push((await Promise.all(title.map((one) => one.allInnerTexts()))).flat().join(', '));
      for (const row of await section.locator('.row').all()) {
        const box = row.locator('input');
        const mark = (await box.isChecked()) ? 'x' : (await box.isDisabled()) ? '-' : ' ';
        const name = await row.locator('.label').textContent();
        const texts = await row.locator('.timeout, .facts').allTextContents();
        lines.push(`[${mark}] ${[name, texts.filter(Boolean).join(', ')].filter(Boolean).join(': ')}`);
      }
    }
    return lines;
  }

  row(name: string) {
    return this.main.locator('.row', { has: this.frame.locator('.label', { hasText: new RegExp(`^${name}$`) }) });
  }

  checkbox(name: string) {
    return this.row(name).locator('input');
  }

  /** The check box with this accessible name. */
  toggle(label: string) {
    return this.main.getByRole('checkbox', { name: label, exact: true });
  }

  button(label: string | RegExp) {
    return this.main.locator('button', { hasText: label });
  }

  async buttons(): Promise<string[]> {
    const buttons = await this.main.locator('.buttons button').all();
    return Promise.all(
      buttons.map(async (one) => `${await one.innerText()}${(await one.isDisabled()) ? ' (disabled)' : ''}`),
    );
  }

  /** The number of elements that only injected markup can create. */
  async injectedElements(): Promise<number> {
    return this.frame.locator('img, a, b, iframe').count();
  }
}
