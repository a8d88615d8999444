import type { NodeKey } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';
import { defaultStopTimeout, type StopTimeout } from '../../graph/model/stopTimeout';

/** The stop timeout of a container; one that is not in the plan (an infra container) has that of the plan's options. */
export function stopTimeoutIn(plan: Plan, key: NodeKey): StopTimeout {
  return plan.nodes.get(key)?.stopTimeout ?? plan.options.stopTimeout ?? defaultStopTimeout;
}

/**
 * The stop timeout to send to the engine. A container's own is left to the engine unless it is unlimited: above 292 years,
 * nanoseconds overflow, and Podman 4.3.1, 5.8.6 and Docker 26 kill immediately (9999999999 s).
 */
export function timeoutToSend(plan: Plan, key: NodeKey): StopTimeout | undefined {
  const { stopTimeout } = plan.options;
  if (stopTimeout !== undefined) return stopTimeout;
  return plan.nodes.get(key)?.stopTimeout === 'unlimited' ? 'unlimited' : undefined;
}
