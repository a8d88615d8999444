import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/graph/plan/lifecycleAction';
import type { ContainerNode } from '../../src/graph/model/model';
import type { PlanOptions } from '../../src/graph/plan/plan';
import { planAction } from '../../src/graph/plan/planAction';
import { exceeds, optionsAgain } from '../../src/graph/plan/retry';
import { graphOf, key } from './build';

type States = Record<string, Partial<ContainerNode>>;

function planOf(text: string, names: readonly string[], states: States = {}, options: Partial<PlanOptions> = {}) {
  const scope = { chosen: names.map(key), isAll: false };
  return planAction('p', graphOf(text, states), scope, { dependents: 'include', running: 'stop', ...options });
}

const up = { state: 'running' } as const;

describe('another attempt at a plan (A2)', () => {
  it('keeps all options of the plan', () => {
    const confirmed = planOf(
      'a b',
      ['a', 'b'],
      { b: up },
      {
        action: 'remove',
        dependents: 'block',
        running: 'skip',
        excluded: [key('c')],
        stopTimeout: 7,
      },
    );
    expect(optionsAgain(confirmed)).toEqual({
      action: 'remove',
      dependents: 'block',
      running: 'skip',
      excluded: [key('c')],
      stopTimeout: 7,
    });
  });

  it('leaves alone what was to be left alone', () => {
    const confirmed = planOf('a b', ['a', 'b'], { b: up }, { running: 'skip' });
    const again = planAction('q', graphOf('a b', { a: up, b: up }), confirmed.scope, optionsAgain(confirmed));
    expect([...again.nodes.keys()]).toEqual([]);
  });

  it.each<[string, boolean, () => [ReturnType<typeof planOf>, ReturnType<typeof planOf>]]>([
    ['the same nodes', false, () => [planOf('a b', ['a', 'b']), planOf('a b', ['a', 'b'])]],
    ['fewer nodes', false, () => [planOf('a b', ['a']), planOf('a b', ['a', 'b'])]],
    ['a node more', true, () => [planOf('a b', ['a', 'b']), planOf('a b', ['a'])]],
    ['a new dependent', true, () => [planOf('c>a', ['a']), planOf('a', ['a'])]],
    ['one that was started since', true, () => [planOf('a', ['a'], { a: up }), planOf('a', ['a'])]],
    ['one that still runs', false, () => [planOf('a', ['a'], { a: up }), planOf('a', ['a'], { a: up })]],
    ['one that has stopped', false, () => [planOf('a', ['a']), planOf('a', ['a'], { a: up })]],
    [
      'a shorter stop timeout',
      true,
      () => [planOf('a', ['a'], { a: up }, { stopTimeout: 1 }), planOf('a', ['a'], { a: up }, { stopTimeout: 60 })],
    ],
    [
      'another action',
      true,
      () => [planOf('a', ['a'], { a: up }), planOf('a', ['a'], { a: up }, { action: 'stop' satisfies Action })],
    ],
  ])('exceeds the confirmed plan or not: %s', (_, more, plans) => {
    expect(exceeds(...plans())).toBe(more);
  });
});
