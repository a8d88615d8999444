import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { engineOf } from '../../../src/graph/model/model';
import type { GraphSnapshot } from '../../../src/service/service';
import { retainedBytes } from '../heap';
import { BenchWindow, idAt } from '../live/window';
import type { RemoteFleet } from './remoteFleet';

/** Milliseconds until engines are idle after a window closes. */
const REST = 2_000;

/** Milliseconds until the tree shows all healthy hosts. */
export async function firstPaint(fleet: RemoteFleet): Promise<number> {
  const began = performance.now();
  const window = new BenchWindow(...fleet.all);
  window.open();
  await window.until('the healthy hosts are listed', ({ engines }) =>
    healthyIds(fleet).every((id) => engines.get(id)?.listed),
  );
  const took = performance.now() - began;
  window.close();
  await pause(REST);
  return took;
}

/** Bytes per container of a window in which all hosts are inspected. */
export async function memory(fleet: RemoteFleet): Promise<number> {
  const before = await retainedBytes();
  const window = await openInspectedWindow(fleet);
  window.expandAll();
  const held = (await retainedBytes()) - before;
  window.close();
  await pause(REST);
  return held / fleet.containers;
}

/** Removes everything. Returns seconds until healthy hosts are empty, and what others hold after reconciliation. */
export async function removeAll(
  fleet: RemoteFleet,
  degrade: () => Promise<void>,
): Promise<{ seconds: number; left: number }> {
  const window = await openInspectedWindow(fleet);
  const { service } = window;
  const chosen = [...service.snapshot.graph.nodes.keys()];
  const plan = await service.plan({ chosen, isAll: true }, { dependents: 'include', running: 'stop' });
  const reconciled = new Promise<void>((resolve) => service.onDidReconcile(() => resolve()));
  await degrade();
  const began = performance.now();
  const run = service.run(plan);
  const healthy = new Set(healthyIds(fleet));
  const isEmpty = ({ graph }: GraphSnapshot) => ![...graph.nodes.keys()].some((key) => healthy.has(engineOf(key)));
  await window.until('the healthy hosts are empty', isEmpty);
  const seconds = (performance.now() - began) / 1000;
  if (!(await run.done).isReconciled) await reconciled;
  const left = await fleet.left();
  window.close();
  await pause(REST);
  return { seconds, left };
}

/** A window in which all hosts are fully inspected. */
async function openInspectedWindow(fleet: RemoteFleet): Promise<BenchWindow> {
  const window = new BenchWindow(...fleet.all);
  window.open();
  await window.until('everything is inspected', ({ engines }) =>
    [...engines.values()].every(({ listed, state, uninspected }) => listed && state === 'live' && uninspected === 0),
  );
  return window;
}

const healthyIds = (fleet: RemoteFleet) => Array.from({ length: fleet.healthy }, (_, at) => idAt(at));
