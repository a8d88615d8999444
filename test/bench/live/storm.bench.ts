import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { createFleet } from '../../../scripts/engines/fleet';
import { request } from '../../../scripts/engines/http';
import type { ContainerNode } from '../../../src/graph/model/model';
import { withTarget, type Bench, type BenchOptions, type BenchRow, singleRow } from '../benchmark';
import { inPool } from '../removal/fleets';
import { EventCounter } from './eventCounter';
import { unconnected, type BenchEngine, benchEngines, rootOf } from './benchEngines';
import { BenchWindow, keyOf, RequestCounter } from './window';

const NAME = 'storm';
const AT_ONCE = 4;
/** Milliseconds after an event in which it may cause requests. */
const REQUEST_DELAY = 1000;
/** Milliseconds between two polls of the window, of two requests each. */
const POLL_INTERVAL = 15_000;

export const bench: Bench = {
  about: `Another client starts containers until the engine has sent 500 events, while a window shows the fleet. Counts the requests
of the window until its tree shows the final state, including the periodic poll (two requests every 15 s). Then a health check of one
container runs 500 times with the same result: counts the requests and the changes of the tree.`,
  run: async (options) => {
    const rows: BenchRow[] = [];
    for (const engine of await benchEngines(options)) {
      rows.push(await measure(engine, options));
      rows.push(...(await measureHealth(engine, options)));
    }
    return rows;
  },
};

/** Events of a health check whose result does not change. */
async function measureHealth({ engine, fleet }: BenchEngine, { quick, log }: BenchOptions): Promise<BenchRow[]> {
  const wanted = quick ? 40 : 500;
  const name = 'checked';
  const healthCheck = { test: ['/busybox', 'true'], retries: 1 };
  const id = await createFleet(engine).container({ name, healthCheck });
  const check = async () => {
    const { status, text } = await request(engine.socket, 'GET', `${rootOf(engine)}/containers/${id}/healthcheck`);
    if (status !== 200) throw new Error(`health check: ${status} ${text}`);
  };
  await check();
  const window = new BenchWindow(engine);
  const events = await EventCounter.open(engine);
  const requests = new RequestCounter();
  try {
    window.open();
    await window.untilComplete();
    await window.until('it is healthy', ({ graph }) => graph.container(keyOf(id))?.health === 'healthy');
    // Podman's list adds the namespaces of a container that was only inspected.
    const isListed = (node: ContainerNode | undefined) => engine.flavour !== 'podman' || node?.namespaces !== undefined;
    await window.until('it is listed', ({ graph }) => isListed(graph.container(keyOf(id))));
    // The list of pods follows the inspects; until then, their containers imply them, without a time.
    await window.until('the pods are listed', ({ graph }) =>
      graph.indexed.nodes.every(({ kind, createdAt }) => kind !== 'pod' || createdAt !== undefined),
    );
    await pause(REQUEST_DELAY);
    const [sentBefore, paintedBefore, began] = [requests.sent, window.repaints, events.received];
    const startedAt = performance.now();
    await inPool(Array.from({ length: wanted }), AT_ONCE, check);
    await pause(REQUEST_DELAY);
    // The checks are requests of this process, too.
    const sent = requests.sent - sentBefore - wanted;
    const painted = window.repaints - paintedBefore;
    const polls = 2 * Math.ceil((performance.now() - startedAt) / POLL_INTERVAL);
    log(
      `${NAME}, ${fleet}: ${events.received - began} events of ${wanted} checks, ${sent} requests, ${painted} repaints`,
    );
    if (events.received - began < wanted) throw new Error(`${wanted} checks made ${events.received - began} events.`);
    const row = (what: string, unit: 'requests' | 'repaints', value: number) => ({
      ...singleRow(`${NAME}, ${what} of unchanged health, ${fleet}`, unit, [value]),
      engine: engine.name,
    });
    return [
      withTarget(row('requests', 'requests', sent), 'none but the periodic poll', ({ ours }) => ours <= polls),
      withTarget(row('repaints', 'repaints', painted), 'no repaint for unchanged health', ({ ours }) => ours === 0),
    ];
  } finally {
    requests.end();
    events.close();
    window.close();
    await request(engine.socket, 'DELETE', `${rootOf(engine)}/containers/${id}?force=true&timeout=0`);
  }
}

async function measure({ engine, fleet }: BenchEngine, { quick, log }: BenchOptions): Promise<BenchRow> {
  const wanted = quick ? 40 : 500;
  const window = new BenchWindow(engine);
  const ids = await unconnected(engine);
  const events = await EventCounter.open(engine);
  const requests = new RequestCounter();
  try {
    window.open();
    await window.untilComplete();
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
