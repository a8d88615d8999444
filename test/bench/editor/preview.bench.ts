import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Browser } from 'playwright-core';
import { bundleExtension } from '../../../scripts/bundle/bundle';
import { launchBrowser } from '../../../scripts/host/workbench';
import { projectRoot } from '../../../scripts/lab';
import { type Bench, singleRow } from '../benchmark';
import { syntheticGraph } from '../graph/shape';
import { loadView } from '../view';
import type * as PanelModule from './panelModel';
import { WebviewPage } from './webviewPage';

const NAME = 'preview';

export const bench: Bench = {
  about: `From the command *Preview* to its drawing and its steps on screen, for a removal of everything, in a browser: graph, plan,
layout, texts, and both webviews, one after another. VS Code's time to open two editors is not included.`,
  run: async ({ quick }) => {
    await bundleExtension();
    const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-bench-'));
    const browser = await launchBrowser();
    try {
      const panelModule = await loadView<typeof PanelModule>('test/bench/editor/panelModel.ts', folder);
      const rows = [];
      for (const count of [300, 2_000]) {
        const values: number[] = [];
        for (let round = -1; round < (quick ? 1 : 11); round++) {
          const taken = await previewTime(browser, panelModule, count);
          if (round >= 0) values.push(taken); // warm-up
        }
        rows.push(singleRow(`${NAME} of ${count.toLocaleString('en-US')}`, 'ms', values));
      }
      return rows;
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function previewTime(browser: Browser, panelModule: typeof PanelModule, count: number): Promise<number> {
  const media = (name: string) => readFileSync(path.join(projectRoot, 'media', name), 'utf8');
  const parts = syntheticGraph(count);
  const began = performance.now();
  const { overlay, steps } = panelModule.planMessages(parts);
  const drawing = new panelModule.PanelModel(parts, 'bench').draw();
  const prepared = performance.now() - began;
  const graph = panelModule.pageOf(media('graph.css'));
  const drawn = await showTime(browser, graph, path.join('dist', 'graphPage.js'), [drawing, overlay]);
  const preview = panelModule.previewPageOf(media('preview.css'));
  return prepared + drawn + (await showTime(browser, preview, path.join('media', 'preview.js'), [steps]));
}

/** Milliseconds for these messages, one after another. The page is in front, because others are rendered rarely. */
async function showTime(browser: Browser, html: string, script: string, messages: readonly unknown[]): Promise<number> {
  const page = await WebviewPage.open(browser, html, script);
  try {
    let total = 0;
    for (const message of messages) total += await page.show(message);
    return total;
  } finally {
    await page.close();
  }
}
