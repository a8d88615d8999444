import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../src/clock';
import { demoFleet } from '../../src/demo/main';
import { createEngine } from '../../src/engine/createEngine';
import type { ContainerGraph } from '../../src/graph/model/graph';
import { isActive } from '../../src/graph/model/model';
import { isSuccess } from '../../src/graph/plan/report';
import { createService, privateFiles, type Service } from '../../src/service';
import { DemoEngineServer } from '../servedEngine';
import { nullLog } from '../silent';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

/** A window on a demo engine with its sample fleet. */
async function openWindow() {
  const server = await DemoEngineServer.start(demoFleet());
  cleanups.push(() => server.stop());
  const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-recipes-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const engine = createEngine({ id: 'demo', address: { kind: 'unix', path: server.socket } }, systemClock);
  const recipes = { files: privateFiles(path.join(folder, 'recipes')), retentionMs: () => 1e9 };
  const deps = { clock: systemClock, log: nullLog, concurrency: () => 8, random: Math.random, recipes };
  const service = createService(deps, [{ id: 'demo', label: 'demo', engine }]);
  cleanups.push(() => service.dispose());
  await service.refresh();
  return { service, folder: path.join(folder, 'recipes') };
}

/** Nodes by name with state and dependencies, without ids. */
function shapeOf(graph: ContainerGraph): Record<string, string> {
  const lines = [...graph.nodes.values()].map((node): [string, string] => {
    const edges = graph.dependencies(node.key).map(({ to, reasons }) => {
      return `${graph.get(to)?.name ?? '?'} (${[...reasons].sort().join('+')})`;
    });
    const state = node.kind === 'pod' ? 'pod' : isActive(node.state) ? 'up' : 'down';
    return [node.name, [state, ...edges.sort()].join(', ')];
  });
  return Object.fromEntries(lines.sort(([one], [other]) => one.localeCompare(other)));
}

const scopeOf = (service: Service) => ({ chosen: [...service.snapshot.graph.nodes.keys()], isAll: true });

test('brings back the sample fleet: the same graph, by names', async () => {
  const { service, folder } = await openWindow();
  const before = shapeOf(service.snapshot.graph);
  const plan = await service.plan(scopeOf(service), { dependents: 'include', running: 'stop', stopTimeout: 0 });
  await service.run(plan).done;
  expect(Object.keys(shapeOf(service.snapshot.graph))).toEqual([]);
  for (const name of readdirSync(folder)) expect(statSync(path.join(folder, name)).mode & 0o077).toBe(0);

  const [removal] = await service.removals();
  const again = { action: 'bringBack', dependents: 'block', running: 'stop', removal: plan.id } as const;
  const back = await service.plan({ chosen: removal?.keys ?? [], isAll: false }, again);
  expect(back.retained).toEqual([]);
  const report = await service.run(back).done;
  const failed = [...report.nodes.values()].filter(({ outcome }) => !isSuccess(outcome));
  expect(failed.map(({ node, outcome }) => [node.name, outcome])).toEqual([]);
  await service.refresh();
  expect(shapeOf(service.snapshot.graph)).toEqual(before);
}, 60_000);
