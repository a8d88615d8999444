import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/graph/plan/lifecycleAction';
import type { ContainerNode } from '../../src/graph/model/model';
import { planAction } from '../../src/graph/plan/planAction';
import type { NodeReport, Report } from '../../src/graph/plan/report';
import { skipPaths } from '../../src/graph/plan/explain';
import { graphOf, key } from './build';

/** The way of each skipped node, as `top>mid mid>base`, where these were skipped because of that one. */
function waysOf(
  action: Action,
  text: string,
  because: string,
  skipped: string,
  more: Record<string, Partial<ContainerNode>> = {},
) {
  const graph = graphOf(text, more);
  const scope = { chosen: [...graph.nodes.keys()], isAll: true };
  const plan = planAction('p', graph, scope, { action, dependents: 'include', running: 'stop' });
  const names = skipped.split(' ');
  const nodes = [...plan.nodes.values()].map(({ node }): NodeReport => {
    const outcome = names.includes(node.name)
      ? ({ kind: 'skipped', because: key(because) } as const)
      : ({ kind: 'failed', reason: 'busy', message: '' } as const);
    return { node, outcome, state: 'exited', partial: undefined, duration: undefined, attempts: 0 };
  });
  const report: Report = {
    plan,
    nodes: new Map(nodes.map((one) => [one.node.key, one])),
    cancelled: false,
    settled: true,
    startedAt: 0,
    endedAt: 0,
  };
  const wayOf = skipPaths(report);
  const named = (one: string) => one.split('/').at(-1);
  return Object.fromEntries(
    names.map((name) => [
      name,
      wayOf(key(name))
        .map(({ from, to }) => `${named(from)}>${named(to)}`)
        .join(' '),
    ]),
  );
}

const running = (names: string) =>
  Object.fromEntries(names.split(' ').map((name) => [name, { state: 'running' } as const]));

describe('the way from a failure to what was skipped because of it', () => {
  it('goes down from what could not be removed or stopped to what that needs', () => {
    const ways = { mid: 'top>mid', base: 'top>mid mid>base' };
    expect(waysOf('remove', 'top>mid mid>base', 'top', 'mid base')).toEqual(ways);
    expect(waysOf('stop', 'top>mid mid>base', 'top', 'mid base', running('top mid base'))).toEqual(ways);
  });

  it('goes up from what could not be started to what needs that, and is told from dependent to dependency', () => {
    expect(waysOf('start', 'top>mid mid>base', 'base', 'mid top')).toEqual({
      mid: 'mid>base',
      top: 'top>mid mid>base',
    });
  });

  it('goes both ways in a restart', () => {
    const states = running('top mid base');
    expect(waysOf('restart', 'top>mid mid>base', 'mid', 'top base', states)).toEqual({
      top: 'top>mid',
      base: 'mid>base',
    });
  });

  it('is a shortest one, over skipped nodes alone', () => {
    const diamond = 'top>left top>right left>base right>base far>base';
    expect(waysOf('remove', diamond, 'top', 'right base')).toEqual({
      right: 'top>right',
      base: 'top>right right>base',
    });
    expect(waysOf('remove', `${diamond} top>base`, 'top', 'right base')['base']).toBe('top>base');
    expect(waysOf('remove', diamond, 'far', 'base')).toEqual({ base: 'far>base' });
  });

  it('is the same for all of a unit', () => {
    expect(waysOf('remove', 'top>one one>two two>one two>base', 'top', 'one two base')).toEqual({
      one: 'top>one',
      two: 'top>one',
      base: 'top>one two>base',
    });
  });

  it('is nothing where the plan does not tell', () => {
    expect(waysOf('remove', 'top>base other', 'other', 'base')).toEqual({ base: '' });
  });
});
