import { type Action, isInTargetState } from '../../graph/plan/lifecycleAction';
import { parseKey, type NodeKey } from '../../graph/model/model';
import type { Plan, Unit, UnitId } from '../../graph/plan/plan';
import type { RunStateMachine } from '../../graph/plan/runStateMachine';
import type { KeyedLockMap } from '../concurrency/keyedLocks';
import { isContainerActive, type EngineStateView } from '../state/engineStateView';
import type { Operation, OperationPhase, Progress } from '../service';
import type { Dispatcher } from './dispatcher';
import type { OutcomeRecorder } from './outcomeRecorder';

const phaseOf = {
  remove: 'removing',
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  pause: 'pausing',
  unpause: 'resuming',
  kill: 'killing',
} as const satisfies Record<Action, OperationPhase>;

interface ProgressDeps {
  readonly plan: Plan;
  readonly stateMachine: Pick<RunStateMachine<UnitId>, 'inFlight' | 'isCancelled' | 'stateOf'>;
  readonly dispatcher: Pick<Dispatcher, 'stopping'>;
  readonly outcomeRecorder: Pick<OutcomeRecorder, 'counts' | 'outcomeOf' | 'startedAt'>;
  readonly observed: Pick<EngineStateView, 'container' | 'isRemoved'>;
  readonly operations: Pick<KeyedLockMap<NodeKey, Operation>, 'get'>;
}

/** The progress of a run and the current operation of each node. */
export class ProgressTracker {
  private readonly units: ReadonlyMap<UnitId, Unit>;

  constructor(private readonly deps: ProgressDeps) {
    this.units = new Map(deps.plan.units.map((unit) => [unit.id, unit]));
  }

  get progress(): Progress {
    const { stateMachine, dispatcher, outcomeRecorder } = this.deps;
    const { total, ended, failed } = outcomeRecorder.counts;
    const active = new Map<NodeKey, Operation>();
    let early = 0;
    const addOperation = (key: NodeKey) => {
      const operation = this.operationOf(key);
      if (operation) active.set(key, operation);
    };
    for (const id of stateMachine.inFlight) {
      const unit = this.units.get(id);
      for (const key of unit?.nodes ?? []) {
        if (unit && !outcomeRecorder.outcomeOf(key) && this.isEarly(unit.action, key)) early++;
        else addOperation(key);
      }
    }
    for (const key of dispatcher.stopping.keys()) addOperation(key);
    return { total, finished: ended + early, failed, active, cancelled: stateMachine.isCancelled };
  }

  /** Whether a container is in its target state before its unit ends; pods end with their units. */
  private isEarly(step: Action, key: NodeKey): boolean {
    if (parseKey(key).kind !== 'container' || this.deps.plan.action === 'restart') return false;
    const { observed } = this.deps;
    const isRemoved = observed.isRemoved(key);
    if (step === 'remove' || isRemoved) return isRemoved;
    const state = observed.container(key)?.state;
    return state !== undefined && isInTargetState(step, state) === true;
  }

  operationOf(key: NodeKey): Operation | undefined {
    const { plan, stateMachine, dispatcher, outcomeRecorder, observed, operations } = this.deps;
    if (!plan.nodes.has(key) || outcomeRecorder.outcomeOf(key)) return undefined;
    const own = operations.get(key);
    if (own?.run !== plan.id) {
      const since = dispatcher.stopping.get(key);
      if (since !== undefined) {
        return { phase: 'stopping', run: plan.id, since, stopTimeout: plan.nodes.get(key)?.stopTimeout };
      }
      const state = stateMachine.stateOf(this.currentUnit(key));
      const phase = state === 'backingOff' ? 'retrying' : state === 'ready' ? 'waitingForPermit' : 'waiting';
      return { phase, run: plan.id, since: outcomeRecorder.startedAt };
    }
    // After the exit, the engine removes it.
    const removes = plan.action === 'remove' && own.phase === 'stopping';
    if (removes && !isContainerActive(observed, key)) return { ...own, phase: 'removing' };
    return own;
  }

  /** The current or next unit of a node: a restart may have two for it. */
  private currentUnit(key: NodeKey): UnitId {
    const { plan, stateMachine } = this.deps;
    const first = plan.nodes.get(key)?.unit ?? '';
    if (plan.action !== 'restart' || stateMachine.stateOf(first) !== 'done') return first;
    return plan.units.find(({ action, nodes }) => action === 'start' && nodes.includes(key))?.id ?? first;
  }
}

/** The operation shown on a node while its unit is in progress. */
export function operationForUnit({ action }: Unit, plan: Plan, key: NodeKey, since: number): Operation {
  const stopTimeout = plan.nodes.get(key)?.stopTimeout ?? 0;
  const stops = action === 'stop' || (action === 'remove' && plan.options.running === 'stop' && stopTimeout !== 0);
  return { phase: stops ? 'stopping' : phaseOf[action], run: plan.id, since, ...(stops ? { stopTimeout } : {}) };
}
