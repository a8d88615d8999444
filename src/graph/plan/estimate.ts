import { isActive } from '../model/model';
import { fromSeconds, inSeconds, type StopTimeout } from '../model/stopTimeout';
import type { Plan, Unit, UnitId } from './plan';

/** Durations of a run in seconds. */
export interface RunEstimate {
  /** If all containers react to their stop signal. */
  readonly usual: number;
  /** If none does. */
  readonly worst: StopTimeout;
}

/** Seconds for which a container that reacts to its stop signal is assumed to run on. */
const usualStop = 1;
/** Seconds of a request. */
const requestDuration = 0.3;

/**
 * Estimates a run as the longest path through its units, because a unit waits for its dependencies and not for the others.
 * Each unit takes one request; if it stops running containers, also the usual time of one of them, and in the worst case the
 * sum of their stop timeouts, because some engines stop the members of a pod in sequence, and the timeouts of the health
 * checks that it waits for. Waiting for permits is not included.
 *
 * @returns undefined if no running container is stopped
 */
export function estimateRun({ units, nodes }: Pick<Plan, 'units' | 'nodes'>): RunEstimate | undefined {
  const ends = new Map<UnitId, { readonly usual: number; readonly worst: number }>();
  let [usual, worst, stops] = [0, 0, false];
  for (const unit of units) {
    const timeouts = runningTimeouts(unit, nodes);
    stops ||= timeouts.length > 0;
    const start = { usual: 0, worst: 0 };
    for (const id of [...unit.hardDependencies, ...unit.softDependencies]) {
      const end = ends.get(id);
      start.usual = Math.max(start.usual, end?.usual ?? 0);
      start.worst = Math.max(start.worst, end?.worst ?? 0);
    }
    const end = {
      usual: start.usual + requestDuration + Math.min(usualStop, Math.max(0, ...timeouts)),
      worst: start.worst + timeouts.reduce((sum, seconds) => sum + seconds, maxHealthWait(unit)),
    };
    ends.set(unit.id, end);
    usual = Math.max(usual, end.usual);
    worst = Math.max(worst, end.worst);
  }
  return stops ? { usual, worst: fromSeconds(worst) } : undefined;
}

/** Seconds that the unit waits for health checks at most. */
function maxHealthWait({ conditions = [] }: Unit): number {
  return Math.max(0, ...conditions.map(({ maxWaitMs = 0 }) => maxWaitMs / 1000));
}

/** Seconds, of the running containers that the unit stops. */
function runningTimeouts({ action, nodes: keys }: Unit, nodes: Plan['nodes']): number[] {
  if (action !== 'remove' && action !== 'stop' && action !== 'restart') return [];
  return keys.flatMap((key) => {
    const planned = nodes.get(key);
    const isRunning = planned?.node.kind === 'container' && isActive(planned.node.state);
    return isRunning ? [inSeconds(planned.stopTimeout)] : [];
  });
}
