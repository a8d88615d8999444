import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { build } from 'esbuild';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { bundleExtension } from '../../../scripts/bundle/bundle';
import { launchBrowser } from '../../../scripts/host/workbench';
import { projectRoot } from '../../../scripts/lab';
import { syntheticGraph } from '../graph/shape';
import { withTarget, type Bench, type BenchRow, singleRow } from '../row';
import { layoutRows } from './panelLayout';
import type * as Pictures from './panelPicture';

const NAME = 'panel';
const ENGINE = 'bench';
/** As large as an editor's panel on a laptop. */
const viewport = { width: 1280, height: 800 };

/** The panel's picture, bundled as the extension's own, with a stand-in for the editor's module. */
async function loadPictures(folder: string): Promise<typeof Pictures> {
  const outfile = path.join(folder, 'pictures.cjs');
  await build({
    absWorkingDir: projectRoot,
    entryPoints: ['test/bench/editor/panelPicture.ts'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    alias: { vscode: path.join(projectRoot, 'test/view/editor.ts') },
    outfile,
    logLevel: 'warning',
  });
  return createRequire(outfile)(outfile) as typeof Pictures;
}

/** The built page script in a page of the browser, with a stand-in for the editor around it. */
class PanelPage {
  private constructor(
    private readonly page: Page,
    private readonly session: CDPSession,
  ) {}

  static async open(browser: Browser, html: string): Promise<PanelPage> {
    const page = await browser.newPage({ viewport });
    await page.setContent(html);
    // As text, since it runs in the page: benches know no DOM.
    await page.evaluate(`globalThis.acquireVsCodeApi = () => ({
      postMessage() {}, getState() {}, setState() {},
    });
    // The time from a message to the picture on the screen: one frame after it, and what that leads to.
    globalThis.timed = (message) => new Promise((resolve) => {
      const data = JSON.parse(message);
      // In a task of its own, as the editor's messages come.
      setTimeout(() => {
        const began = performance.now();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
        dispatchEvent(new MessageEvent('message', { data }));
      });
    }); undefined`);
    await page.addScriptTag({ path: path.join(projectRoot, 'dist', 'graphPage.js') });
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    return new PanelPage(page, session);
  }

  /** Milliseconds until what a message says is on the screen. */
  show(message: unknown): Promise<number> {
    return this.page.evaluate<number>(`timed(${JSON.stringify(JSON.stringify(message))})`);
  }

  /** Milliseconds for which the page's main thread was busy with a message and the frames after it. */
  async busy(message: unknown): Promise<number> {
    // What came before has to be over. Where nothing moves any more the browser may never call (Chromium, on a quiet machine).
    await this.page.evaluate(
      'new Promise((resolve) => setTimeout(() => requestIdleCallback(resolve, { timeout: 500 }), 100))',
    );
    const before = await this.taskTime();
    await this.show(message);
    await this.page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))');
    return (await this.taskTime()) - before;
  }

  close(): Promise<void> {
    return this.page.close();
  }

  /** Without what the measuring itself takes. */
  private async taskTime(): Promise<number> {
    const { metrics } = await this.session.send('Performance.getMetrics');
    const seconds = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? NaN;
    return (seconds('TaskDuration') - seconds('DevToolsCommandDuration')) * 1000;
  }
}

async function drawings(browser: Browser, pictures: typeof Pictures, count: number, rounds: number) {
  const html = pictures.pageOf(readFileSync(path.join(projectRoot, 'media', 'graph.css'), 'utf8'));
  const [first, one, all]: [number[], number[], number[]] = [[], [], []];
  for (let round = -1; round < rounds; round++) {
    const page = await PanelPage.open(browser, html);
    try {
      const panel = new pictures.PanelModel(syntheticGraph(count), ENGINE);
      const began = performance.now();
      const message = panel.draw();
      const laidOut = performance.now() - began;
      const drawn = await page.show(message);
      // A second number, so that the changed one is no node that the graph folds into its pod.
      const single = await page.busy(panel.change([count - 1], true));
      const every = await page.busy(panel.change([...Array(count).keys()], true));
      if (round < 0) continue; // compiled before it counts
      first.push(laidOut + drawn);
      one.push(single);
      all.push(every);
    } finally {
      await page.close();
    }
  }
  return { first, one, all };
}

export const bench: Bench = {
  about: `The graph panel's built page in the browser, over what the extension hands it. A first drawing is everything from the graph
that the service holds to the picture on the screen: layout, words, the message, SVG, one frame. A state change is what the
page's main thread is busy with altogether, two frames included. 2,000 containers are folded into pods and what hangs together.
The layout alone is measured against @dagrejs/dagre, with the same boxes, sizes and lines, pods as its clusters: once for the
same fleet, once for as many containers that all hang together.`,
  run: async ({ quick }) => {
    await bundleExtension();
    const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-bench-'));
    const browser = await launchBrowser();
    try {
      const pictures = await loadPictures(folder);
      const rounds = quick ? 3 : 21;
      const some = await drawings(browser, pictures, 500, rounds);
      const many = await drawings(browser, pictures, 2_000, rounds);
      const row = (what: string, values: readonly number[]) => singleRow(`${NAME}, ${what}`, 'ms', values);
      const below = (bound: number) => (of: BenchRow) =>
        withTarget(of, `under ${bound} ms`, ({ ours }) => ours < bound);
      return [
        below(300)(row('first drawing of 500', some.first)),
        below(16)(row('a state of 500 changes', some.one)),
        row('all states of 500 change', some.all),
        row('first drawing of 2,000, folded', many.first),
        ...layoutRows(NAME, quick),
      ];
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
