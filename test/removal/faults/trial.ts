import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunningEngine } from '../../../scripts/engines/engine';
import type { Report } from '../../../src/graph/plan/report';
import type { Run } from '../../../src/service';
import { lostNodes, changedOutsiders, wrongNodes } from './reportCheck';
import { Disk } from './disk';
import { ElasticClock, ElasticTime } from './elasticClock';
import { demoEngine, listObjects, realEngine } from './engines';
import { makeFleet, seeded } from './fleet';
import { leakedHandles, openHandles } from './handles';
import { type Interruption, interrupt } from './interruption';
import { FaultProxy } from './proxy';
import type { FaultKind, Stage } from './stage';
import { TrialWindow } from './window';

/** Speed of time on the demo engine and in its service. */
const SPEED = 20;
/** Milliseconds after which a run counts as hung. */
const RUN_LIMIT = 300_000;
/** Milliseconds that a disposed service may take to cancel its timers. */
const TIMER_TIMEOUT = 2_000;

/** Result of one removal under a fault. */
export interface FaultRun {
  /** Faults or interruptions that did not occur. Such a run proves nothing. */
  readonly missed: readonly string[];
  /** Nodes of the plan without a known outcome; leaked locks, sockets and timers. */
  readonly lost: readonly string[];
  /** Differences between report and engine, and changed nodes outside of the plan. */
  readonly wrong: readonly string[];
}

interface TrialChoice {
  readonly kind: FaultKind;
  readonly interruption: Interruption;
  readonly seed: number;
  /** For kinds that need a real engine. */
  readonly running?: RunningEngine | undefined;
}

/** Creates random containers, removes some under a fault, and compares the report with the engine. */
export async function runWithFault(choice: TrialChoice): Promise<FaultRun> {
  const handles = openHandles();
  const cleanups: (() => unknown)[] = [];
  const found = { missed: [] as string[], lost: [] as string[], wrong: [] as string[] };
  try {
    await execute(choice, found, cleanups);
  } catch (thrown) {
    found.lost.push(thrown instanceof Error ? thrown.message : String(thrown));
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
  found.lost.push(...(await leakedHandles(handles)));
  return found;
}

async function execute(
  { kind, interruption, seed, running }: TrialChoice,
  { missed, lost, wrong }: { missed: string[]; lost: string[]; wrong: string[] },
  cleanups: (() => unknown)[],
) {
  const random = seeded(seed);
  const isReal = kind.on === 'real';
  const time = isReal ? new ElasticTime('machine') : new ElasticTime('own', SPEED);
  cleanups.push(() => time.dispose());
  const newClock = () => new ElasticClock(time);
  const clock = newClock();
  cleanups.push(() => clock.dispose());
  if (isReal && !running) throw new Error(`${kind.name} needs a real engine`);
  const profile = (['4.3', '5', '6'] as const)[Math.floor(random() * 3)] ?? '5';
  const engine = isReal && running ? realEngine(running) : await demoEngine(clock, profile);
  cleanups.push(() => engine.clear());
  const fleet = await makeFleet(engine.socket, random, `t${seed}-`);
  const folder = await mkdtemp(path.join(os.tmpdir(), 'podgraph-journals-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const disk = new Disk(folder);
  const socket = path.join(path.dirname(engine.socket), `f-${randomUUID().slice(0, 8)}.sock`);
  const proxy = await FaultProxy.start(socket, engine.socket);
  cleanups.push(() => proxy.stop());
  const windows: TrialWindow[] = [];
  const openWindow = (to = engine.socket) => {
    const window = new TrialWindow(`w${windows.length}`, newClock(), to, disk, random);
    windows.push(window);
    return window;
  };
  const window = openWindow(socket);
  cleanups.push(() => windows.forEach((one) => one.close()));

  const plan = await window.service.plan(
    { chosen: fleet.chosen, isAll: false },
    { dependents: 'include', running: 'stop' },
  );
  let hits = 0;
  let onHit: () => void = () => undefined;
  const hit = new Promise<void>((resolve) => (onHit = resolve));
  let onInterrupted: (happened: boolean) => void = () => undefined;
  const work: Promise<unknown>[] = [];
  const stage: Stage = {
    ...{ engine, fleet, proxy, window, disk, plan, random, clock },
    alsoUnchanged: [],
    interrupted: new Promise((resolve) => (onInterrupted = resolve)),
    hit: () => {
      hits++;
      onHit();
    },
    miss: (description) => missed.push(description),
    openWindow: () => openWindow(),
    untilDone: (one) => work.push(one),
    onEnd: (one) => cleanups.push(one),
  };
  await kind.prepare?.(stage);
  const before = await listObjects(engine.socket);
  kind.begin?.(stage);

  const run = window.service.run(plan);
  const report = await within(RUN_LIMIT, `${kind.name}, ${interruption}`, async () => {
    const result = kind.report ? kind.report(stage, run) : finalReport(stage, run);
    const over = result.catch(() => undefined);
    const interrupted = interrupt(interruption, { run, proxy, clock, hit, over });
    void interrupted.then(onInterrupted);
    const reconciled = await result;
    if (!(await interrupted)) missed.push(interruption);
    await Promise.all(work);
    return reconciled;
  });
  if (hits === 0) missed.push(kind.name);

  const after = await listObjects(engine.socket);
  const serving = stage.serving ? await listObjects(stage.serving) : after;
  lost.push(...lostNodes(plan, report));
  wrong.push(...wrongNodes(report, serving), ...changedOutsiders(before, after, plan));
  for (const other of stage.alsoUnchanged)
    wrong.push(...changedOutsiders(other.before, await listObjects(other.socket)));
  lost.push(...(await leaks(windows)));
}

/** The report of a run, reconciled after faults have ended. */
async function finalReport({ proxy, disk, window }: Stage, run: Run): Promise<Report> {
  const reconciled = new Promise<Report>((resolve) => window.service.onDidReconcile(resolve));
  const first = await run.done;
  proxy.passThrough();
  disk.onWrite = undefined;
  return first.isReconciled ? first : reconciled;
}

/** Leaked locks and timers of running windows. */
async function leaks(windows: readonly TrialWindow[]): Promise<string[]> {
  const left = windows.flatMap(({ service, isAlive }) =>
    isAlive && service.lockCount > 0 ? [`${service.lockCount} locks`] : [],
  );
  const timers = () => windows.reduce((sum, one) => sum + one.timers, 0);
  for (const { service } of windows) service.dispose();
  const until = performance.now() + TIMER_TIMEOUT;
  while (timers() > 0 && performance.now() < until) await pause(10);
  return timers() > 0 ? [...left, `${timers()} timers`] : left;
}

async function within<T>(ms: number, description: string, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${description}: not finished after ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
