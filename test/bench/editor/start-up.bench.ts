import { performance } from 'node:perf_hooks';
import path from 'node:path';
import { bundleExtension } from '../../../scripts/bundle/bundle';
import { startEngine } from '../../../scripts/engines/engine';
import { request } from '../../../scripts/engines/http';
import { startWorkbench } from '../../../scripts/host/workbench';
import { projectRoot } from '../../../scripts/lab';
import { onlyEngine } from '../../../scripts/workbench/open';
import { PodgraphWindow } from '../../../scripts/workbench/podgraphWindow';
import { savedTexts } from '../../../scripts/workbench/savedTexts';
import { waitFor } from '../../../scripts/waitFor';
import { type Bench, comparedRow } from '../benchmark';

const NAME = 'start-up';
const CONTAINERS = 300;
/** Of the sidebar; the window restores the one that it has saved as open. */
const viewContainer = 'workbench.view.extension.podgraph';

export const bench: Bench = {
  about: `A window with an open Podgraph view is reloaded, in a browser, with 300 containers on the demo engine: time until the first
row of the tree is on screen. Compared with the time until the same reload shows VS Code's own activity bar.`,
  run: async ({ quick }) => {
    await bundleExtension();
    const engine = await startEngine('demo');
    try {
      const { status, text } = await request(engine.socket, 'POST', '/demo/fleet', { size: CONTAINERS });
      if (status !== 204) throw new Error(`The demo engine created no containers: ${text}`);
      const settings = onlyEngine(engine);
      const workbench = await startWorkbench({ dev: projectRoot, settings, machineSettings: settings });
      try {
        const { page } = workbench;
        const view = new PodgraphWindow(page, path.join(projectRoot, 'out', 'bench'));
        await view.openView();
        const firstRow = page.locator('.pane-body .monaco-list-row').first();
        await firstRow.waitFor();
        await waitFor('the open view to be saved', async () => (await savedTexts(page)).includes(viewContainer));
        const [ours, peer]: [number[], number[]] = [[], []];
        for (let round = -1; round < (quick ? 1 : 10); round++) {
          const began = performance.now();
          await page.reload({ waitUntil: 'commit' });
          await page.locator('.activitybar .action-item').first().waitFor();
          const editor = performance.now() - began;
          await firstRow.waitFor();
          const row = performance.now() - began;
          if (round < 0) continue; // warm-up
          ours.push(row);
          peer.push(editor);
        }
        const row = comparedRow(NAME, 'ms', { values: ours }, 'activity bar', { values: peer });
        return [{ ...row, engine: engine.name }];
      } finally {
        await workbench.close();
      }
    } finally {
      await engine.stop();
    }
  },
};
