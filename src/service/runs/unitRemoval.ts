import { EngineError, isTransient, isWorthRetrying } from '../../engine/error';
import { isActive, parseKey, type NodeKey } from '../../graph/model/model';
import { danglingAmong, isResource } from '../../graph/model/resources';
import { anonymousVolumesOf } from '../../graph/plan/anonymousVolumes';
import { timeoutToSend, type Unit } from '../../graph/plan/plan';
import { currentKeyOf, isContainerActive } from '../state/engineStateView';
import { unpauseFirst } from './lifecycleCalls';
import { isManaged, loadSystemdUnit } from './managedUnit';
import { failure, stopBounds, type UnitContext, type UnitResult, verifyDelayMs } from './runContext';
import { executeLifecycle } from './unitLifecycle';
import {
  awaitOthersStop,
  containersOf,
  sendCall,
  isEngineAccessDenied,
  isOutcomeUnknown,
  untilSent,
  waitForOutcome,
} from './unitCalls';

/** One attempt to remove a unit, including a final check before and verification after. Never rejects. */
export async function removeUnit(context: UnitContext): Promise<UnitResult> {
  const managed = isManaged(context) ? await loadSystemdUnit() : undefined;
  const { observed, plan, unit } = context;
  const before = unit.nodes.filter((key) => !observed.isRemoved(currentKeyOf(observed, plan, key)));
  const stopped = await managed?.stopForRemoval(context);
  if (stopped) return stopped;
  const prepared = await prepare(context);
  if (prepared.kind !== 'done') return prepared.kind === 'aborted' ? { kind: 'aborted' } : prepared;
  const unchanged = new Set<NodeKey>();
  const done = new Set<NodeKey>();
  for (const target of unit.targets) {
    const result = await removeTarget(context, target);
    if (result === 'alreadyRemoved') unchanged.add(target);
    else if (result !== 'removed') return result.kind === 'aborted' ? { kind: 'aborted', done } : result;
    done.add(target);
  }
  const finished = await managed?.finishRemoval(context);
  if (finished) return finished;
  // Their unit has removed them, when this run stopped it.
  if (managed) for (const key of before) unchanged.delete(key);
  return { kind: 'done', unchanged };
}

/**
 * Stops all containers of the unit if its volumes are saved first, or if its pod's members are removed one by one: these would
 * also stop one after the other, because Podman locks the pod during the removal of a member.
 */
async function prepare(context: UnitContext): Promise<UnitResult> {
  const { unit, plan, backups, engine, attempt, cancelled, onBytesCopied } = context;
  const pod = podOf(unit);
  const hasBackups = backups !== undefined && backups.pending(unit).length > 0;
  if (plan.options.running === 'stop' && (hasBackups || (pod !== undefined && unit.targets.length > 1))) {
    const stopped = { ...unit, targets: pod === undefined ? unit.targets : [pod] };
    const result = await executeLifecycle({ ...context, unit: stopped, onResponse: () => undefined }, 'stop');
    if (result.kind !== 'done') return result;
  }
  if (!hasBackups) return { kind: 'done', unchanged: new Set() };
  try {
    return await backups.save({ engine, unit, attempt, cancelled, onBytes: (bytes) => onBytesCopied('saving', bytes) });
  } finally {
    onBytesCopied('saving', undefined);
  }
}

function podOf({ kind, targets }: Unit): NodeKey | undefined {
  return kind === 'pod' ? targets.at(-1) : undefined;
}

type TargetResult = 'removed' | 'alreadyRemoved' | Exclude<UnitResult, { kind: 'done' }>;

async function removeTarget(context: UnitContext, target: NodeKey): Promise<TargetResult> {
  const { observed, plan } = context;
  if (observed.isRemoved(target)) return 'alreadyRemoved';
  const force = plan.options.running === 'stop';
  context.sent.clear();
  try {
    if (force) await awaitOthersStop(context, containersOf(context, target));
    const ended = await untilSent(context, () => sendRemoval(context, target, force));
    if (ended) return ended;
    if (target === context.unit.targets.at(-1)) context.onResponse();
  } catch (thrown) {
    const error = EngineError.from(thrown);
    if (error.reason === 'gone') {
      markRemoved(context, target);
      return 'alreadyRemoved';
    }
    return isOutcomeUnknown(error) ? resolveUnknownOutcome(context, target, error) : handleError(context, error);
  }
  return verifyRemoved(context, target);
}

/** @returns the result if nothing needs to be sent, or nothing may be */
async function sendRemoval(context: UnitContext, target: NodeKey, force: boolean): Promise<TargetResult | undefined> {
  const { engine, observed, plan, cancelled } = context;
  const refusal = await recheck(context, target, force);
  if (refusal) return refusal;
  if (observed.isRemoved(target)) return 'alreadyRemoved';
  if (force && !cancelled.aborted) await stopUnlimited(context, target);
  if (cancelled.aborted) return { kind: 'aborted' };
  context.onRequestSent();
  const timeout = force ? timeoutToSend(plan, target) : undefined;
  const volumes = anonymousVolumesOf(plan, target);
  const deleteVolumes = volumes.length > 0 && volumes.every(({ choice }) => choice === 'delete');
  const options = { force, timeout, deleteVolumes, ...stopBounds(context) };
  await sendCall(context, target, force, () => engine.remove(target, options));
  return undefined;
}

/**
 * A pod's removal has one stop timeout for all members. Members with an unlimited one are stopped first with an explicit
 * timeout, because some versions compute zero from the stored value.
 */
async function stopUnlimited(context: UnitContext, target: NodeKey) {
  const { engine, observed, plan, unit } = context;
  if (parseKey(target).kind !== 'pod' || plan.options.stopTimeout !== undefined) return;
  const unlimited = unit.nodes.filter(
    (key) => plan.nodes.get(key)?.stopTimeout === 'unlimited' && isContainerActive(observed, key),
  );
  if (unlimited.length === 0) return;
  context.onRequestSent();
  const stop = (key: NodeKey) => engine.stop(key, { timeout: 'unlimited', ...stopBounds(context) });
  await Promise.all(unlimited.map((key) => sendCall(context, key, true, () => stop(key))));
}

/**
 * Checks the members or dependents just before a removal: unconfirmed ones are kept, and a running pod is not removed without
 * force, because Podman removes its exited members before it fails. Paused containers are unpaused, because Podman would kill
 * them without their stop timeout.
 */
async function recheck(context: UnitContext, target: NodeKey, force: boolean): Promise<TargetResult | undefined> {
  if (isResource(target)) return recheckUsers(context, target);
  const { engine, observed, unit, plan } = context;
  // A member is removed only with its pod, so a new member prevents both.
  const pod = podOf(unit) ?? target;
  const isPod = parseKey(pod).kind === 'pod';
  const isEnforced = observed.info(unit.engine)?.capabilities.enforcesDependencies ?? false;
  const own = observed.container(target);
  const attached = isPod || !isEnforced ? await engine.listAttached(pod, { signal: context.cancelled }) : [];
  const ownNodes = new Set([...unit.nodes, ...unit.infra]);
  const others = attached.filter((node) => !ownNodes.has(node.key) && !(isPod && node.isInfra));
  const newcomer = others.find((node) => !plan.nodes.has(node.key));
  if (newcomer) {
    const change = isPod ? 'was added to the pod' : 'became a dependent';
    return failure('changed', `${newcomer.name} ${change} after confirmation`);
  }
  const [dependent] = others;
  if (dependent) return failure('hasDependents', `${dependent.name} depends on it`, { canRetry: context.attempt < 2 });
  const affected = [...(target === pod ? attached.filter((node) => !node.isInfra) : []), ...(own ? [own] : [])];
  if (!force) {
    const active = affected.find((node) => isActive(node.state));
    return active && failure('running', `${active.name} was started after confirmation`);
  }
  for (const { key, state } of affected) {
    if (state === 'paused' && !context.cancelled.aborted) await unpauseFirst(context, key);
  }
  return undefined;
}

/** The engine's own check is not enough: Docker removes a network whose containers are stopped. */
async function recheckUsers(
  { engine, cancelled, backups }: UnitContext,
  target: NodeKey,
): Promise<TargetResult | undefined> {
  if (backups?.isUnsaved(target)) return failure('backupFailed', 'its containers were removed before');
  const [user] = await engine.listAttached(target, { signal: cancelled });
  return user && failure('inUse', `${user.name} uses it`);
}

/** A response is not enough (Podman 5.4 to 6.1 report running dependencies as removed): requires events or a second request. */
async function verifyRemoved(context: UnitContext, target: NodeKey): Promise<TargetResult> {
  const { engine, observed, unit, attempt } = context;
  // Their events are not followed.
  if (!isResource(target))
    await observed.waitUntil(unit.engine, () => observed.isRemoved(target), verifyDelayMs(context));
  try {
    if (!observed.isRemoved(target) && (await engine.exists(target))) {
      const detail = 'the engine reported it removed, but it still exists';
      return failure('falseSuccess', detail, { canRetry: attempt < 2 });
    }
  } catch (thrown) {
    return resolveUnknownOutcome(context, target, EngineError.from(thrown));
  }
  markRemoved(context, target);
  await deleteSomeVolumes(context, target);
  return 'removed';
}

/**
 * Deletes volumes of a removed container that has others that are kept. Only those that the engine lists as anonymous: a name
 * is not enough. Failures are left to the reconciliation, which finds the remaining volumes.
 */
async function deleteSomeVolumes({ engine, plan, cancelled }: UnitContext, target: NodeKey): Promise<void> {
  const volumes = anonymousVolumesOf(plan, target);
  const deleted = volumes.filter(({ choice }) => choice === 'delete');
  if (deleted.length === 0 || deleted.length === volumes.length || cancelled.aborted) return;
  try {
    const listed = new Set(danglingAmong(await engine.listVolumes()).map(({ key }) => key));
    for (const { key } of deleted)
      if (listed.has(key) && !cancelled.aborted) await engine.remove(key, { force: false });
  } catch {
    return;
  }
}

/** The members of a removed pod are removed, too. */
function markRemoved({ observed, unit }: UnitContext, target: NodeKey) {
  for (const key of [...unit.nodes, ...unit.infra]) {
    if (observed.container(key)?.pod === target) observed.markRemoved(key);
  }
  if (!observed.isRemoved(target)) observed.markRemoved(target);
}

async function resolveUnknownOutcome(context: UnitContext, target: NodeKey, error: EngineError): Promise<TargetResult> {
  const { engine, observed } = context;
  const result = await waitForOutcome(
    context,
    error,
    async () => observed.isRemoved(target) || !(await engine.exists(target)),
  );
  if (result !== 'done') return result;
  markRemoved(context, target);
  return 'removed';
}

function handleError({ unit, attempt, plan }: UnitContext, error: EngineError): TargetResult {
  if (isEngineAccessDenied(error)) return { kind: 'disconnected', detail: error.detail };
  if (error.reason === 'hasDependents') {
    if (unit.kind === 'cycle') return failure('cycle', error.detail);
    const known = error.details.dependents?.some((key) => plan.nodes.has(key));
    return known ? failure('hasDependents', error.detail, { canRetry: attempt < 2 }) : failure('changed', error.detail);
  }
  const busy = isTransient(error.reason);
  return failure(error.reason, error.detail, {
    canRetry: isWorthRetrying(error.reason, attempt) || error.reason === 'partial',
    busy,
    members: error.details.members,
  });
}
