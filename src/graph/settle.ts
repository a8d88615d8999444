import type { EngineId, NodeKey } from './model';
import { engineOf } from './model';
import type { Plan } from './plan';
import type { Outcome } from './report';

/**
 * What the engine says last is the truth: corrects what a run believes by a list asked after it.
 *
 * @param outcomes what the run believes of each node; a missing node counts as not attempted
 * @param present  the keys that each engine listed afterwards; an engine that is missing could not be asked, and its
 *                 nodes keep what the run believes
 */
export function settle(
  plan: Plan,
  outcomes: ReadonlyMap<NodeKey, Outcome>,
  present: ReadonlyMap<EngineId, ReadonlySet<NodeKey>>,
): Map<NodeKey, Outcome> {
  const settled = new Map<NodeKey, Outcome>();
  for (const key of plan.nodes.keys()) {
    const believed = outcomes.get(key) ?? { kind: 'notAttempted', why: 'cancelled' };
    const listed = present.get(engineOf(key));
    settled.set(key, listed ? correct(believed, listed.has(key)) : believed);
  }
  return settled;
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
  }
}
