import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Browser } from 'playwright-core';
import { bundleExtension } from '../../../scripts/bundle/bundle';
import { launchBrowser } from '../../../scripts/host/workbench';
import { projectRoot } from '../../../scripts/lab';
import { syntheticGraph, withResources } from '../graph/shape';
import { comparedRow, withTarget, type Bench, type BenchRow, singleRow } from '../benchmark';
import { loadView } from '../view';
import { layoutRows } from './panelLayout';
import { WebviewPage } from './webviewPage';
import type * as PanelModule from './panelModel';

const NAME = 'panel';
const ENGINE = 'bench';
const graphScript = path.join('dist', 'graphPage.js');
async function renderTimes(browser: Browser, panelModule: typeof PanelModule, count: number, rounds: number) {
  const html = panelModule.pageOf(readFileSync(path.join(projectRoot, 'media', 'graph.css'), 'utf8'));
  const [first, one, all, pan]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = -1; round < rounds; round++) {
    const page = await WebviewPage.open(browser, html, graphScript);
    try {
      const panel = new panelModule.PanelModel(syntheticGraph(count), ENGINE);
      const began = performance.now();
      const message = panel.draw();
      const laidOut = performance.now() - began;
      const drawn = await page.show(message);
      // The last container: the first is an infra container, which the graph merges into its pod.
      const single = await page.busy(panel.change([count - 1], true));
      const every = await page.busy(panel.change([...Array(count).keys()], true));
      const frames = await page.pan();
      if (round < 0) continue; // warm-up
      first.push(laidOut + drawn);
      one.push(single);
      all.push(every);
      pan.push(frames);
    } finally {
      await page.close();
    }
  }
  return { first, one, all, pan };
}

/** First drawings with 100 volumes, 40 networks and 60 images, alternately with those without. */
async function resourcesRow(browser: Browser, panelModule: typeof PanelModule, rounds: number): Promise<BenchRow> {
  const html = panelModule.pageOf(readFileSync(path.join(projectRoot, 'media', 'graph.css'), 'utf8'));
  const { parts, resources } = withResources(syntheticGraph(300));
  const [shown, hidden]: [number[], number[]] = [[], []];
  for (let round = -2; round < 2 * rounds; round++) {
    const page = await WebviewPage.open(browser, html, graphScript);
    try {
      const isShown = round % 2 === 0;
      const began = performance.now();
      const message = new panelModule.PanelModel(parts, ENGINE, isShown ? resources : undefined).draw();
      const laidOut = performance.now() - began;
      const drawn = await page.show(message);
      if (round >= 0) (isShown ? shown : hidden).push(laidOut + drawn); // warm-up
    } finally {
      await page.close();
    }
  }
  const name = `${NAME}, first drawing of 300 with volumes, networks and images`;
  const row = comparedRow(name, 'ms', { values: shown }, 'without them', { values: hidden });
  return withTarget(row, 'at most 1.2 times the drawing without them', ({ ratio }) => (ratio ?? Infinity) <= 1.2);
}

export const bench: Bench = {
  about: `The graph panel's built webview in a browser. A first drawing (500 containers) is everything from the service's graph to
the screen: layout, text, message, SVG, one frame. A change of one state is the webview's total main thread time, including two
frames. Panning moves the drawing of 2,000 containers on each frame; these are collapsed into pods and connected components. The
layout alone is compared with @dagrejs/dagre, with the same nodes, sizes and edges, pods as clusters: once for the same fleet, once
for as many containers that are all connected.`,
  limit: `the browser, which draws with the same two processors. By its metrics the page's main thread needs about 50 ms for the
script of a first drawing (cloning elements and setting attributes first), 15 for styles, 20 for the layout of texts and 10 for
painting; with rasterizing beside it these take about twice as long. The service's part, with the layout of the graph, takes 40 to 70.`,
  run: async ({ quick }) => {
    await bundleExtension();
    const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-bench-'));
    const browser = await launchBrowser();
    try {
      const panelModule = await loadView<typeof PanelModule>('test/bench/editor/panelModel.ts', folder);
      const rounds = quick ? 3 : 21;
      const some = await renderTimes(browser, panelModule, 500, rounds);
      const many = await renderTimes(browser, panelModule, 2_000, rounds);
      const row = (name: string, values: readonly number[]) => singleRow(`${NAME}, ${name}`, 'ms', values);
      const below = (limit: number) => (row: BenchRow) =>
        withTarget(row, `under ${limit} ms`, ({ ours }) => ours < limit);
      return [
        below(150)(row('first drawing', some.first)),
        below(8)(row('change', some.one)),
        row('state changes of all 500', some.all),
        row('first drawing of 2,000, collapsed', many.first),
        below(20)(row('pan', many.pan)),
        await resourcesRow(browser, panelModule, rounds),
        ...layoutRows(NAME, quick),
      ];
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
