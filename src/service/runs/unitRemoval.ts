import type { AttachedContainer } from '../../engine/engine';
import { EngineError, isTransient, isWorthRetrying } from '../../engine/error';
import { isActive, isVolume, keyDeps, type NodeKey } from '../../graph/model/model';
import { isContainerActive } from '../state/engineStateView';
import { awaitOthersStop } from './othersStop';
import {
  failure,
  isBarredFrom,
  isOutcomeUnknown,
  stopBounds,
  type UnitContext,
  type UnitResult,
  untilSent,
  verifyDelayMs,
  waitForOutcome,
} from './runContext';
import { containersOf, sendCall } from './sendCall';
import { timeoutToSend } from './stopTimes';

/** One attempt to remove a unit, from the last look at it to the proof that it is gone. Never rejects. */
export async function removeUnit(work: UnitContext): Promise<UnitResult> {
  const alreadyGone = new Set<NodeKey>();
  for (const target of work.unit.targets) {
    const result = await removeTarget(work, target);
    if (result === 'alreadyRemoved') alreadyGone.add(target);
    else if (result !== 'removed') return result;
  }
  return { kind: 'done', already: alreadyGone };
}

type TargetResult = 'removed' | 'alreadyRemoved' | Exclude<UnitResult, { kind: 'done' }>;

async function removeTarget(work: UnitContext, target: NodeKey): Promise<TargetResult> {
  const { observed, plan } = work;
  if (observed.isRemoved(target)) return 'alreadyRemoved';
  const force = plan.options.running === 'stop';
  work.sent.clear();
  try {
    if (force) await awaitOthersStop(work, containersOf(work, target));
    const ended = await untilSent(work, () => sendRemoval(work, target, force));
    if (ended) return ended;
    if (target === work.unit.targets.at(-1)) work.onResponse();
  } catch (thrown) {
    const error = EngineError.from(thrown);
    if (error.reason === 'gone') {
      markRemoved(work, target);
      return 'alreadyRemoved';
    }
    return isOutcomeUnknown(error) ? resolveUnknownOutcome(work, target, error) : handleError(work, error);
  }
  return verifyRemoved(work, target);
}

/** @returns the result where nothing need be sent, or nothing may be */
async function sendRemoval(work: UnitContext, target: NodeKey, force: boolean): Promise<TargetResult | undefined> {
  const { engine, observed, plan, cancelled } = work;
  const refusal = await recheck(work, target, force);
  if (refusal) return refusal;
  if (observed.isRemoved(target)) return 'alreadyRemoved';
  if (force && !cancelled.aborted) await stopUnlimited(work, target);
  if (cancelled.aborted) return { kind: 'aborted' };
  work.onRequestSent();
  const timeout = force ? timeoutToSend(plan, target) : undefined;
  await sendCall(work, target, force, () => engine.remove(target, { force, timeout, ...stopBounds(work) }));
  return undefined;
}

/**
 * A pod's removal names one stop timeout for all members. Members whose own is unlimited are stopped before, each by a call
 * that says so: some versions compute no time at all from what they have stored.
 */
async function stopUnlimited(work: UnitContext, target: NodeKey) {
  const { engine, observed, plan, unit } = work;
  if (keyDeps(target).kind !== 'pod' || plan.options.stopTimeout !== undefined) return;
  const endless = unit.nodes.filter(
    (key) => plan.nodes.get(key)?.stopTimeout === 'unlimited' && isContainerActive(observed, key),
  );
  if (endless.length === 0) return;
  work.onRequestSent();
  const stop = (key: NodeKey) => engine.stop(key, { timeout: 'unlimited', ...stopBounds(work) });
  await Promise.all(endless.map((key) => sendCall(work, key, true, () => stop(key))));
}

/**
 * What hangs on a pod (or, where the engine guards no dependents, on a container) is looked at again just before it goes:
 * what was not confirmed is not deleted, and without force nothing may be sent to a pod that runs, because Podman destroys
 * its exited members before it refuses. Paused containers are woken, for Podman would kill them without grace. A volume that
 * has come into use since is refused by every engine, for none is forced.
 */
async function recheck(work: UnitContext, target: NodeKey, force: boolean): Promise<TargetResult | undefined> {
  if (isVolume(target)) return undefined;
  const { engine, observed, unit, plan } = work;
  const isPod = keyDeps(target).kind === 'pod';
  const guarded = observed.info(unit.engine)?.capabilities.enforcesDependencies ?? false;
  const own = observed.container(target);
  const attached = isPod || !guarded ? await engine.listAttached(target, { signal: work.cancelled }) : [];
  const mine = new Set([...unit.nodes, ...unit.infra]);
  const others = attached.filter((node) => !mine.has(node.key) && !(isPod && node.isInfra));
  const stranger = others.find((node) => !plan.nodes.has(node.key));
  if (stranger) return failure('changed', `${stranger.name} has come to ${isPod ? 'the pod' : 'need it'} since`);
  const [dependent] = others;
  if (dependent) return failure('hasDependents', `${dependent.name} still needs it`, { again: work.attempt < 2 });
  const concerned = [...(isPod ? attached.filter((node) => !node.isInfra) : []), ...(own ? [own] : [])];
  if (force) await unpause(work, concerned);
  else {
    const active = concerned.find((node) => isActive(node.state));
    if (active) return failure('running', `${active.name} has been started since`);
  }
  return undefined;
}

async function unpause({ engine, cancelled, onUnpauseSent }: UnitContext, nodes: readonly AttachedContainer[]) {
  for (const node of nodes) {
    if (node.state !== 'paused' || cancelled.aborted) continue;
    onUnpauseSent(node.key);
    try {
      await engine.unpause(node.key);
    } catch (thrown) {
      // It was resumed, stopped or removed meanwhile: what follows says so better.
      if (isOutcomeUnknown(EngineError.from(thrown))) throw thrown;
    }
  }
}

/** An answer is not proof (Podman 5.4 to 6.1 report bases as removed that still run): events are, or a second question. */
async function verifyRemoved(work: UnitContext, target: NodeKey): Promise<TargetResult> {
  const { engine, observed, attempt } = work;
  // No event that is followed tells of volumes.
  if (!isVolume(target)) await observed.waitForRemoval([target], verifyDelayMs(work));
  try {
    if (!observed.isRemoved(target) && (await engine.exists(target))) {
      const detail = 'the engine reported it removed, and still has it';
      return failure('falseSuccess', detail, { again: attempt < 2 });
    }
  } catch (thrown) {
    return resolveUnknownOutcome(work, target, EngineError.from(thrown));
  }
  markRemoved(work, target);
  return 'removed';
}

/** A pod that is gone took its members along: no engine keeps one without the other. */
function markRemoved({ observed, unit }: UnitContext, target: NodeKey) {
  for (const key of [...unit.nodes, ...unit.infra]) {
    if (observed.container(key)?.pod === target) observed.markRemoved(key);
  }
  if (!observed.isRemoved(target)) observed.markRemoved(target);
}

async function resolveUnknownOutcome(work: UnitContext, target: NodeKey, error: EngineError): Promise<TargetResult> {
  const { engine, observed } = work;
  const result = await waitForOutcome(
    work,
    error,
    async () => observed.isRemoved(target) || !(await engine.exists(target)),
  );
  if (result !== 'done') return result;
  markRemoved(work, target);
  return 'removed';
}

function handleError({ unit, attempt, plan }: UnitContext, error: EngineError): TargetResult {
  if (isBarredFrom(error)) return { kind: 'disconnected', detail: error.detail };
  if (error.reason === 'hasDependents') {
    if (unit.kind === 'cycle') return failure('cycle', error.detail);
    const known = error.details.dependents?.some((key) => plan.nodes.has(key));
    return known ? failure('hasDependents', error.detail, { again: attempt < 2 }) : failure('changed', error.detail);
  }
  const busy = isTransient(error.reason);
  return failure(error.reason, error.detail, {
    again: isWorthRetrying(error.reason, attempt) || error.reason === 'partial',
    busy,
    members: error.details.members,
  });
}
