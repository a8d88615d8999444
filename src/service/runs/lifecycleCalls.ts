import { EngineError } from '../../engine/error';
import { parseKey, type NodeKey } from '../../graph/model/model';
import { stronglyConnectedComponents } from '../../graph/model/scc';
import { appliesTo, isDependenciesFirst, type LifecycleAction } from '../../graph/plan/lifecycleAction';
import { timeoutToSend } from '../../graph/plan/plan';
import { type EngineStateView, isContainerActive, refreshUntilConsistent } from '../state/engineStateView';
import { stopBounds, type UnitContext } from './runContext';
import { awaitOthersStop, containersOf, sendCall, isOutcomeUnknown } from './unitCalls';

/**
 * Sends one call for a pod if that has exactly the planned effect, else one for each container in order.
 * Podman responds 304 to the stop of a Degraded pod, and stops none of its containers.
 */
export async function sendLifecycleCalls(context: UnitContext, step: LifecycleAction): Promise<void> {
  const { unit } = context;
  const [target] = unit.targets;
  if (unit.kind === 'pod' && target !== undefined && coversWholePod(context, step, target))
    return call(context, step, target);
  const containers = unit.nodes.filter((key) => parseKey(key).kind === 'container');
  await inDependencyOrder(context, step, containers);
  // The engine starts the infra container with the first member.
  if (step === 'stop' || step === 'kill') await inDependencyOrder(context, step, unit.infra);
}

/** Podman before 5.5 stops the members of a pod in no order: dependent members are stopped one by one. */
function coversWholePod({ unit, plan, observed }: UnitContext, step: LifecycleAction, pod: NodeKey): boolean {
  const mine = new Set([...unit.nodes, ...unit.infra]);
  const containers = observed.containersOf(pod);
  if (containers.some((one) => appliesTo(step, one.state) && !mine.has(one.key))) return false;
  if (isDependenciesFirst(step)) return true;
  // Paused members are resumed one by one first.
  if (step !== 'pause' && containers.some((one) => one.state !== 'running')) return false;
  return !unit.nodes.some((key) => plan.nodes.get(key)?.dependencies?.some(({ to }) => to !== pod && mine.has(to)));
}

/** In batches: each is sent in parallel after the previous one responded. */
async function inDependencyOrder(context: UnitContext, step: LifecycleAction, keys: readonly NodeKey[]): Promise<void> {
  const { plan, cancelled } = context;
  const included = new Set(keys);
  const predecessors = (key: NodeKey): NodeKey[] => {
    const planned = plan.nodes.get(key);
    const others = isDependenciesFirst(step) ? planned?.dependencies?.map(({ to }) => to) : planned?.dependents;
    return (others ?? []).filter((one) => one !== key && included.has(one));
  };
  const batchOf = new Map<NodeKey, number>();
  const batches: NodeKey[][] = [];
  for (const component of stronglyConnectedComponents(keys, predecessors)) {
    const batch = component
      .flatMap(predecessors)
      .reduce((latest, one) => Math.max(latest, (batchOf.get(one) ?? -1) + 1), 0);
    for (const key of component) batchOf.set(key, batch);
    (batches[batch] ??= []).push(...component);
  }
  for (const batch of batches) {
    if (cancelled.aborted) throw new EngineError('aborted', 'cancelled');
    // All must end before the locks are released.
    const settled = await Promise.allSettled(batch.map((key) => callOne(context, step, key)));
    const errors = settled.flatMap((one) => (one.status === 'rejected' ? [EngineError.from(one.reason)] : []));
    const worst = errors.find(isOutcomeUnknown) ?? errors[0];
    if (worst) throw worst;
  }
}

async function callOne(context: UnitContext, step: LifecycleAction, key: NodeKey): Promise<void> {
  const { observed, cancelled } = context;
  const isNeeded = () => appliesTo(step, observed.container(key)?.state ?? 'unknown');
  if (!observed.container(key) || !isNeeded()) return;
  if (step === 'stop' || step === 'restart') await awaitOthersStop(context, [key]);
  if (!isNeeded()) return;
  if (observed.container(key)?.state === 'paused' && step !== 'unpause') await unpauseFirst(context, key);
  if (cancelled.aborted) throw new EngineError('aborted', 'cancelled');
  try {
    await call(context, step, key);
  } catch (thrown) {
    const isStopped = EngineError.from(thrown).reason === 'gone' && (step === 'stop' || step === 'kill');
    if (!isStopped) throw thrown;
    observed.markRemoved(key);
  }
}

/** A paused container would be killed without its stop timeout, or the request would fail. */
export async function unpauseFirst({ engine, recorder }: UnitContext, key: NodeKey) {
  recorder.recordUnpauseSent(key);
  try {
    await engine.unpause(key);
  } catch (thrown) {
    // Resumed, stopped or removed by another client: the request that follows reports it.
    if (isOutcomeUnknown(EngineError.from(thrown))) throw thrown;
  }
}

/** Milliseconds for which stops are repeated in a crash loop; Podman restarts within half a second. */
const crashLoopTimeout = 15_000;

/**
 * Podman accepts a stop between two restarts of a crash loop, but starts the container again: only a stop while it runs ends
 * the loop (4.3.1, 5.8.6). Docker ends it at once.
 */
async function stopCrashLoop({ observed, clock, cancelled }: UnitContext, key: NodeKey, stop: () => Promise<void>) {
  const until = clock.now() + crashLoopTimeout;
  if (!mayRestart(observed, key)) return;
  for (;;) {
    await refreshUntilConsistent(observed, key);
    if (!isContainerActive(observed, key) || clock.now() >= until || cancelled.aborted) return;
    await stop();
  }
}

function mayRestart(observed: Pick<EngineStateView, 'container'>, key: NodeKey): boolean {
  const policy = observed.container(key)?.details?.restartPolicy ?? '';
  return policy !== '' && policy !== 'no';
}

async function call(context: UnitContext, step: LifecycleAction, key: NodeKey): Promise<void> {
  const stops = step === 'stop' || step === 'restart' || step === 'kill';
  if (step === 'start') context.recorder.recordStartSent(containersOf(context, key));
  await sendCall(context, key, stops, () => sendStep(context, step, key));
}

async function sendStep(context: UnitContext, step: LifecycleAction, key: NodeKey): Promise<void> {
  const { engine, plan } = context;
  const bounds = stopBounds(context);
  const timeout = timeoutToSend(plan, key);
  switch (step) {
    case 'start':
      return engine.start(key, bounds);
    case 'stop':
      await engine.stop(key, { timeout, ...bounds });
      return stopCrashLoop(context, key, () => engine.stop(key, { timeout, ...bounds }));
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
