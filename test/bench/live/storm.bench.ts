import { setTimeout as pause } from 'node:timers/promises';
import { request } from '../../../scripts/engines/http';
import { withTarget, type Bench, type BenchOptions, type BenchRow, singleRow } from '../row';
import { inPool } from '../removal/fleets';
import { Happenings } from './happenings';
import { unconnected, type BenchEngine, benchEngines, rootOf } from './places';
import { BenchWindow, keyOf, RequestCounter } from './window';

const NAME = 'storm';
const AT_ONCE = 4;
/** Milliseconds after which nothing more is asked because of an event. */
const AFTERWARDS = 1000;

export const bench: Bench = {
  about: `Containers are started from outside until the engine has told 500 events, while a window shows the fleet: how many
requests the window sends until its tree shows how all of it ended. The slow poll, two requests each 15 s, counts as well.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const place of await benchEngines(options)) rows.push(await measure(place, options));
    return rows;
  },
};

async function measure({ engine, fleet }: BenchEngine, { quick, say }: BenchOptions): Promise<BenchRow> {
  const wanted = quick ? 40 : 500;
  const window = new BenchWindow(engine);
  const ids = await unconnected(engine);
  const happenings = await Happenings.open(engine);
  const questions = new RequestCounter();
  try {
    window.open();
    await window.untilWhole();
    const [before, began] = [questions.sent, happenings.told];
    const told = () => happenings.told - began;
    const started: string[] = [];
    await inPool(ids, AT_ONCE, async (id) => {
      if (told() >= wanted) return;
      const { status, text } = await request(engine.socket, 'POST', `${rootOf(engine)}/containers/${id}/start`);
      if (status !== 204) throw new Error(`start ${id}: ${status} ${text}`);
      started.push(id);
    });
    if (told() < wanted) throw new Error(`${started.length} starts made ${told()} events.`);
    // Processes of the demo engine's fleet go on, those of real ones end at once.
    const state = engine.line === 'demo' ? 'running' : 'exited';
    await window.until(`all are ${state}`, ({ graph }) =>
      started.every((id) => graph.container(keyOf(id))?.state === state),
    );
    await pause(AFTERWARDS);
    const sent = questions.sent - before;
    say(`${NAME}, ${fleet}: ${told()} events of ${started.length} containers, ${sent} requests`);
    const row = singleRow(`${NAME}, ${fleet}`, 'requests', [sent]);
    return withTarget({ ...row, engine: engine.name }, 'at most 20 requests', ({ ours }) => ours <= 20);
  } finally {
    questions.end();
    happenings.close();
    window.close();
  }
}
