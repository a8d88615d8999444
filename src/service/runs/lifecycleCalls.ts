import { EngineError } from '../../engine/error';
import { keyDeps, type NodeKey } from '../../graph/model/model';
import { stronglyConnectedComponents } from '../../graph/model/scc';
import { appliesTo, isDependenciesFirst, type LifecycleAction } from '../../graph/plan/lifecycleAction';
import { type EngineStateView, isContainerActive, refreshUntilConsistent } from '../state/engineStateView';
import { awaitOthersStop } from './othersStop';
import { isOutcomeUnknown, stopBounds, type UnitContext } from './runContext';
import { containersOf, sendCall } from './sendCall';
import { timeoutToSend } from './stopTimes';

/**
 * Sends what makes the change: one call for a whole pod where the engine then does just what was confirmed, else one for
 * each container in order. Podman answers 304 to the stop of a pod that is Degraded, and stops nothing of it.
 */
export async function sendLifecycleCalls(work: UnitContext, step: LifecycleAction): Promise<void> {
  const { unit } = work;
  const [target] = unit.targets;
  if (unit.kind === 'pod' && target !== undefined && isWholeConfiguration(work, step, target))
    return call(work, step, target);
  const containers = unit.nodes.filter((key) => keyDeps(key).kind === 'container');
  await inDependencyOrder(work, step, containers);
  // On the way up the engine itself brings the infra container up with the first member.
  if (step === 'stop' || step === 'kill') await inDependencyOrder(work, step, unit.infra);
}

/**
 * Whether one call to the pod does exactly what the plan says. Podman before 5.5 stops the members of a pod in no order, so
 * that those of a pod in which one needs another are stopped one by one.
 */
function isWholeConfiguration({ unit, plan, observed }: UnitContext, step: LifecycleAction, pod: NodeKey): boolean {
  const mine = new Set([...unit.nodes, ...unit.infra]);
  const containers = observed.containersOf(pod);
  if (containers.some((one) => appliesTo(step, one.state) && !mine.has(one.key))) return false;
  if (isDependenciesFirst(step)) return true;
  // Paused members are resumed one by one before they are stopped.
  if (step !== 'pause' && containers.some((one) => one.state !== 'running')) return false;
  return !unit.nodes.some((key) => plan.nodes.get(key)?.dependencies?.some(({ to }) => to !== pod && mine.has(to)));
}

/** In waves: what is free of all that must come before it together, then the next. */
async function inDependencyOrder(work: UnitContext, step: LifecycleAction, keys: readonly NodeKey[]): Promise<void> {
  const { plan, cancelled } = work;
  const among = new Set(keys);
  const before = (key: NodeKey): NodeKey[] => {
    const planned = plan.nodes.get(key);
    const others = isDependenciesFirst(step) ? planned?.dependencies?.map(({ to }) => to) : planned?.dependents;
    return (others ?? []).filter((one) => one !== key && among.has(one));
  };
  const waveOf = new Map<NodeKey, number>();
  const waves: NodeKey[][] = [];
  for (const part of stronglyConnectedComponents(keys, before)) {
    const wave = part.flatMap(before).reduce((latest, one) => Math.max(latest, (waveOf.get(one) ?? -1) + 1), 0);
    for (const key of part) waveOf.set(key, wave);
    (waves[wave] ??= []).push(...part);
  }
  for (const wave of waves) {
    if (cancelled.aborted) throw new EngineError('aborted', 'cancelled');
    // All are waited for, whatever becomes of one: their locks are let go of after this.
    const settled = await Promise.allSettled(wave.map((key) => callOne(work, step, key)));
    const errors = settled.flatMap((one) => (one.status === 'rejected' ? [EngineError.from(one.reason)] : []));
    const worst = errors.find(isOutcomeUnknown) ?? errors[0];
    if (worst) throw worst;
  }
}

async function callOne(work: UnitContext, step: LifecycleAction, key: NodeKey): Promise<void> {
  const { observed, cancelled } = work;
  const isConcerned = () => appliesTo(step, observed.container(key)?.state ?? 'unknown');
  if (!observed.container(key) || !isConcerned()) return;
  if (step === 'stop' || step === 'restart') await awaitOthersStop(work, [key]);
  if (!isConcerned()) return;
  if (observed.container(key)?.state === 'paused' && step !== 'unpause') await unpauseFirst(work, key);
  if (cancelled.aborted) throw new EngineError('aborted', 'cancelled');
  try {
    await call(work, step, key);
  } catch (thrown) {
    const isDown = EngineError.from(thrown).reason === 'gone' && (step === 'stop' || step === 'kill');
    if (!isDown) throw thrown;
    work.observed.markRemoved(key);
  }
}

/** What is paused would be killed without grace, or not at all, or refused. */
async function unpauseFirst({ engine, onUnpauseSent }: UnitContext, key: NodeKey) {
  onUnpauseSent(key);
  try {
    await engine.unpause(key);
  } catch (thrown) {
    // It was resumed, stopped or removed meanwhile: what follows says so better.
    if (isOutcomeUnknown(EngineError.from(thrown))) throw thrown;
  }
}

/** Milliseconds. How long a container in a crash loop is sent stops; one life and the time to the next take Podman half a second. */
const crashLoopPatience = 15_000;

/**
 * Podman takes a stop between two lives of a crash loop for done, and starts the container again all the same: only a stop
 * that meets it alive ends the loop (4.3.1, 5.8.6). Docker ends it at once.
 */
async function stopBetweenLives({ observed, clock, cancelled }: UnitContext, key: NodeKey, stop: () => Promise<void>) {
  const until = clock.now() + crashLoopPatience;
  if (!mayComeBack(observed, key)) return;
  for (;;) {
    await refreshUntilConsistent(observed, key);
    if (!isContainerActive(observed, key) || clock.now() >= until || cancelled.aborted) return;
    await stop();
  }
}

/** Whether a restart policy may start the container again. */
function mayComeBack(observed: Pick<EngineStateView, 'container'>, key: NodeKey): boolean {
  const policy = observed.container(key)?.details?.restartPolicy ?? '';
  return policy !== '' && policy !== 'no';
}

async function call(work: UnitContext, step: LifecycleAction, key: NodeKey): Promise<void> {
  const stops = step === 'stop' || step === 'restart' || step === 'kill';
  if (step === 'start') work.onStartSent(containersOf(work, key));
  await sendCall(work, key, stops, () => sendStep(work, step, key));
}

async function sendStep(work: UnitContext, step: LifecycleAction, key: NodeKey): Promise<void> {
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
