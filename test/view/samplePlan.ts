import type { NodeKey } from '../../src/graph/model/model';
import { protectionReason } from '../../src/graph/model/protection';
import type { ResourceNode } from '../../src/graph/model/resources';
import type { Plan, PlanOptions } from '../../src/graph/plan/plan';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { graphOf, type GraphSpec } from './graphSpec';

const protects = protectionReason({ names: [], ownContainer: undefined });
export const sampleDetails = {
  stopTimeout: 3,
  stopSignal: 'SIGTERM',
  restartPolicy: '',
  autoRemove: false,
  anonymousVolumes: ['0123456789abcdef'.repeat(4)],
  namedVolumes: [],
};

/** A pod, a chain `top > mid > base`, a stopped container. */
export const graphSpec: GraphSpec = {
  containers: [
    { name: 'web', pod: 'shop' },
    { name: 'job', pod: 'shop', state: 'exited', exitCode: 1 },
    { name: 'base', details: sampleDetails },
    { name: 'mid', state: 'paused' },
    { name: 'top' },
    { name: 'old', state: 'exited' },
  ],
  needs: [
    ['mid', 'base'],
    ['top', 'mid'],
  ],
};

let made = 0;
export function samplePlan(
  of: GraphSpec,
  chosen: readonly NodeKey[] | 'all',
  options: Partial<PlanOptions> = {},
  resources: readonly ResourceNode[] = [],
): Plan {
  const graph = graphOf(of);
  const scope = { chosen: chosen === 'all' ? [...graph.nodes.keys()] : chosen, isAll: chosen === 'all' };
  const all = { dependents: 'include', running: 'stop', protects, ...options } as const;
  return planRemoval(`plan-${++made}`, graph, scope, all, resources);
}

export const previewContext = { engineLabel: (id: string) => `engine ${id}`, engineType: () => 'podman' as const };
