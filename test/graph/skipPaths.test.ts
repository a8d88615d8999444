import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/graph/plan/lifecycleAction';
import type { ContainerNode } from '../../src/graph/model/model';
import { planAction } from '../../src/graph/plan/planAction';
import type { NodeReport, Report } from '../../src/graph/plan/report';
import { skipPaths } from '../../src/graph/plan/explain';
import { graphOf, key } from './build';

/** The path of each node that was skipped because of another one, as `top>mid mid>base`. */
function pathsOf(
  action: Exclude<Action, 'bringBack'>,
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
    volumes: new Map(),
    isReconciled: true,
    startedAt: 0,
    endedAt: 0,
  };
  const pathOf = skipPaths(report);
  const nameOf = (one: string) => one.split('/').at(-1);
  return Object.fromEntries(
    names.map((name) => [
      name,
      pathOf(key(name))
        .map(({ from, to }) => `${nameOf(from)}>${nameOf(to)}`)
        .join(' '),
    ]),
  );
}

const running = (names: string) =>
  Object.fromEntries(names.split(' ').map((name) => [name, { state: 'running' } as const]));

describe('the path between a failed node and a skipped one', () => {
  it('leads to dependencies after a failed removal or stop', () => {
    const expected = { mid: 'top>mid', base: 'top>mid mid>base' };
    expect(pathsOf('remove', 'top>mid mid>base', 'top', 'mid base')).toEqual(expected);
    expect(pathsOf('stop', 'top>mid mid>base', 'top', 'mid base', running('top mid base'))).toEqual(expected);
  });

  it('leads to dependents after a failed start, but is listed from dependent to dependency', () => {
    expect(pathsOf('start', 'top>mid mid>base', 'base', 'mid top')).toEqual({
      mid: 'mid>base',
      top: 'top>mid mid>base',
    });
  });

  it('leads in both directions in a restart', () => {
    const states = running('top mid base');
    expect(pathsOf('restart', 'top>mid mid>base', 'mid', 'top base', states)).toEqual({
      top: 'top>mid',
      base: 'mid>base',
    });
  });

  it('is a shortest one, via skipped nodes only', () => {
    const diamond = 'top>left top>right left>base right>base far>base';
    expect(pathsOf('remove', diamond, 'top', 'right base')).toEqual({
      right: 'top>right',
      base: 'top>right right>base',
    });
    expect(pathsOf('remove', `${diamond} top>base`, 'top', 'right base')['base']).toBe('top>base');
    expect(pathsOf('remove', diamond, 'far', 'base')).toEqual({ base: 'far>base' });
  });

  it('is the same for all nodes of a unit', () => {
    expect(pathsOf('remove', 'top>one one>two two>one two>base', 'top', 'one two base')).toEqual({
      one: 'top>one',
      two: 'top>one',
      base: 'top>one two>base',
    });
  });

  it('is empty if the plan has none', () => {
    expect(pathsOf('remove', 'top>base other', 'other', 'base')).toEqual({ base: '' });
  });
});
