import type { ContainerGraph } from '../../graph/graph';
import type { NodeKey } from '../../graph/model';
import { isActive, isHard } from '../../graph/model';
import type { Plan } from '../../graph/plan';

/** Whether the graph has changed so that planning again would come to another plan. */
export function isOutdated(plan: Plan, graph: ContainerGraph): boolean {
  const told = new Set<NodeKey>(plan.stays.map(({ node }) => node.key));
  for (const { node } of plan.blockers) told.add(node.key);
  const isTold = (key: NodeKey) => plan.nodes.has(key) || told.has(key);
  for (const [key, { node }] of plan.nodes) {
    const now = graph.get(key);
    if (!now) return true;
    if (now.kind === 'container' && node.kind === 'container' && isActive(now.state) !== isActive(node.state))
      return true;
    if (graph.dependents(key).some((edge) => isHard(edge) && !isTold(edge.from))) return true;
    if (graph.membersOf(key).some((member) => !isTold(member.key))) return true;
  }
  return plan.scope.everything && [...graph.nodes.values()].some((node) => !isExternal(node) && !isTold(node.key));
}

function isExternal(node: { readonly kind: string; readonly external?: boolean }): boolean {
  return node.external === true;
}
