import type { NodeKey } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';
import { defaultStopTimeout, type StopTimeout } from '../../graph/model/stopTimeout';

/** How long a container of a plan gets to stop; what the plan does not hold (an infra container) has what the plan's options say. */
export function stopTimeoutIn(plan: Plan, key: NodeKey): StopTimeout {
  return plan.nodes.get(key)?.stopTimeout ?? plan.options.stopTimeout ?? defaultStopTimeout;
}

/**
 * The stop timeout that a call to the engine names. A container's own is left to the engine, except an unlimited one: from
 * more than 292 years on, nanoseconds overflow, and Podman 4.3.1, 5.8.6 and Docker 26 kill at once (9999999999 s).
 */
export function timeoutToSend(plan: Plan, key: NodeKey): StopTimeout | undefined {
  const { stopTimeout } = plan.options;
  if (stopTimeout !== undefined) return stopTimeout;
  return plan.nodes.get(key)?.stopTimeout === 'unlimited' ? 'unlimited' : undefined;
}
