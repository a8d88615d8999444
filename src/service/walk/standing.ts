import { type Action, isAsAfter } from '../../graph/action';
import { keyParts, type NodeKey } from '../../graph/model';
import type { Plan, Unit, UnitId } from '../../graph/plan';
import type { Walk } from '../../graph/walk';
import type { LockedMap } from '../lock/lockedMap';
import { isUp, type Observed } from '../observed';
import type { Operation, OperationPhase, Progress } from '../service';
import type { Dispatch } from './dispatch';
import type { Ledger } from './ledger';

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

export interface StandingParts {
  readonly plan: Plan;
  readonly walk: Pick<Walk<UnitId>, 'inFlight' | 'isCancelled' | 'stateOf'>;
  readonly dispatch: Pick<Dispatch, 'stopping'>;
  readonly ledger: Pick<Ledger, 'counts' | 'outcomeOf' | 'startedAt'>;
  readonly observed: Pick<Observed, 'container' | 'isGone'>;
  readonly operations: Pick<LockedMap<NodeKey, Operation>, 'get'>;
}

/** How it stands with a run, for those who look on: what is done with each node at this moment, and how far all is. */
export class Standing {
  private readonly units: ReadonlyMap<UnitId, Unit>;

  constructor(private readonly parts: StandingParts) {
    this.units = new Map(parts.plan.units.map((unit) => [unit.id, unit]));
  }

  get progress(): Progress {
    const { walk, dispatch, ledger } = this.parts;
    const { total, ended, failed } = ledger.counts;
    const active = new Map<NodeKey, Operation>();
    let early = 0;
    const take = (key: NodeKey) => {
      const operation = this.operationOf(key);
      if (operation) active.set(key, operation);
    };
    for (const id of walk.inFlight) {
      const unit = this.units.get(id);
      for (const key of unit?.nodes ?? []) {
        if (unit && !ledger.outcomeOf(key) && this.isAsWanted(unit.step, key)) early++;
        else take(key);
      }
    }
    for (const key of dispatch.stopping.keys()) take(key);
    return { total, ended: ended + early, failed, active, cancelled: walk.isCancelled };
  }

  /** Whether a container is as its unit would have it while the unit is still worked on; pods end with their units. */
  private isAsWanted(step: Action, key: NodeKey): boolean {
    if (keyParts(key).kind !== 'container' || this.parts.plan.action === 'restart') return false;
    const { observed } = this.parts;
    const isGone = observed.isGone(key);
    if (step === 'remove' || isGone) return isGone;
    const state = observed.container(key)?.state;
    return state !== undefined && isAsAfter(step, state) === true;
  }

  /** What this run is doing with a node; undefined once it has its outcome. */
  operationOf(key: NodeKey): Operation | undefined {
    const { plan, walk, dispatch, ledger, observed, operations } = this.parts;
    if (!plan.nodes.has(key) || ledger.outcomeOf(key)) return undefined;
    const own = operations.get(key);
    if (own?.run !== plan.id) {
      const stopping = dispatch.stopping.get(key);
      if (stopping !== undefined) {
        return {
          phase: 'stopping',
          run: plan.id,
          since: stopping,
          grace: plan.nodes.get(key)?.grace,
        };
      }
      const state = walk.stateOf(this.unitAtHand(key));
      const phase = state === 'pausing' ? 'retrying' : state === 'ready' ? 'queued' : 'waiting';
      return { phase, run: plan.id, since: ledger.startedAt };
    }
    // It has exited: what is left is the engine's own work.
    const removes = plan.action === 'remove' && own.phase === 'stopping';
    if (removes && !isUp(observed, key)) return { ...own, phase: 'removing' };
    return own;
  }

  /** The unit with which a node is being worked on, or is to be next: a restart may have two for it. */
  private unitAtHand(key: NodeKey): UnitId {
    const { plan, walk } = this.parts;
    const first = plan.nodes.get(key)?.unit ?? '';
    if (plan.action !== 'restart' || walk.stateOf(first) !== 'done') return first;
    return plan.units.find(({ step, nodes }) => step === 'start' && nodes.includes(key))?.id ?? first;
  }
}

/** What a node is told to go through while its unit is worked on. */
export function operationAt({ step }: Unit, plan: Plan, key: NodeKey, since: number): Operation {
  const grace = plan.nodes.get(key)?.grace ?? 0;
  const stops = step === 'stop' || (step === 'remove' && plan.options.running === 'stop' && grace !== 0);
  return { phase: stops ? 'stopping' : phases[step], run: plan.id, since, ...(stops ? { grace } : {}) };
}
