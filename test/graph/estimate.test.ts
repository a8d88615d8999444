import { describe, expect, it } from 'vitest';
import { estimateRun } from '../../src/graph/plan/estimate';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import { containerKey, graphOf, type GraphSpec } from '../view/graphSpec';

const chain: GraphSpec = {
  containers: [{ name: 'base' }, { name: 'mid' }, { name: 'top', state: 'exited' }, { name: 'other' }],
  needs: [
    ['top', 'mid'],
    ['mid', 'base'],
  ],
};

const estimate = (of: GraphSpec, options: Partial<ActionOptions> = {}) => {
  const graph = graphOf(of);
  const scope = { chosen: [...graph.nodes.keys()], isAll: true };
  return estimateRun(planAction('p', graph, scope, { dependents: 'include', running: 'stop', ...options }));
};

describe('the estimate of a run', () => {
  it('adds up the longest path, not what runs in parallel', () => {
    const result = estimate(chain);
    // Three requests in sequence; two of them stop a container.
    expect(result?.usual).toBeCloseTo(2.9);
    expect(result?.worst).toBe(20);
  });

  it('is at most the stop timeout, if that is shorter than a usual stop', () => {
    const result = estimate({ containers: [{ name: 'a' }] }, { stopTimeout: 0 });
    expect(result).toEqual({ usual: 0.3, worst: 0 });
  });

  it('adds up the members of a pod in the worst case only', () => {
    const pod = ['a', 'b', 'c'].map((name) => ({ name, pod: 'shop' }));
    const result = estimate({ containers: pod });
    expect(result?.usual).toBeCloseTo(1.3);
    expect(result?.worst).toBe(30);
  });

  it('has no worst case if a container has no time limit', () => {
    const result = estimate(chain, { stopTimeout: 'unlimited' });
    expect(result?.worst).toBe('unlimited');
    expect(result?.usual).toBeCloseTo(2.9);
  });

  it('is made only for plans that stop running containers', () => {
    expect(estimate({ containers: [{ name: 'a', state: 'exited' }] })).toBeUndefined();
    expect(estimate(chain, { action: 'pause' })).toBeUndefined();
    expect(estimate(chain, { action: 'kill' })).toBeUndefined();
    expect(estimate(chain, { action: 'stop' })?.worst).toBe(20);
  });

  it('counts the stops and the requests of a restart', () => {
    const graph = graphOf({ ...chain, containers: chain.containers.map(({ name }) => ({ name })) });
    const scope = { chosen: [containerKey('base')], isAll: false };
    const plan = planAction('p', graph, scope, { action: 'restart', dependents: 'include', running: 'stop' });
    expect(estimateRun(plan)?.worst).toBe(30);
    expect(estimateRun(plan)?.usual).toBeCloseTo(3 * 1.3 + 3 * 0.3);
  });
});
