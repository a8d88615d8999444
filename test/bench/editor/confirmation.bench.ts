import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { bundleExtension } from '../../../scripts/bundle/bundle';
import { startEngine } from '../../../scripts/engines/engine';
import { request } from '../../../scripts/engines/http';
import type { PlanOptions } from '../../../src/graph/plan/plan';
import { withTarget, type Bench, type BenchOptions, type BenchRow, comparedRow, singleRow } from '../benchmark';
import { collectGarbage } from '../heap';
import { rawList } from '../live/benchEngines';
import { BenchWindow } from '../live/window';
import { loadView } from '../view';
import type * as ConfirmationPromptModule from './confirmationPrompt';

const NAME = 'confirmation';
/** Milliseconds beyond the list that the confirmation may take, per container. */
const ALLOWANCE = 60 / 10_000;
/** Milliseconds for which the event loop may be blocked: longer is noticed while typing. */
const LONGEST_BLOCK = 50;
/** Milliseconds between two samples of the event loop. */
const RESOLUTION = 2;

const removeAll: PlanOptions = { dependents: 'include', running: 'stop' };

type Phase = 'connecting and listing' | 'planning' | 'removing';

export const bench: Bench = {
  about: `From the command *Remove All* to its confirmation as text, on the demo engine: a new list, the plan, the plan of only the
stopped containers, and the text; compared with the raw list call. *Longest block* is the longest time for which one phase
occupied the event loop of the extension host; the demo engine is another process.`,
  limit: `the list. A processor profile of 10,000 containers shows, of about 410 ms: 130 waiting for the engine, 90 parsing the
answer (ours has the ids of namespaces), 60 for two plans, 40 for garbage collection, 35 for the comparison with the known state and
20 for the index of names. While planning, a profile on a slower machine had one block of 323 ms, with 174 for the two plans, 59 for
the comparison and 37 for garbage collection; since then, the list and each plan are blocks of their own.`,
  run: async (options) => {
    await bundleExtension();
    const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-bench-'));
    try {
      const texts = await loadView<typeof ConfirmationPromptModule>('test/bench/editor/confirmationPrompt.ts', folder);
      const rows: BenchRow[] = [];
      await loadEngineClient();
      for (const size of options.quick ? [60] : [100, 1_000, 10_000])
        rows.push(...(await measure(size, texts, options)));
      return rows;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Once per window, for any number of containers; a part of *start-up*. */
async function loadEngineClient(): Promise<void> {
  const engine = await startEngine('demo');
  try {
    const window = new BenchWindow(engine);
    window.open();
    await window.untilInspected();
    window.close();
  } finally {
    await engine.stop();
  }
}

async function measure(
  size: number,
  texts: typeof ConfirmationPromptModule,
  { quick }: BenchOptions,
): Promise<BenchRow[]> {
  const engine = await startEngine('demo');
  const blocks = new Map<Phase, number>();
  try {
    const { status, text } = await request(engine.socket, 'POST', '/demo/fleet', { size });
    if (status !== 204) throw new Error(`The demo engine created no containers: ${text}`);
    const window = new BenchWindow(engine);
    await watchBlocks(blocks, 'connecting and listing', async () => {
      window.open();
      await window.untilInspected();
    });
    const { service } = window;
    const scope = { chosen: [...service.snapshot.graph.nodes.keys()], isAll: true };
    const confirm = async () => {
      const plan = await service.plan(scope, removeAll);
      await service.plan(scope, { ...removeAll, running: 'skip' }, plan);
      texts.confirmationPrompt(plan);
      return plan;
    };
    const [ours, peer]: [number[], number[]] = [[], []];
    for (let round = -1; round < (quick ? 1 : 11); round++) {
      collectGarbage();
      let began = performance.now();
      await rawList(engine);
      const raw = performance.now() - began;
      began = performance.now();
      await confirm();
      const own = performance.now() - began;
      if (round < 0) continue; // warm-up
      peer.push(raw);
      ours.push(own);
    }
    await watchBlocks(blocks, 'planning', confirm);
    const plan = await confirm();
    await watchBlocks(blocks, 'removing', () => service.run(plan).done);
    window.close();
    const of = `${size.toLocaleString('en-US')} on demo`;
    const row = comparedRow(`${NAME}, ${of}`, 'ms', { values: ours }, 'raw list call', { values: peer });
    const isMet = ({ ours: own, peer: raw }: BenchRow) => own - (raw ?? 0) <= Math.max(5, ALLOWANCE * size);
    const rows = [withTarget(row, 'at most the list and 60 ms per 10,000 containers (5 ms for few)', isMet)];
    for (const [phase, longest] of blocks) {
      const block = singleRow(`${NAME}, longest block while ${phase}, ${of}`, 'ms', [longest]);
      rows.push(withTarget(block, `under ${LONGEST_BLOCK} ms`, (one) => one.ours < LONGEST_BLOCK));
    }
    return rows.map((one) => ({ ...one, engine: engine.name }));
  } finally {
    await engine.stop();
  }
}

/** Records the longest time for which the work occupied the event loop. */
async function watchBlocks(blocks: Map<Phase, number>, phase: Phase, work: () => Promise<unknown>): Promise<void> {
  collectGarbage();
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  await work();
  await pause(2 * RESOLUTION);
  delays.disable();
  // A sample includes the interval itself.
  blocks.set(phase, Math.max(0, delays.max / 1e6 - RESOLUTION));
}
