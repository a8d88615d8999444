import { setTimeout as pause } from 'node:timers/promises';
import { request } from '../../../scripts/engines/http';
import { withTarget, type Bench, type BenchOptions, type BenchRow, singleRow } from '../benchmark';
import { inPool } from '../removal/fleets';
import { EventCounter } from './happenings';
import { unconnected, type BenchEngine, benchEngines, rootOf } from './places';
import { BenchWindow, keyOf, RequestCounter } from './window';

const NAME = 'storm';
const AT_ONCE = 4;
/** Milliseconds after an event in which it may cause requests. */
const REQUEST_DELAY = 1000;

export const bench: Bench = {
  about: `Another client starts containers until the engine has sent 500 events, while a window shows the fleet. Counts the requests
of the window until its tree shows the final state, including the periodic poll (two requests every 15 s).`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const place of await benchEngines(options)) rows.push(await measure(place, options));
    return rows;
  },
};

async function measure({ engine, fleet }: BenchEngine, { quick, log }: BenchOptions): Promise<BenchRow> {
  const wanted = quick ? 40 : 500;
  const window = new BenchWindow(engine);
  const ids = await unconnected(engine);
  const events = await EventCounter.open(engine);
  const requests = new RequestCounter();
  try {
    window.open();
    await window.untilInspected();
    const [before, began] = [requests.sent, events.received];
    const eventCount = () => events.received - began;
    const started: string[] = [];
    await inPool(ids, AT_ONCE, async (id) => {
      if (eventCount() >= wanted) return;
      const { status, text } = await request(engine.socket, 'POST', `${rootOf(engine)}/containers/${id}/start`);
      if (status !== 204) throw new Error(`start ${id}: ${status} ${text}`);
      started.push(id);
    });
    if (eventCount() < wanted) throw new Error(`${started.length} starts made ${eventCount()} events.`);
    // Containers of the demo engine keep running, those of real engines exit at once.
    const state = engine.line === 'demo' ? 'running' : 'exited';
    await window.until(`all are ${state}`, ({ graph }) =>
      started.every((id) => graph.container(keyOf(id))?.state === state),
    );
    await pause(REQUEST_DELAY);
    const sent = requests.sent - before;
    log(`${NAME}, ${fleet}: ${eventCount()} events of ${started.length} containers, ${sent} requests`);
    const row = singleRow(`${NAME}, ${fleet}`, 'requests', [sent]);
    return withTarget({ ...row, engine: engine.name }, 'at most 20 requests', ({ ours }) => ours <= 20);
  } finally {
    requests.end();
    events.close();
    window.close();
  }
}
