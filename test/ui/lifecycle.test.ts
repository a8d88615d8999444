import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DemoEngine } from '../../src/demo/engine';
import { DemoWorkbench } from './demoWorkbench';
import { PreviewPage } from './trustWorkbench';
import type { PodgraphWindow } from './window';
import { cleanUp } from './workbench';

/** A chain `top > mid > base` that runs, and what has ended, one of it in a pod; what is left of others. */
const fleet = {
  pods: [{ name: 'done', infraState: 'exited' as const }],
  containers: [
    { name: 'base' },
    { name: 'mid', dependsOn: { net: 'base' } },
    { name: 'top', dependsOn: { net: 'mid' } },
    { name: 'job', pod: 'done', state: 'exited' as const },
    { name: 'finished', state: 'exited' as const },
    { name: 'scratch', state: 'created' as const },
  ],
  volumes: [{ daysOld: 3 }, { name: 'kept', daysOld: 400 }],
};

const up = ['base — bb:1 · needed by 1', '  mid — shares net of base · needed by 1', '    top — shares net of mid'];
const down = [
  'base — exited (0) · bb:1 · needed by 1',
  '  mid — exited (0) · shares net of base · needed by 1',
  '    top — exited (0) · shares net of mid',
];

describe('stop, start and prune in a workbench', () => {
  let demo: DemoWorkbench;
  let engine: DemoEngine;
  let window: PodgraphWindow;

  beforeAll(async () => {
    demo = await DemoWorkbench.start(fleet);
    ({ engine, window } = demo);
  });

  afterEach(({ task }) => cleanUp(window, task));

  afterAll(() => demo?.close());

  async function chain() {
    return (await window.tree()).filter((line) => /^ *(base|mid|top) /.test(line));
  }

  it('says in a hover what needs a container, path by path', async () => {
    await expect.poll(chain).toEqual(up);
    const hover = window.page.locator('.workbench-hover .rendered-markdown');
    // A row that is drawn anew forgets that it is pointed at: point at it once more, as a person does.
    const points = async () => {
      await window.row('finished').hover();
      await window.row('base').hover();
      const shows = hover.filter({ hasText: '2 need base' }).waitFor({ timeout: 3_000 });
      return shows.then(
        () => true,
        () => false,
      );
    };
    await expect.poll(points).toBe(true);
    const ways = await hover.locator('li').allInnerTexts();
    expect(ways).toEqual(['mid: shares net of base', 'top: shares net of mid → shares net of base']);
    await window.picture('lifecycle-1-hover');
    await window.page.keyboard.press('Escape');
  });

  it('stops a chain with what needs it, dependents first', async () => {
    await window.chooseFromMenu(window.row('base'), 'Stop with What Needs It');
    const { message, detail } = await window.question();
    expect(message).toBe('Stop 3 containers on podman 5.8.6?');
    expect(detail).toMatch(/(mid, top|top, mid) go along because they need what you chose\./);
    await window.answer('Stop 3');
    await window.toast(/Stopped 3 containers in /).waitFor();
    await expect.poll(chain).toEqual(down);
    expect(demo.served.asked('stop')).toEqual(['top', 'mid', 'base']);
    await window.picture('lifecycle-2-stopped');
  });

  it('starts it with what it needs, dependencies first', async () => {
    await window.chooseFromMenu(window.row('top'), 'Start with What It Needs');
    await window.toast(/Started 3 containers in /).waitFor();
    await expect.poll(chain).toEqual(up);
    expect(demo.served.asked('start')).toEqual(['base', 'mid', 'top']);
  });

  it('shows what a prune would take, and takes just that', async () => {
    const offered = window.page.locator('.quick-input-widget');
    await window.runFromPalette('Podgraph: Prune…');
    await offered.getByText('empty, or all members ended').waitFor();
    await offered.getByText('anonymous, used by no container').click();
    await window.page.keyboard.press('Enter');
    await offered.getByText('Of any age').waitFor();
    await window.page.keyboard.press('Enter');
    await offered.getByText('Only what has these labels').waitFor();
    await window.page.keyboard.press('Enter');
    const preview = new PreviewPage(window.page);
    await preview.opened();
    const [volume = ''] = engine.state().volumes;
    expect(await preview.lines()).toEqual([
      'Step 1: 1 pod, 3 containers and 1 volume',
      '[x] done: chosen',
      '[x] job: in pod done',
      '[x] finished: chosen',
      '[x] scratch: chosen',
      `[x] ${volume.slice(0, 12)}: chosen · deleted for good, with all data in it`,
    ]);
    await window.picture('lifecycle-3-prune');
    engine.addContainer({ name: 'late', state: 'exited' });
    await window.row('late').waitFor();
    await preview.button('Remove 5').click();
    await window.toast(/Removed 1 pod, 3 containers and 1 volume in /).waitFor();
    expect(engine.state().volumes).toEqual(['kept']);
    await expect.poll(() => window.tree()).toEqual([...up, 'late — exited (0) · bb:1']);
  });
});
