import { engineOf, type NodeKey } from '../../graph/model/model';
import { systemdUnitOf } from '../../graph/model/labels';
import type { Plan } from '../../graph/plan/plan';
import type { EngineStateView } from './engineStateView';

/**
 * The key of the container or pod that the systemd unit of a planned node runs now: a Quadlet creates it again at each start,
 * with the same name and another id. The node's own key if there is none. For a unit that had no container, any container of
 * the unit.
 */
export function currentKeyOf(
  observed: Pick<EngineStateView, 'container' | 'isRemoved' | 'nodesOf'>,
  { nodes }: Pick<Plan, 'nodes'>,
  key: NodeKey,
): NodeKey {
  const { node, restartedBy } = nodes.get(key) ?? {};
  if (!node || restartedBy !== 'systemd' || (observed.container(key) && !observed.isRemoved(key))) return key;
  const unit = node.kind === 'volume' ? undefined : systemdUnitOf(node);
  const isStopped = node.id === unit;
  for (const one of observed.nodesOf(engineOf(key))) {
    const isSame = one.kind === node.kind && (isStopped || one.name === node.name) && systemdUnitOf(one) === unit;
    if (isSame && !observed.isRemoved(one.key)) return one.key;
    // Pods are not listed during a run, but their containers name them.
    const pod = one.kind === 'container' && node.kind === 'pod' && one.podName === node.name ? one.pod : undefined;
    if (pod !== undefined && !observed.isRemoved(pod) && !observed.isRemoved(one.key)) return pod;
  }
  return key;
}
