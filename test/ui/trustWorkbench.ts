import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import { inject } from 'vitest';
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

/** Drives the plan preview. */
export class PreviewPage {
  private readonly frame: FrameLocator;

  constructor(page: Page) {
    this.frame = page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  private get main() {
    return this.frame.locator('main[aria-busy="false"]');
  }

  /** Resolves when the page shows a plan. */
  async opened(): Promise<void> {
    await this.main.locator('h1').waitFor();
  }

  async title(): Promise<string> {
    return this.main.locator('h1').innerText();
  }

  async sentences(): Promise<string[]> {
    return this.main.locator('.facts li, .blockers li').allInnerTexts();
  }

  /** Each row as `[x] name: reason`, after the title of its step. */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (const section of await this.main.locator('section').all()) {
      lines.push(await section.locator('h2').innerText());
      for (const row of await section.locator('.row').all()) {
        const box = row.locator('input');
        const mark = (await box.isChecked()) ? 'x' : (await box.isDisabled()) ? '-' : ' ';
        lines.push(`[${mark}] ${await row.locator('.name').innerText()}: ${await row.locator('.reason').innerText()}`);
      }
    }
    return lines;
  }

  checkbox(name: string) {
    return this.main
      .locator('.row', { has: this.frame.locator('.name', { hasText: new RegExp(`^${name}$`) }) })
      .locator('input');
  }

  choice(label: string) {
    return this.main.locator('.choice', { hasText: label }).locator('input');
  }

  button(label: string | RegExp) {
    return this.main.locator('button', { hasText: label });
  }

  async buttons(): Promise<string[]> {
    const buttons = await this.main.locator('header button').all();
    return Promise.all(
      buttons.map(async (one) => `${await one.innerText()}${(await one.isDisabled()) ? ' (disabled)' : ''}`),
    );
  }

  /** The number of elements that only injected markup can create. */
  async injectedElements(): Promise<number> {
    return this.frame.locator('img, a, b, svg, iframe').count();
  }
}
