import { isAsAfter } from './action';
import type { EngineId, NodeKey } from './model';
import { engineOf, goesWhenItEnds, isInitContainer } from './model';
import type { Plan } from './plan';
import type { CurrentState, Outcome, Settled } from './report';

/** The nodes that an engine holds, with their states; a node that is missing is gone. */
export type Listed = ReadonlyMap<NodeKey, CurrentState>;

/**
 * The engine's last answer is authoritative: corrects the outcomes of a run by a list requested after it.
 *
 * @param outcomes the run's own outcomes; a missing node counts as not attempted
 * @param answers  the list of each engine; an engine that is missing could not be asked, and its nodes keep the run's
 *                 outcomes, in an unknown state
 */
export function settle(
  plan: Plan,
  outcomes: ReadonlyMap<NodeKey, Outcome>,
  answers: ReadonlyMap<EngineId, Listed>,
): Map<NodeKey, Settled> {
  const settled = new Map<NodeKey, Settled>();
  for (const key of plan.nodes.keys()) {
    const believed = outcomes.get(key) ?? { kind: 'notAttempted', why: 'cancelled' };
    const listed = answers.get(engineOf(key));
    if (!listed) {
      settled.set(key, { outcome: believed, state: 'unknown' });
      continue;
    }
    const state = listed.get(key) ?? 'gone';
    const outcome =
      plan.action === 'remove'
        ? correct(believed, state !== 'gone')
        : correctChange(plan, believed, isSo(plan, key, listed));
    settled.set(key, { outcome, state });
  }
  return settled;
}

/** Whether a node is as the plan would have it, a pod by its members; undefined where states do not tell. */
function isSo(plan: Plan, key: NodeKey, listed: Listed): boolean | undefined {
  const { action } = plan;
  if (action === 'remove') return !listed.has(key);
  const { node } = plan.nodes.get(key) ?? {};
  if (!listed.has(key)) {
    // What goes when it stops is down, and what goes by itself is neither running nor paused.
    if (action === 'stop' || action === 'kill') return true;
    const goes = node?.kind === 'container' && goesWhenItEnds(node);
    if (goes && action === 'restart') return undefined;
    return goes && action !== 'start';
  }
  if (node?.kind !== 'pod') {
    const state = listed.get(key);
    return state === undefined || state === 'present' || state === 'gone' ? undefined : isAsAfter(action, state);
  }
  const members = [...plan.nodes.values()].filter(
    ({ node: one }) => one.kind === 'container' && one.pod === key && !isInitContainer(one, node),
  );
  const parts = [...members.map((one) => one.node.key), ...(node.infra && action !== 'pause' ? [node.infra] : [])];
  const states = parts.flatMap((part) => {
    const state = listed.get(part);
    return state === undefined || state === 'present' || state === 'gone' ? [] : [state];
  });
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
