import { EngineError } from '../../engine/error';
import type { EngineId, NodeKey } from '../../graph/model';
import type { Plan } from '../../graph/plan';
import { isGood, type Outcome } from '../../graph/report';
import { settle } from '../../graph/settle';
import type { Log } from '../log';
import type { Observed } from '../observed';
import type { Ledger } from './ledger';
import { lookSurely } from './lookSurely';
import { whatIsLeft } from './whatIsLeft';

export interface Settling {
  readonly plan: Plan;
  readonly ledger: Pick<Ledger, 'outcomes' | 'replace'>;
  readonly observed: Observed;
  readonly log: Log;
}

/**
 * Corrects what a run believes by what its engines say now.
 * @returns whether all of them could be asked
 */
export async function settleAgainst(engines: readonly EngineId[], settling: Settling): Promise<boolean> {
  const { plan, ledger, observed, log } = settling;
  const present = new Map<EngineId, ReadonlySet<NodeKey>>();
  await Promise.all(
    engines.map(async (engine) => {
      try {
        present.set(engine, await whatIsLeft(observed, engine, plan.nodes.keys()));
      } catch (thrown) {
        log.warn(`${plan.id}: ${engine} could not be asked: ${EngineError.from(thrown).message}`);
      }
    }),
  );
  const stateOf = (key: NodeKey) => observed.container(key)?.state;
  const believed = ledger.outcomes;
  const told = settle(plan, believed, present, stateOf);
  // An event of a time that is over may have come while the list was on its way: each that is in dispute is asked about.
  const disputed = [...told].filter(
    ([key, outcome]) => plan.action !== 'remove' && isBelied(outcome, believed.get(key)),
  );
  await Promise.allSettled(disputed.map(([key]) => lookSurely(observed, key)));
  ledger.replace(settle(plan, believed, present, stateOf));
  return engines.every((engine) => present.has(engine));
}

/** Whether the engine contradicts what it had reported itself. */
function isBelied(outcome: Outcome, believed: Outcome | undefined): boolean {
  return believed !== undefined && isGood(believed) && !isGood(outcome);
}
