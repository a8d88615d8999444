import { isActive } from '../model/model';
import type { Plan, PlanOptions } from './plan';

/** The options under which a plan was confirmed, for another attempt at some of its nodes. */
export function optionsAgain({ action, options }: Plan): PlanOptions {
  const { dependents, running, excluded, stopTimeout } = options;
  return { action, dependents, running, excluded, stopTimeout };
}

/**
 * Whether a plan does more than one that a user has confirmed: it holds other nodes, stops containers that did not run, or
 * deletes other volumes. Only then must the user be asked again.
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
