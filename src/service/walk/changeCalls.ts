import { EngineError } from '../../engine/error';
import type { Change } from '../../graph/action';
import { concerns, goesUp } from '../../graph/action';
import { components } from '../../graph/cycles';
import type { NodeKey } from '../../graph/model';
import { keyParts } from '../../graph/model';
import { isDoubtful } from './doubt';
import { isUp, type Observed } from '../observed';
import { lookSurely } from './lookSurely';
import { awaitOthersStop } from './othersStop';
import { containersOf, sendCall } from './sendCall';
import { timeoutToSend } from './stopTimes';
import type { UnitWork } from './unitWork';
import { stopBounds } from './unitWork';

/**
 * Sends what makes the change: one call for a whole pod where the engine then does just what was confirmed, else one for
 * each container in order. Podman answers 304 to the stop of a pod that is Degraded, and stops nothing of it.
 */
export async function send(work: UnitWork, step: Change): Promise<void> {
  const { unit } = work;
  const [target] = unit.targets;
  if (unit.kind === 'pod' && target !== undefined && isWhole(work, step, target)) return call(work, step, target);
  const containers = unit.nodes.filter((key) => keyParts(key).kind === 'container');
  await eachInOrder(work, step, containers);
  // On the way up the engine itself brings the infra container up with the first member.
  if (step === 'stop' || step === 'kill') await eachInOrder(work, step, unit.infra);
}

/**
 * Whether one call to the pod does exactly what the plan says. Podman before 5.5 stops the members of a pod in no order, so
 * that those of a pod in which one needs another are stopped one by one.
 */
function isWhole({ unit, plan, observed }: UnitWork, step: Change, pod: NodeKey): boolean {
  const mine = new Set([...unit.nodes, ...unit.infra]);
  const containers = observed.containersOf(pod);
  if (containers.some((one) => concerns(step, one.state) && !mine.has(one.key))) return false;
  if (goesUp(step)) return true;
  // Paused members are resumed one by one before they are stopped.
  if (step !== 'pause' && containers.some((one) => one.state !== 'running')) return false;
  return !unit.nodes.some((key) => plan.nodes.get(key)?.needs?.some(({ to }) => to !== pod && mine.has(to)));
}

/** In waves: what is free of all that must come before it together, then the next. */
async function eachInOrder(work: UnitWork, step: Change, keys: readonly NodeKey[]): Promise<void> {
  const { plan, cancelled } = work;
  const among = new Set(keys);
  const before = (key: NodeKey): NodeKey[] => {
    const planned = plan.nodes.get(key);
    const others = goesUp(step) ? planned?.needs?.map(({ to }) => to) : planned?.dependents;
    return (others ?? []).filter((one) => one !== key && among.has(one));
  };
  const waveOf = new Map<NodeKey, number>();
  const waves: NodeKey[][] = [];
  for (const part of components(keys, before)) {
    const wave = part.flatMap(before).reduce((latest, one) => Math.max(latest, (waveOf.get(one) ?? -1) + 1), 0);
    for (const key of part) waveOf.set(key, wave);
    (waves[wave] ??= []).push(...part);
  }
  for (const wave of waves) {
    if (cancelled.aborted) throw new EngineError('aborted', 'cancelled');
    // All are waited for, whatever becomes of one: their locks are let go of after this.
    const settled = await Promise.allSettled(wave.map((key) => callOne(work, step, key)));
    const errors = settled.flatMap((one) => (one.status === 'rejected' ? [EngineError.from(one.reason)] : []));
    const worst = errors.find(isDoubtful) ?? errors[0];
    if (worst) throw worst;
  }
}

async function callOne(work: UnitWork, step: Change, key: NodeKey): Promise<void> {
  const { observed, cancelled } = work;
  const isConcerned = () => concerns(step, observed.container(key)?.state ?? 'unknown');
  if (!observed.container(key) || !isConcerned()) return;
  if (step === 'stop' || step === 'restart') await awaitOthersStop(work, [key]);
  if (!isConcerned()) return;
  if (observed.container(key)?.state === 'paused' && step !== 'unpause') await wake(work, key);
  if (cancelled.aborted) throw new EngineError('aborted', 'cancelled');
  try {
    await call(work, step, key);
  } catch (thrown) {
    const isDown = EngineError.from(thrown).reason === 'gone' && (step === 'stop' || step === 'kill');
    if (!isDown) throw thrown;
    work.observed.noteGone(key);
  }
}

/** What is paused would be killed without grace, or not at all, or refused. */
async function wake({ engine, onUnpauseSent }: UnitWork, key: NodeKey) {
  onUnpauseSent(key);
  try {
    await engine.unpause(key);
  } catch (thrown) {
    // It was resumed, stopped or removed meanwhile: what follows says so better.
    if (isDoubtful(EngineError.from(thrown))) throw thrown;
  }
}

/** Milliseconds. How long a container in a crash loop is sent stops; one life and the time to the next take Podman half a second. */
const crashLoopPatience = 15_000;

/**
 * Podman takes a stop between two lives of a crash loop for done, and starts the container again all the same: only a stop
 * that meets it alive ends the loop (4.3.1, 5.8.6). Docker ends it at once.
 */
async function stopBetweenLives({ observed, clock, cancelled }: UnitWork, key: NodeKey, stop: () => Promise<void>) {
  const until = clock.now() + crashLoopPatience;
  if (!mayComeBack(observed, key)) return;
  for (;;) {
    await lookSurely(observed, key);
    if (!isUp(observed, key) || clock.now() >= until || cancelled.aborted) return;
    await stop();
  }
}

/** Whether a restart policy may start the container again. */
function mayComeBack(observed: Pick<Observed, 'container'>, key: NodeKey): boolean {
  const policy = observed.container(key)?.details?.restartPolicy ?? '';
  return policy !== '' && policy !== 'no';
}

async function call(work: UnitWork, step: Change, key: NodeKey): Promise<void> {
  const stops = step === 'stop' || step === 'restart' || step === 'kill';
  if (step === 'start') work.onStartSent(containersOf(work, key));
  await sendCall(work, key, stops, () => sendStep(work, step, key));
}

async function sendStep(work: UnitWork, step: Change, key: NodeKey): Promise<void> {
  const { engine, plan } = work;
  const bounds = stopBounds(work);
  const timeout = timeoutToSend(plan, key);
  switch (step) {
    case 'start':
      return engine.start(key, bounds);
    case 'stop':
      await engine.stop(key, { timeout, ...bounds });
      return stopBetweenLives(work, key, () => engine.stop(key, { timeout, ...bounds }));
    case 'restart':
      return engine.restart(key, { timeout, ...bounds });
    case 'pause':
      return engine.pause(key, bounds);
    case 'unpause':
      return engine.unpause(key, bounds);
    case 'kill':
      return engine.kill(key, 'SIGKILL', bounds);
  }
}
