import { EngineError, isPassing, isWorthRetrying } from '../../engine/error';
import type { Attached } from '../../engine/engine';
import type { NodeKey } from '../../graph/model';
import { isActive, isVolume, keyParts } from '../../graph/model';
import { isBarredFrom, isDoubtful, untilSent, watch } from './doubt';
import { awaitOthersStop } from './othersStop';
import { containersOf, sendCall } from './sendCall';
import { timeoutToSend } from './stopTimes';
import { isUp } from '../observed';
import type { UnitResult, UnitWork } from './unitWork';
import { failed, proofPatience, stopBounds } from './unitWork';

/** One attempt to remove a unit, from the last look at it to the proof that it is gone. Never rejects. */
export async function removeUnit(work: UnitWork): Promise<UnitResult> {
  const alreadyGone = new Set<NodeKey>();
  for (const target of work.unit.targets) {
    const result = await removeTarget(work, target);
    if (result === 'alreadyGone') alreadyGone.add(target);
    else if (result !== 'removed') return result;
  }
  return { kind: 'done', already: alreadyGone };
}

type TargetResult = 'removed' | 'alreadyGone' | Exclude<UnitResult, { kind: 'done' }>;

async function removeTarget(work: UnitWork, target: NodeKey): Promise<TargetResult> {
  const { observed, plan } = work;
  if (observed.isGone(target)) return 'alreadyGone';
  const force = plan.options.running === 'stop';
  work.sent.clear();
  try {
    if (force) await awaitOthersStop(work, containersOf(work, target));
    const ended = await untilSent(work, () => sendRemoval(work, target, force));
    if (ended) return ended;
    if (target === work.unit.targets.at(-1)) work.onAnswer();
  } catch (thrown) {
    const error = EngineError.from(thrown);
    if (error.reason === 'gone') {
      noteGone(work, target);
      return 'alreadyGone';
    }
    return isDoubtful(error) ? resolveDoubt(work, target, error) : refused(work, error);
  }
  return prove(work, target);
}

/** @returns the result where nothing need be sent, or nothing may be */
async function sendRemoval(work: UnitWork, target: NodeKey, force: boolean): Promise<TargetResult | undefined> {
  const { engine, observed, plan, cancelled } = work;
  const refusal = await lookAgain(work, target, force);
  if (refusal) return refusal;
  if (observed.isGone(target)) return 'alreadyGone';
  if (force && !cancelled.aborted) await stopUnlimited(work, target);
  if (cancelled.aborted) return { kind: 'withdrawn' };
  work.onSend();
  const timeout = force ? timeoutToSend(plan, target) : undefined;
  await sendCall(work, target, force, () => engine.remove(target, { force, timeout, ...stopBounds(work) }));
  return undefined;
}

/**
 * A pod's removal names one stop timeout for all members. Members whose own is unlimited are stopped before, each by a call
 * that says so: some versions compute no time at all from what they have stored.
 */
async function stopUnlimited(work: UnitWork, target: NodeKey) {
  const { engine, observed, plan, unit } = work;
  if (keyParts(target).kind !== 'pod' || plan.options.grace !== undefined) return;
  const endless = unit.nodes.filter((key) => plan.nodes.get(key)?.grace === 'unlimited' && isUp(observed, key));
  if (endless.length === 0) return;
  work.onSend();
  const stop = (key: NodeKey) => engine.stop(key, { timeout: 'unlimited', ...stopBounds(work) });
  await Promise.all(endless.map((key) => sendCall(work, key, true, () => stop(key))));
}

/**
 * What hangs on a pod (or, where the engine guards no dependents, on a container) is looked at again just before it goes:
 * what was not confirmed is not deleted, and without force nothing may be sent to a pod that runs, because Podman destroys
 * its exited members before it refuses. Paused containers are woken, for Podman would kill them without grace. A volume that
 * has come into use since is refused by every engine, for none is forced.
 */
async function lookAgain(work: UnitWork, target: NodeKey, force: boolean): Promise<TargetResult | undefined> {
  if (isVolume(target)) return undefined;
  const { engine, observed, unit, plan } = work;
  const isPod = keyParts(target).kind === 'pod';
  const guarded = observed.info(unit.engine)?.capabilities.guardsDependents ?? false;
  const own = observed.container(target);
  const attached = isPod || !guarded ? await engine.attached(target, { signal: work.cancelled }) : [];
  const mine = new Set([...unit.nodes, ...unit.infra]);
  const others = attached.filter((node) => !mine.has(node.key) && !(isPod && node.infra));
  const stranger = others.find((node) => !plan.nodes.has(node.key));
  if (stranger) return failed('changed', `${stranger.name} has come to ${isPod ? 'the pod' : 'need it'} since`);
  const [dependent] = others;
  if (dependent) return failed('hasDependents', `${dependent.name} still needs it`, { again: work.attempt < 2 });
  const concerned = [...(isPod ? attached.filter((node) => !node.infra) : []), ...(own ? [own] : [])];
  if (force) await wake(work, concerned);
  else {
    const active = concerned.find((node) => isActive(node.state));
    if (active) return failed('running', `${active.name} has been started since`);
  }
  return undefined;
}

async function wake({ engine, cancelled, onUnpauseSent }: UnitWork, nodes: readonly Attached[]) {
  for (const node of nodes) {
    if (node.state !== 'paused' || cancelled.aborted) continue;
    onUnpauseSent(node.key);
    try {
      await engine.unpause(node.key);
    } catch (thrown) {
      // It was resumed, stopped or removed meanwhile: what follows says so better.
      if (isDoubtful(EngineError.from(thrown))) throw thrown;
    }
  }
}

/** An answer is not proof (Podman 5.4 to 6.1 report bases as removed that still run): events are, or a second question. */
async function prove(work: UnitWork, target: NodeKey): Promise<TargetResult> {
  const { engine, observed, attempt } = work;
  // No event that is followed tells of volumes.
  if (!isVolume(target)) await observed.awaitGone([target], proofPatience(work));
  try {
    if (!observed.isGone(target) && (await engine.exists(target))) {
      const words = 'the engine reported it removed, and still has it';
      return failed('falseSuccess', words, { again: attempt < 2 });
    }
  } catch (thrown) {
    return resolveDoubt(work, target, EngineError.from(thrown));
  }
  noteGone(work, target);
  return 'removed';
}

/** A pod that is gone took its members along: no engine keeps one without the other. */
function noteGone({ observed, unit }: UnitWork, target: NodeKey) {
  for (const key of [...unit.nodes, ...unit.infra]) {
    if (observed.container(key)?.pod === target) observed.noteGone(key);
  }
  if (!observed.isGone(target)) observed.noteGone(target);
}

async function resolveDoubt(work: UnitWork, target: NodeKey, error: EngineError): Promise<TargetResult> {
  const { engine, observed } = work;
  const result = await watch(work, error, async () => observed.isGone(target) || !(await engine.exists(target)));
  if (result !== 'done') return result;
  noteGone(work, target);
  return 'removed';
}

function refused({ unit, attempt, plan }: UnitWork, error: EngineError): TargetResult {
  if (isBarredFrom(error)) return { kind: 'lost', words: error.words };
  if (error.reason === 'hasDependents') {
    if (unit.kind === 'cycle') return failed('cycle', error.words);
    const known = error.more.dependents?.some((key) => plan.nodes.has(key));
    return known ? failed('hasDependents', error.words, { again: attempt < 2 }) : failed('changed', error.words);
  }
  const busy = isPassing(error.reason);
  return failed(error.reason, error.words, {
    again: isWorthRetrying(error.reason, attempt) || error.reason === 'partial',
    busy,
    members: error.more.members,
  });
}
