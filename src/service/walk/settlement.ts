import { EngineError } from '../../engine/error';
import type { EngineId, NodeKey } from '../../graph/model';
import type { Plan } from '../../graph/plan';
import type { Settled } from '../../graph/report';
import { type Listed, settle } from '../../graph/settle';
import type { Log } from '../log';
import type { Observed } from '../observed';
import type { Ledger } from './ledger';
import { whatIsLeft } from './whatIsLeft';

export interface Settling {
  readonly plan: Plan;
  readonly ledger: Pick<Ledger, 'outcomes'>;
  readonly observed: Observed;
  readonly log: Log;
}

/** The outcomes of a run as its engines confirm them, with the states they were measured by. */
export interface Settlement {
  readonly nodes: ReadonlyMap<NodeKey, Settled>;
  /** Whether every engine could be asked. */
  readonly complete: boolean;
}

/** Corrects the outcomes of a run by what its engines answer now. */
export async function settleAgainst(engines: readonly EngineId[], settling: Settling): Promise<Settlement> {
  const { plan, ledger, observed, log } = settling;
  const present = new Map<EngineId, Listed>();
  await Promise.all(
    engines.map(async (engine) => {
      try {
        present.set(engine, await whatIsLeft(observed, engine, plan.nodes.keys()));
      } catch (thrown) {
        log.warn(`${plan.id}: ${engine} could not be asked: ${EngineError.from(thrown).message}`);
      }
    }),
  );
  const believed = ledger.outcomes;
  return {
    nodes: settle(plan, believed, present),
    complete: engines.every((engine) => present.has(engine)),
  };
}
