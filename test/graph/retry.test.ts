import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/graph/plan/lifecycleAction';
import type { ContainerNode } from '../../src/graph/model/model';
import { type ActionOptions, planAction, exceeds, retryOptions } from '../../src/graph/plan/planAction';
import { graphOf, key } from './build';

type States = Record<string, Partial<ContainerNode>>;

function planOf(text: string, names: readonly string[], states: States = {}, options: Partial<ActionOptions> = {}) {
  const scope = { chosen: names.map(key), isAll: false };
  return planAction('p', graphOf(text, states), scope, { dependents: 'include', running: 'stop', ...options });
}

const up = { state: 'running' } as const;

describe('the retry of a plan (A2)', () => {
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
        deletedVolumes: 'all',
        stopTimeout: 7,
      },
    );
    expect(retryOptions(confirmed) as ActionOptions).toEqual({
      action: 'remove',
      dependents: 'block',
      running: 'skip',
      excluded: [key('c')],
      deletedVolumes: 'all',
      stopTimeout: 7,
      removal: 'p',
    });
  });

  it('saves backups in the same folder', () => {
    const confirmed = planOf('a', ['a'], {}, { backupFolder: '/backups' });
    expect(retryOptions(confirmed).backupFolder).toBe('/backups');
    expect('backupFolder' in retryOptions(planOf('a', ['a']))).toBe(false);
  });

  it('of a return names its removal, and of another action none', () => {
    const stop = planOf('a', ['a'], { a: up }, { action: 'stop' });
    expect('removal' in retryOptions(stop)).toBe(false);
    const { options, ...plan } = stop;
    const back = {
      ...plan,
      action: 'bringBack',
      options: { ...options, removal: 'r', recreate: 'sameImages' },
    } as const;
    expect(retryOptions(back)).toMatchObject({ removal: 'r', recreate: 'sameImages' });
  });

  it('names the first run of a removal, however often it is retried', () => {
    const first = planOf('a b', ['a', 'b']);
    const second = planOf('a b', ['a'], {}, retryOptions(first) as ActionOptions);
    expect(retryOptions({ ...second, id: 'q' }).removal).toBe('p');
  });

  it('still skips running containers', () => {
    const confirmed = planOf('a b', ['a', 'b'], { b: up }, { running: 'skip' });
    const retry = planAction(
      'q',
      graphOf('a b', { a: up, b: up }),
      confirmed.scope,
      retryOptions(confirmed) as ActionOptions,
    );
    expect([...retry.nodes.keys()]).toEqual([]);
  });

  it.each<[string, boolean, () => [ReturnType<typeof planOf>, ReturnType<typeof planOf>]]>([
    ['the same nodes', false, () => [planOf('a b', ['a', 'b']), planOf('a b', ['a', 'b'])]],
    ['fewer nodes', false, () => [planOf('a b', ['a']), planOf('a b', ['a', 'b'])]],
    ['another node', true, () => [planOf('a b', ['a', 'b']), planOf('a b', ['a'])]],
    ['a new dependent', true, () => [planOf('c>a', ['a']), planOf('a', ['a'])]],
    ['a node started since', true, () => [planOf('a', ['a'], { a: up }), planOf('a', ['a'])]],
    ['a node that is still running', false, () => [planOf('a', ['a'], { a: up }), planOf('a', ['a'], { a: up })]],
    ['a node stopped since', false, () => [planOf('a', ['a']), planOf('a', ['a'], { a: up })]],
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
  ])('exceeds the confirmed plan or not: %s', (_, expected, plans) => {
    expect(exceeds(...plans())).toBe(expected);
  });
});
