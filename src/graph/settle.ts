import { isAsAfter } from './action';
import type { ContainerState, EngineId, NodeKey } from './model';
import { engineOf } from './model';
import type { Plan } from './plan';
import type { Outcome } from './report';

/**
 * What the engine says last is the truth: corrects what a run believes by a list asked after it.
 *
 * @param outcomes what the run believes of each node; a missing node counts as not attempted
 * @param present  the keys that each engine listed afterwards; an engine that is missing could not be asked, and its
 *                 nodes keep what the run believes
 * @param stateOf  the states of these containers, for plans that change them
 */
export function settle(
  plan: Plan,
  outcomes: ReadonlyMap<NodeKey, Outcome>,
  present: ReadonlyMap<EngineId, ReadonlySet<NodeKey>>,
  stateOf: (key: NodeKey) => ContainerState | undefined = () => undefined,
): Map<NodeKey, Outcome> {
  const settled = new Map<NodeKey, Outcome>();
  for (const key of plan.nodes.keys()) {
    const believed = outcomes.get(key) ?? { kind: 'notAttempted', why: 'cancelled' };
    const listed = present.get(engineOf(key));
    if (!listed) settled.set(key, believed);
    else if (plan.action === 'remove') settled.set(key, correct(believed, listed.has(key)));
    else settled.set(key, correctChange(plan, believed, isSo(plan, key, listed, stateOf)));
  }
  return settled;
}

/** Whether a node is as the plan would have it, a pod by its members; undefined where states do not tell. */
function isSo(
  plan: Plan,
  key: NodeKey,
  listed: ReadonlySet<NodeKey>,
  stateOf: (key: NodeKey) => ContainerState | undefined,
): boolean | undefined {
  const { action } = plan;
  if (action === 'remove') return !listed.has(key);
  // What goes when it stops is down.
  if (!listed.has(key)) return action === 'stop' || action === 'kill';
  const { node } = plan.nodes.get(key) ?? {};
  if (node?.kind !== 'pod') {
    const state = stateOf(key);
    return state && isAsAfter(action, state);
  }
  const members = [...plan.nodes.values()].filter((one) => one.node.kind === 'container' && one.node.pod === key);
  const parts = [...members.map((one) => one.node.key), ...(node.infra && action !== 'pause' ? [node.infra] : [])];
  const states = parts.flatMap((part) => (listed.has(part) ? (stateOf(part) ?? []) : []));
  const answers = states.map((state) => isAsAfter(action, state));
  return answers.includes(undefined) ? undefined : answers.every(Boolean);
}

function correctChange(plan: Plan, believed: Outcome, so: boolean | undefined): Outcome {
  switch (believed.kind) {
    case 'done':
    case 'alreadySo':
      // What was started may have ended by itself since.
      if (so !== false || plan.action === 'start' || plan.action === 'unpause') return believed;
      return { kind: 'failed', reason: 'falseSuccess', words: 'it is not, or no longer, as the engine reported it' };
    case 'failed':
      return so ? { kind: 'done' } : believed;
    case 'unknown':
      return so ? { kind: 'done' } : { kind: 'failed', reason: 'unconfirmed', words: believed.words };
    case 'skipped':
    case 'notAttempted':
      return so ? { kind: 'alreadySo' } : believed;
    case 'removed':
    case 'alreadyGone':
      return believed;
  }
}

function correct(believed: Outcome, present: boolean): Outcome {
  switch (believed.kind) {
    case 'removed':
    case 'alreadyGone':
      if (!present) return believed;
      return { kind: 'failed', reason: 'falseSuccess', words: 'the engine reported it gone, and still lists it' };
    case 'failed':
      return present ? believed : { kind: 'removed' };
    case 'unknown':
      return present ? { kind: 'failed', reason: 'unconfirmed', words: believed.words } : { kind: 'removed' };
    case 'skipped':
    case 'notAttempted':
      return present ? believed : { kind: 'alreadyGone' };
    case 'done':
    case 'alreadySo':
      return present ? believed : { kind: 'removed' };
  }
}
