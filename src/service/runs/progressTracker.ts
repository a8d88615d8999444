import { type Action, isInTargetState } from '../../graph/plan/lifecycleAction';
import { keyDeps, type NodeKey } from '../../graph/model/model';
import type { Plan, Unit, UnitId } from '../../graph/plan/plan';
import type { RunStateMachine } from '../../graph/plan/runStateMachine';
import type { KeyedLockMap } from '../concurrency/keyedLocks';
import { isContainerActive, type EngineStateView } from '../state/engineStateView';
import type { Operation, OperationPhase, Progress } from '../service';
import type { Dispatcher } from './dispatcher';
import type { OutcomeRecorder } from './outcomeRecorder';

/** What a unit's nodes are told to be doing, but for their time to stop. */
const phases = {
  remove: 'removing',
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  pause: 'pausing',
  unpause: 'resuming',
  kill: 'killing',
} as const satisfies Record<Action, OperationPhase>;

export interface ProgressDeps {
  readonly plan: Plan;
  readonly stateMachine: Pick<RunStateMachine<UnitId>, 'inFlight' | 'isCancelled' | 'stateOf'>;
  readonly dispatch: Pick<Dispatcher, 'stopping'>;
  readonly outcomeRecorder: Pick<OutcomeRecorder, 'counts' | 'outcomeOf' | 'startedAt'>;
  readonly observed: Pick<EngineStateView, 'container' | 'isRemoved'>;
  readonly operations: Pick<KeyedLockMap<NodeKey, Operation>, 'get'>;
}

/** How it stands with a run, for those who look on: what is done with each node at this moment, and how far all is. */
export class ProgressTracker {
  private readonly units: ReadonlyMap<UnitId, Unit>;

  constructor(private readonly deps: ProgressDeps) {
    this.units = new Map(deps.plan.units.map((unit) => [unit.id, unit]));
  }

  get progress(): Progress {
    const { stateMachine, dispatch, outcomeRecorder: outcomes } = this.deps;
    const { total, ended, failed } = outcomes.counts;
    const active = new Map<NodeKey, Operation>();
    let early = 0;
    const take = (key: NodeKey) => {
      const operation = this.operationOf(key);
      if (operation) active.set(key, operation);
    };
    for (const id of stateMachine.inFlight) {
      const unit = this.units.get(id);
      for (const key of unit?.nodes ?? []) {
        if (unit && !outcomes.outcomeOf(key) && this.isAsWanted(unit.action, key)) early++;
        else take(key);
      }
    }
    for (const key of dispatch.stopping.keys()) take(key);
    return { total, finished: ended + early, failed, active, cancelled: stateMachine.isCancelled };
  }

  /** Whether a container is as its unit would have it while the unit is still worked on; pods end with their units. */
  private isAsWanted(step: Action, key: NodeKey): boolean {
    if (keyDeps(key).kind !== 'container' || this.deps.plan.action === 'restart') return false;
    const { observed } = this.deps;
    const isGone = observed.isRemoved(key);
    if (step === 'remove' || isGone) return isGone;
    const state = observed.container(key)?.state;
    return state !== undefined && isInTargetState(step, state) === true;
  }

  /** What this run is doing with a node; undefined once it has its outcome. */
  operationOf(key: NodeKey): Operation | undefined {
    const { plan, stateMachine, dispatch, outcomeRecorder: outcomes, observed, operations } = this.deps;
    if (!plan.nodes.has(key) || outcomes.outcomeOf(key)) return undefined;
    const own = operations.get(key);
    if (own?.run !== plan.id) {
      const stopping = dispatch.stopping.get(key);
      if (stopping !== undefined) {
        return {
          phase: 'stopping',
          run: plan.id,
          since: stopping,
          grace: plan.nodes.get(key)?.stopTimeout,
        };
      }
      const state = stateMachine.stateOf(this.currentUnit(key));
      const phase = state === 'backingOff' ? 'retrying' : state === 'ready' ? 'waitingForPermit' : 'waiting';
      return { phase, run: plan.id, since: outcomes.startedAt };
    }
    // It has exited: what is left is the engine's own work.
    const removes = plan.action === 'remove' && own.phase === 'stopping';
    if (removes && !isContainerActive(observed, key)) return { ...own, phase: 'removing' };
    return own;
  }

  /** The unit with which a node is being worked on, or is to be next: a restart may have two for it. */
  private currentUnit(key: NodeKey): UnitId {
    const { plan, stateMachine } = this.deps;
    const first = plan.nodes.get(key)?.unit ?? '';
    if (plan.action !== 'restart' || stateMachine.stateOf(first) !== 'done') return first;
    return plan.units.find(({ action, nodes }) => action === 'start' && nodes.includes(key))?.id ?? first;
  }
}

/** What a node is told to go through while its unit is worked on. */
export function operationForUnit({ action }: Unit, plan: Plan, key: NodeKey, since: number): Operation {
  const grace = plan.nodes.get(key)?.stopTimeout ?? 0;
  const stops = action === 'stop' || (action === 'remove' && plan.options.running === 'stop' && grace !== 0);
  return { phase: stops ? 'stopping' : phases[action], run: plan.id, since, ...(stops ? { grace } : {}) };
}
