import type { ContainerGraph } from '../model/graph';
import { type GraphNode, isActive, isHard, type NodeKey, type PlanNode } from '../model/model';
import { appliesTo } from './lifecycleAction';
import type { Plan } from './plan';
import { isResource, resourceUsers } from '../model/resources';

/** A reason why a plan would be another one now. */
export interface PlanChange {
  readonly kind: 'new' | 'removed' | 'changed' | 'newUser';
  /** As it is now; if it was removed, as it was. */
  readonly node: PlanNode;
}

/** What has changed in the graph since the plan was made, as far as planning again would give another plan. */
export function planChanges(plan: Plan, graph: ContainerGraph): PlanChange[] {
  return plan.action === 'remove' ? changesOfRemoval(plan, graph) : changesOfLifecycleAction(plan, graph);
}

function changesOfRemoval(plan: Plan, graph: ContainerGraph): PlanChange[] {
  const known = new Set<NodeKey>(plan.retained.map(({ node }) => node.key));
  for (const { node } of plan.blockers) known.add(node.key);
  const changes: PlanChange[] = [];
  const addNew = (node: GraphNode | undefined) => {
    if (!node || plan.nodes.has(node.key) || known.has(node.key)) return;
    known.add(node.key);
    changes.push({ kind: 'new', node });
  };
  // The graph has no volumes, networks and images; it only shows that a container uses one.
  const users = [...plan.nodes.keys()].some(isResource) ? resourceUsers(graph) : undefined;
  for (const [key, { node }] of plan.nodes) {
    if (node.kind !== 'container' && node.kind !== 'pod') {
      if (users?.get(key)?.some((user) => !plan.nodes.has(user))) changes.push({ kind: 'newUser', node });
      continue;
    }
    const now = graph.get(key);
    if (!now) {
      changes.push({ kind: 'removed', node });
      continue;
    }
    if (now.kind === 'container' && node.kind === 'container' && isActive(now.state) !== isActive(node.state))
      changes.push({ kind: 'changed', node: now });
    for (const edge of graph.dependents(key)) if (isHard(edge)) addNew(graph.get(edge.from));
    for (const member of graph.membersOf(key)) addNew(member);
  }
  if (plan.scope.isAll) {
    for (const node of graph.nodes.values()) if (node.kind === 'pod' || !node.unlisted) addNew(node);
  }
  return changes;
}

/** Nodes that were removed, or to which the action has become applicable or inapplicable. */
function changesOfLifecycleAction({ action, nodes }: Plan, graph: ContainerGraph): PlanChange[] {
  return [...nodes].flatMap(([key, { node }]): PlanChange[] => {
    const now = graph.get(key);
    if (!now) return [{ kind: 'removed', node }];
    if (now.kind !== 'container' || node.kind !== 'container') return [];
    return appliesTo(action, now.state) === appliesTo(action, node.state) ? [] : [{ kind: 'changed', node: now }];
  });
}
