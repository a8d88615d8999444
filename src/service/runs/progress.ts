import { type Action, isInTargetState } from '../../graph/plan/lifecycleAction';
import { parseKey, type NodeKey } from '../../graph/model/model';
import type { Plan, Unit, UnitId } from '../../graph/plan/plan';
import type { RunStateMachine } from '../../graph/plan/runStateMachine';
import type { KeyedLockMap } from '../concurrency/keyedLocks';
import { isContainerActive, type EngineStateView } from '../state/engineStateView';
import type { Operation, OperationPhase, Progress } from '../service';
import type { EarlyStopper } from './earlyStopper';
import type { OutcomeRecorder } from './outcomeRecorder';
import type { StartGate } from './startGate';

const phaseOf = {
  remove: 'removing',
  bringBack: 'creating',
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  pause: 'pausing',
  unpause: 'resuming',
  kill: 'killing',
} as const satisfies Record<Action, OperationPhase>;

/** The owners of a run's state, from which its progress is derived. */
export interface RunState {
  readonly plan: Plan;
  readonly units: ReadonlyMap<UnitId, Unit>;
  /** In a restart, the start unit of each stop unit. */
  readonly undoingUnits: ReadonlyMap<UnitId, UnitId>;
  readonly stateMachine: Pick<RunStateMachine, 'inFlight' | 'isCancelled' | 'stateOf'>;
  readonly earlyStopper: Pick<EarlyStopper, 'stopping'>;
  readonly outcomeRecorder: Pick<OutcomeRecorder, 'counts' | 'outcomeOf' | 'startedAt'>;
  readonly observed: Pick<EngineStateView, 'container' | 'isRemoved'>;
  readonly operations: Pick<KeyedLockMap<NodeKey, Operation>, 'get'>;
  readonly startGate: Pick<StartGate, 'waiting'>;
}

export function progressOf(run: RunState): Progress {
  const { units, stateMachine, earlyStopper, outcomeRecorder } = run;
  const { total, ended, failed } = outcomeRecorder.counts;
  const active = new Map<NodeKey, Operation>();
  let early = 0;
  const addOperation = (key: NodeKey) => {
    const operation = operationOf(run, key);
    if (operation) active.set(key, operation);
  };
  for (const id of stateMachine.inFlight) {
    const unit = units.get(id);
    for (const key of unit?.nodes ?? []) {
      if (unit && !outcomeRecorder.outcomeOf(key) && isEarly(run, unit.action, key)) early++;
      else addOperation(key);
    }
  }
  for (const key of [...earlyStopper.stopping.keys(), ...run.startGate.waiting.keys()]) addOperation(key);
  return { total, finished: ended + early, failed, active, cancelled: stateMachine.isCancelled };
}

/** Whether a container is in its target state before its unit ends; pods end with their units. */
function isEarly({ plan, observed }: RunState, step: Action, key: NodeKey): boolean {
  if (parseKey(key).kind !== 'container' || plan.action === 'restart' || step === 'bringBack') return false;
  const isRemoved = observed.isRemoved(key);
  if (step === 'remove' || isRemoved) return isRemoved;
  const state = observed.container(key)?.state;
  return state !== undefined && isInTargetState(step, state) === true;
}

/** The current operation of a node; undefined once it has its outcome. */
export function operationOf(run: RunState, key: NodeKey): Operation | undefined {
  const { plan, stateMachine, earlyStopper, outcomeRecorder, observed, operations } = run;
  if (!plan.nodes.has(key) || outcomeRecorder.outcomeOf(key)) return undefined;
  const own = operations.get(key);
  if (own?.run !== plan.id) {
    const since = earlyStopper.stopping.get(key);
    if (since !== undefined) {
      return { phase: 'stopping', run: plan.id, since, stopTimeout: plan.nodes.get(key)?.stopTimeout };
    }
    const waitsFor = run.startGate.waiting.get(key);
    if (waitsFor) return { phase: 'waitingForCondition', run: plan.id, since: outcomeRecorder.startedAt, waitsFor };
    const state = stateMachine.stateOf(currentUnit(run, key));
    const phase = state === 'backingOff' ? 'retrying' : state === 'ready' ? 'waitingForPermit' : 'waiting';
    return { phase, run: plan.id, since: outcomeRecorder.startedAt };
  }
  // After the exit, the engine removes it.
  const removes = plan.action === 'remove' && own.phase === 'stopping';
  return removes && !isContainerActive(observed, key) ? { ...own, phase: 'removing' } : own;
}

/** The current or next unit of a node: a restart may have two for it. */
function currentUnit({ plan, stateMachine, undoingUnits }: RunState, key: NodeKey): UnitId {
  const first = plan.nodes.get(key)?.unit ?? '';
  return stateMachine.stateOf(first) === 'done' ? (undoingUnits.get(first) ?? first) : first;
}

/** The operation shown on a node while its unit is in progress. */
export function operationForUnit({ action }: Unit, plan: Plan, key: NodeKey, since: number): Operation {
  const stopTimeout = plan.nodes.get(key)?.stopTimeout ?? 0;
  const stops = action === 'stop' || (action === 'remove' && plan.options.running === 'stop' && stopTimeout !== 0);
  return { phase: stops ? 'stopping' : phaseOf[action], run: plan.id, since, ...(stops ? { stopTimeout } : {}) };
}
