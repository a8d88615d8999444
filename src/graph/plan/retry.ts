import { isActive } from '../model/model';
import type { Plan, PlanOptions } from './plan';

/** The options of a confirmed plan, for a retry of some of its nodes. */
export function retryOptions({ action, options }: Plan): PlanOptions {
  const { dependents, running, excluded, stopTimeout } = options;
  return { action, dependents, running, excluded, stopTimeout };
}

/**
 * Whether a plan needs another confirmation: compared to the confirmed one, it has other nodes, stops other containers,
 * shortens a stop timeout or deletes other volumes.
 */
export function exceeds(plan: Plan, confirmed: Plan): boolean {
  if (plan.action !== confirmed.action) return true;
  const volumes = new Set(confirmed.volumes);
  if (plan.volumes.some((name) => !volumes.has(name))) return true;
  return [...plan.nodes.values()].some(({ node, stopTimeout }) => {
    const before = confirmed.nodes.get(node.key);
    if (!before) return true;
    if (node.kind !== 'container' || before.node.kind !== 'container') return false;
    return isActive(node.state) && (!isActive(before.node.state) || stopTimeout < before.stopTimeout);
  });
}
