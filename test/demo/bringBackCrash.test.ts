import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { FakeFleet } from '../../src/demo/fleet';
import { nodeKey } from '../../src/graph/model/model';
import { retryOptions } from '../../src/graph/plan/planAction';
import { isSuccess } from '../../src/graph/plan/report';
import type { RecoveredRun } from '../../src/service';
import { Disk } from '../removal/faults/disk';
import { ElasticClock, ElasticTime } from '../removal/faults/elasticClock';
import { engineId } from '../removal/faults/engines';
import { type Exchange, FaultProxy } from '../removal/faults/proxy';
import { TrialWindow } from '../removal/faults/window';
import { DemoEngineServer } from '../servedEngine';
import { request } from './libpodClient';

const fleet: FakeFleet = {
  pods: [{ name: 'shop' }],
  containers: [
    { name: 'db', volumes: ['/data'] },
    { name: 'web', dependsOn: { requires: ['db'] } },
    { name: 'cache', pod: 'shop', volumes: ['/data'] },
  ],
};

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** A demo engine behind a proxy, a disk, and a window whose removal has saved and deleted two volumes. */
async function start() {
  const server = await DemoEngineServer.start(fleet);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-crash-'));
  const proxy = await FaultProxy.start(path.join(folder, 'proxy.sock'), server.socket);
  const time = new ElasticTime('own', 20);
  const windows: TrialWindow[] = [];
  cleanups.push(
    () => time.dispose(),
    () => rmSync(folder, { recursive: true, force: true }),
    () => server.stop(),
    () => proxy.stop(),
    () => windows.forEach((one) => one.close()),
  );
  const [journals, recipes] = [new Disk(path.join(folder, 'journals')), new Disk(path.join(folder, 'recipes'))];
  const open = (socket = server.socket) => {
    const window = new TrialWindow(`w${windows.length}`, new ElasticClock(time), socket, journals, () => 0.5, recipes);
    windows.push(window);
    return window;
  };
  const before = await contents(server);
  const { service } = open();
  const { pods } = server.engine.state();
  const containers = ['db', 'web', 'cache'].map((name) => nodeKey(engineId, 'container', server.idOf(name)));
  const chosen = [...pods.map(({ id }) => nodeKey(engineId, 'pod', id)), ...containers];
  const removal = await service.plan(
    { chosen, isAll: false },
    { dependents: 'include', running: 'stop', stopTimeout: 0, deletedVolumes: 'all', backupFolder: folder },
  );
  await service.run(removal).done;
  expect(server.engine.state()).toMatchObject({ pods: [], containers: [], volumes: [] });
  return { server, proxy, journals: journals.folder, open, before, chosen, removal: removal.id };
}

/** The tar of the volume at `/data`, by container. */
async function contents({ socket }: DemoEngineServer) {
  const tars = ['db', 'cache'].map(async (name) => {
    const { status, text } = await request(socket, 'GET', `/v5.0.0/libpod/containers/${name}/archive?path=/data/.`);
    return [name, status === 200 ? text : undefined] as const;
  });
  return Object.fromEntries(await Promise.all(tars));
}

const isChange = ({ side }: Exchange) => side === 'writes';

/** Lets the next window claim the journals without the wait for a heartbeat. */
function abandonJournals(folder: string) {
  for (const name of readdirSync(folder)) {
    renameSync(path.join(folder, name), path.join(folder, name.replace(/removal$/, 'released.removal')));
  }
}

/** Brings back, and ends the window at a request that changes the engine: before the engine has it, or after. */
async function bringBackWithCrash(at: number, isForwarded: boolean): Promise<'crashed' | 'finished'> {
  const { server, proxy, journals, open, before, chosen, removal } = await start();
  const window = open(proxy.socket);
  const again = { action: 'bringBack', dependents: 'block', running: 'stop', removal } as const;
  const plan = await window.service.plan({ chosen, isAll: false }, again);
  let count = 0;
  const crashed = new Promise<'crashed'>((resolve) => {
    proxy.requestRule = (exchange) => {
      if (!isChange(exchange) || ++count < at) return undefined;
      const crash = async () => {
        // Only the first of several in flight is executed.
        if (isForwarded && count === at) await exchange.forward();
        window.crash();
        proxy.disconnect();
        resolve('crashed');
      };
      return crash();
    };
  });
  const ended = await Promise.race([crashed, window.service.run(plan).done.then(() => 'finished' as const)]);
  if (ended === 'crashed') {
    abandonJournals(journals);
    const next = open();
    const recovered = new Promise<RecoveredRun>((resolve) => next.service.onDidRecover(resolve));
    await next.service.recover();
    const run = await recovered;
    // Nothing has started before its data was back.
    const found = await contents(server);
    for (const [name, state] of Object.entries(server.states('db', 'cache')))
      if (state === 'running') expect([name, found[name]]).toEqual([name, before[name]]);
    if (run.remaining.length > 0) {
      const rest = { chosen: run.remaining, isAll: false };
      const report = await next.service.run(await next.service.plan(rest, retryOptions(run.report.plan))).done;
      const failed = [...report.nodes.values()].filter(({ outcome }) => !isSuccess(outcome));
      expect(failed.map(({ node, outcome }) => [node.name, outcome])).toEqual([]);
    }
    await run.close();
  }
  expect(server.names()).toEqual(['cache', 'db', 'shop', 'web']);
  expect(server.states('db', 'web', 'cache')).toEqual({ db: 'running', web: 'running', cache: 'running' });
  expect(await contents(server)).toEqual(before);
  return ended;
}

test('a window that ends at any request of a Bring Back: the next one offers the rest, and completes it', async () => {
  let at = 1;
  while ((await bringBackWithCrash(at, at % 2 === 0)) === 'crashed') at++;
  // Four creations, two volumes, three starts.
  expect(at).toBeGreaterThanOrEqual(9);
}, 120_000);
