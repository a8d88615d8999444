import { describe, expect, it } from 'vitest';
import { planAction } from '../../src/graph/plan/planAction';
import { planChanges } from '../../src/graph/plan/planChanges';
import { containerKey, graphOf, type GraphSpec } from '../view/graphSpec';
import { graphSpec, samplePlan } from '../view/samplePlan';

const chosen = [containerKey('base')];
const changed = (more: Partial<GraphSpec>) => graphOf({ ...graphSpec, ...more });
const withState = (name: string, state: 'exited' | 'running') =>
  graphSpec.containers.map((one) => (one.name === name ? { ...one, state } : one));
const changes = (...of: Parameters<typeof planChanges>) =>
  planChanges(...of).map(({ kind, node }) => `${kind} ${node.name}`);

describe('the changes since a plan was made', () => {
  it.each([
    [
      'removed top',
      changed({ containers: graphSpec.containers.filter(({ name }) => name !== 'top'), needs: [['mid', 'base']] }),
    ],
    ['changed top', changed({ containers: withState('top', 'exited') })],
    ['new old', changed({ needs: [...(graphSpec.needs ?? []), ['old', 'base']] })],
  ])('are: %s', (expected, graph) => {
    expect(changes(samplePlan(graphSpec, chosen), graph)).toEqual([expected]);
  });

  it('are none if other nodes changed', () => {
    const containers = [...withState('old', 'running'), { name: 'new' }];
    expect(changes(samplePlan(graphSpec, chosen), changed({ containers }))).toEqual([]);
  });

  it('include each new node once if the plan is of the whole view', () => {
    const graph = changed({
      containers: [...graphSpec.containers, { name: 'new', pod: 'shop' }],
      needs: [...(graphSpec.needs ?? []), ['new', 'base'], ['new', 'mid']],
    });
    expect(changes(samplePlan(graphSpec, 'all'), graph)).toEqual(['new new']);
  });

  it('of a lifecycle action are those of its own nodes', () => {
    const options = { action: 'stop', dependents: 'include', running: 'stop' } as const;
    const plan = planAction('stop', graphOf(graphSpec), { chosen, isAll: false }, options);
    expect(changes(plan, changed({ containers: withState('top', 'exited') }))).toEqual(['changed top']);
    expect(changes(plan, changed({ containers: withState('old', 'running') }))).toEqual([]);
  });
});
