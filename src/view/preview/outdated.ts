import { concerns } from '../../graph/action';
import type { ContainerGraph } from '../../graph/graph';
import type { NodeKey } from '../../graph/model';
import { isActive, isHard } from '../../graph/model';
import type { Plan } from '../../graph/plan';
import { volumeUsers } from '../../graph/volumes';

/** Whether the graph has changed so that planning again would come to another plan. */
export function isOutdated(plan: Plan, graph: ContainerGraph): boolean {
  if (plan.action !== 'remove') return isOtherNow(plan, graph);
  const told = new Set<NodeKey>(plan.stays.map(({ node }) => node.key));
  for (const { node } of plan.blockers) told.add(node.key);
  const isTold = (key: NodeKey) => plan.nodes.has(key) || told.has(key);
  if (plan.counts.volumes > 0 && isAnyUsed(plan, graph)) return true;
  for (const [key, { node }] of plan.nodes) {
    if (node.kind === 'volume') continue;
    const now = graph.get(key);
    if (!now) return true;
    if (now.kind === 'container' && node.kind === 'container' && isActive(now.state) !== isActive(node.state))
      return true;
    if (graph.dependents(key).some((edge) => isHard(edge) && !isTold(edge.from))) return true;
    if (graph.membersOf(key).some((member) => !isTold(member.key))) return true;
  }
  return plan.scope.everything && [...graph.nodes.values()].some((node) => !isExternal(node) && !isTold(node.key));
}

/** Of its volumes a graph tells no more than that a container has come to use one. */
function isAnyUsed(plan: Plan, graph: ContainerGraph): boolean {
  const users = volumeUsers(graph);
  return [...plan.nodes.keys()].some((key) => users.has(key));
}

/** Whether something of the plan has gone, or come to its wanted state or out of it. */
function isOtherNow({ action, nodes }: Plan, graph: ContainerGraph): boolean {
  return [...nodes].some(([key, { node }]) => {
    const now = graph.get(key);
    if (now?.kind !== 'container' || node.kind !== 'container') return !now;
    return concerns(action, now.state) !== concerns(action, node.state);
  });
}

function isExternal(node: { readonly kind: string; readonly external?: boolean }): boolean {
  return node.external === true;
}
