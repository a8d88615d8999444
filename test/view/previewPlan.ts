import type { NodeKey } from '../../src/graph/model';
import type { Plan, PlanOptions } from '../../src/graph/plan';
import { planRemoval } from '../../src/graph/planRemoval';
import { protection } from '../../src/graph/protection';
import type { Drawing } from './picture';
import { graphOf } from './picture';

const protects = protection({ names: [], self: undefined });
const details = {
  stopTimeout: 3,
  stopSignal: 'SIGTERM',
  restartPolicy: '',
  autoRemove: false,
  anonymousVolumes: ['0123456789abcdef'],
  namedVolumes: [],
};

/** A pod, a chain `top > mid > base`, a stopped one. */
export const drawing: Drawing = {
  containers: [
    { name: 'web', pod: 'shop' },
    { name: 'job', pod: 'shop', state: 'exited', exitCode: 1 },
    { name: 'base', details },
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
export function plan(of: Drawing, chosen: readonly NodeKey[] | 'all', options: Partial<PlanOptions> = {}): Plan {
  const graph = graphOf(of);
  const scope = { chosen: chosen === 'all' ? [...graph.nodes.keys()] : chosen, everything: chosen === 'all' };
  return planRemoval(`plan-${++made}`, graph, scope, { dependents: 'include', running: 'stop', protects, ...options });
}

export const parts = { engineLabel: (id: string) => `engine ${id}`, engineFlavour: () => 'podman' as const };
