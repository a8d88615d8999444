import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import { inject } from 'vitest';
import { startWorkbench, type Workbench } from '../../scripts/host/workbench';
import { PodgraphWindow } from './window';

export interface TrustWorkbenchOptions {
  /** Workspace trust as users have it, with this folder open. */
  readonly untrusted?: string;
}

/** A workbench with Podgraph in it whose extension host can be killed, and whose windows may use the clipboard. */
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
    return new TrustWorkbench(workbench, new PodgraphWindow(workbench.page), socket);
  }

  get page(): Page {
    return this.workbench.page;
  }

  /** Another window on the same server. */
  open(): Promise<Page> {
    return this.workbench.open();
  }

  /** Changes settings of the machine, beside the connection, as a person does in an editor. */
  set(settings: Readonly<Record<string, unknown>>) {
    const file = path.join(this.workbench.server.dataFolder, 'data', 'Machine', 'settings.json');
    writeFileSync(file, JSON.stringify({ ...settingsFor(this.socket), ...settings }));
  }

  /** What stands in the clipboard. */
  async clipboard(): Promise<string> {
    // As text, since it runs in the page: tests themselves know no DOM.
    return this.page.evaluate<string>('navigator.clipboard.readText()');
  }

  /** Kills every extension host of this workbench's own server, and nothing else, as a crash does. */
  killExtensionHost() {
    const hosts = extensionHosts(this.workbench.server.dataFolder);
    if (hosts.length === 0) throw new Error('no extension host of this server was found');
    for (const pid of hosts) process.kill(pid, 'SIGKILL');
  }

  /** Files of removals that stand in the extension's own folder. */
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

/** Processes below the server that was started with this data folder and that are extension hosts. */
function extensionHosts(dataFolder: string): number[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const processes = all.flatMap((name) => {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]);
      return [{ pid: Number(name), parent, command }];
    } catch {
      return []; // it has ended meanwhile
    }
  });
  const server = processes.find(({ command }) => command.includes('server-main.js') && command.includes(dataFolder));
  return processes
    .filter(({ parent, command }) => parent === server?.pid && command.includes('--type=extensionHost'))
    .map(({ pid }) => pid);
}

/** The removal preview, used by its words and by the keyboard. */
export class PreviewPage {
  private readonly frame: FrameLocator;

  constructor(page: Page) {
    this.frame = page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  private get main() {
    return this.frame.locator('main[aria-busy="false"]');
  }

  /** Resolves when the page stands and shows a plan. */
  async opened(): Promise<void> {
    await this.main.locator('h1').waitFor();
  }

  async title(): Promise<string> {
    return this.main.locator('h1').innerText();
  }

  async sentences(): Promise<string[]> {
    return this.main.locator('.facts li, .blockers li').allInnerTexts();
  }

  /** Each line as `[x] name: why`, below the title of its wave. */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (const section of await this.main.locator('section').all()) {
      lines.push(await section.locator('h2').innerText());
      for (const row of await section.locator('.row').all()) {
        const tick = row.locator('input');
        const mark = (await tick.isChecked()) ? 'x' : (await tick.isDisabled()) ? '-' : ' ';
        lines.push(`[${mark}] ${await row.locator('.name').innerText()}: ${await row.locator('.why').innerText()}`);
      }
    }
    return lines;
  }

  tick(name: string) {
    return this.main
      .locator('.row', { has: this.frame.locator('.name', { hasText: new RegExp(`^${name}$`) }) })
      .locator('input');
  }

  choice(words: string) {
    return this.main.locator('.choice', { hasText: words }).locator('input');
  }

  button(words: string | RegExp) {
    return this.main.locator('button', { hasText: words });
  }

  async buttons(): Promise<string[]> {
    const buttons = await this.main.locator('header button').all();
    return Promise.all(
      buttons.map(async (one) => `${await one.innerText()}${(await one.isDisabled()) ? ' (disabled)' : ''}`),
    );
  }

  /** How many elements there are that only markup in a name could have made. */
  async strangers(): Promise<number> {
    return this.frame.locator('img, a, b, svg, iframe').count();
  }
}
