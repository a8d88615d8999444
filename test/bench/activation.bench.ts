import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { bundleExtension, bundleSuite } from '../../scripts/bundle/bundle';
import { type CodeServer, startServer } from '../../scripts/host/server';
import { launchBrowser, openWindow } from '../../scripts/host/workbench';
import { projectRoot } from '../../scripts/lab';
import { type Bench, soleRow } from './row';

const SAMPLES = 20;

/** Opens a window with a fresh extension host, lets the suite in it measure, and closes it again. */
async function sample(browser: Browser, server: CodeServer, suite: string): Promise<void> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const code = new Promise<number>((resolve) => void page.exposeFunction('codeAutomationExit', resolve));
    await page.exposeFunction('codeAutomationLog', () => undefined);
    await openWindow(page, server, { dev: [projectRoot], tests: suite });
    if ((await code) !== 0) throw new Error('The measurement in the extension host failed.');
  } finally {
    await context.close();
  }
}

/** Milliseconds that `activate` takes in a real extension host that has just started: nothing is warm. */
export const activation: Bench = {
  name: 'activation',
  run: async () => {
    await bundleExtension();
    const suite = await bundleSuite('test/bench/activation.suite.ts');
    const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-bench-'));
    const file = path.join(folder, 'samples');
    const server = await startServer({ env: { PODGRAPH_SAMPLES: file } });
    try {
      const browser = await launchBrowser();
      try {
        for (let taken = 0; taken < SAMPLES; taken++) await sample(browser, server, suite);
      } finally {
        await browser.close();
      }
      return [soleRow('activation', 'ms', readFileSync(file, 'utf8').trim().split('\n').map(Number))];
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
