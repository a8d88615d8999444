import { EngineError } from '../../engine/error';
import { type EngineId, engineOf, keyDeps, type NodeKey } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';
import { type Listed, reconcile, type Settled } from '../../graph/plan/report';
import type { Log } from '../log';
import { type EngineStateView, refreshUntilConsistent } from '../state/engineStateView';
import type { OutcomeRecorder } from './outcomeRecorder';

const requestsAtOnce = 8;

/** Which of the nodes an engine still holds, and their states, by requests sent after this call. Rejects with an `EngineError`. */
export async function listRemaining(
  observed: EngineStateView,
  id: EngineId,
  nodes: Iterable<NodeKey>,
): Promise<Listed> {
  const engine = observed.engine(id);
  if (!engine) throw new EngineError('unreachable', 'the connection was removed');
  const present = await observed.refreshList(id);
  const mine = [...nodes].filter((key) => engineOf(key) === id);
  // A pod without containers is in no container list, and the list of pods waits for locks; a volume is in neither.
  await eachOf(
    mine.filter((key) => keyDeps(key).kind !== 'container' && !present.has(key) && !observed.isRemoved(key)),
    async (key) => {
      if (await engine.exists(key)) present.set(key, 'present');
      else observed.markRemoved(key);
    },
  );
  // An event that came while the list was on its way may be newer than the list, or tell of an older time: only an
  // inspect decides.
  await eachOf(
    mine.filter((key) => keyDeps(key).kind === 'container' && stateIn(observed, key) !== present.get(key)),
    async (key) => {
      await refreshUntilConsistent(observed, key);
      const state = stateIn(observed, key);
      if (state === undefined) present.delete(key);
      else present.set(key, state);
    },
  );
  return present;
}

function stateIn(observed: EngineStateView, key: NodeKey) {
  return observed.isRemoved(key) ? undefined : observed.container(key)?.state;
}

async function eachOf(keys: NodeKey[], ask: (key: NodeKey) => Promise<void>): Promise<void> {
  const worker = async () => {
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) await ask(key);
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, worker));
}

interface ReconcileInput {
  readonly plan: Plan;
  readonly outcomeRecorder: Pick<OutcomeRecorder, 'outcomes'>;
  readonly observed: EngineStateView;
  readonly log: Log;
}

/** The outcomes of a run as its engines confirm them, with the states they were measured by. */
export interface Settlement {
  readonly nodes: ReadonlyMap<NodeKey, Settled>;
  /** Whether every engine could be asked. */
  readonly complete: boolean;
}

/** Corrects the outcomes of a run by what its engines answer now. */
export async function reconcileWithEngine(engines: readonly EngineId[], settling: ReconcileInput): Promise<Settlement> {
  const { plan, outcomeRecorder: outcomes, observed, log } = settling;
  const present = new Map<EngineId, Listed>();
  await Promise.all(
    engines.map(async (engine) => {
      try {
        present.set(engine, await listRemaining(observed, engine, plan.nodes.keys()));
      } catch (thrown) {
        log.warn(`${plan.id}: ${engine} could not be asked: ${EngineError.from(thrown).message}`);
      }
    }),
  );
  const believed = outcomes.outcomes;
  return {
    nodes: reconcile(plan, believed, present),
    complete: engines.every((engine) => present.has(engine)),
  };
}
