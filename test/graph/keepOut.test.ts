import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { NodeKey } from '../../src/graph/model/model';
import type { PlanOptions } from '../../src/graph/plan/plan';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { container, edge, graphOf, key, podMember, sortedNames, podKey } from './build';

const without = (graph: ContainerGraph, excluded: readonly NodeKey[], options: Partial<PlanOptions> = {}) =>
  planRemoval(
    'r',
    graph,
    { chosen: [...graph.nodes.keys()], isAll: true },
    { dependents: 'include', running: 'stop', excluded, ...options },
  );
const whyStays = ({ retained }: ReturnType<typeof without>) =>
  Object.fromEntries(retained.map(({ node, why }) => [node.name, why.kind]));

describe('what a person takes out of a plan', () => {
  test('stays, with all that it needs; what needs it may still go', () => {
    const made = without(graphOf('top>web web>db db>disk other>disk lone'), [key('web')]);
    expect(sortedNames(made.nodes.keys())).toEqual(['lone', 'other', 'top']);
    expect(whyStays(made)).toEqual({ web: 'excluded', db: 'neededBy', disk: 'neededBy' });
    expect(made.blockers).toEqual([]);
  });

  test('a soft need goes all the same', () => {
    expect(sortedNames(without(graphOf('web~data'), [key('web')]).nodes.keys())).toEqual(['data']);
  });

  test('a whole cycle stays for one of its nodes', () => {
    const made = without(graphOf('a>b b>c c>a d>a'), [key('b')]);
    expect(sortedNames(made.nodes.keys())).toEqual(['d']);
    expect(made.cycles).toEqual([]);
  });

  const infra = container('i', { isInfra: true, pod: podKey('p'), podName: 'p', state: 'running' });
  const inPod = ContainerGraph.build({
    containers: [infra, podMember('p', 'web'), podMember('p', 'db'), container('lone')],
    pods: [],
    edges: [edge('web', 'db')],
  });

  test('a pod keeps its members, and an infra container means its pod', () => {
    for (const pod of [podKey('p'), infra.key]) {
      const made = without(inPod, [pod]);
      expect(sortedNames(made.nodes.keys())).toEqual(['lone']);
      expect(whyStays(made)).toEqual({ p: 'excluded', web: 'podStays', db: 'podStays' });
    }
  });

  test('a member keeps its pod', () => {
    const made = without(inPod, [key('db')]);
    expect(sortedNames(made.nodes.keys())).toEqual(['lone']);
    expect(whyStays(made)).toEqual({ db: 'excluded', p: 'neededBy', web: 'podStays' });
  });

  test('what was never part of the plan changes nothing', () => {
    const graph = graphOf('web>db lone');
    expect(sortedNames(without(graph, [key('elsewhere')]).nodes.keys())).toEqual(['db', 'lone', 'web']);
    const chosen = planRemoval(
      'r',
      graph,
      { chosen: [key('web')], isAll: false },
      { dependents: 'include', running: 'stop', excluded: [key('lone')] },
    );
    expect(sortedNames(chosen.nodes.keys())).toEqual(['web']);
  });

  test('is told as taken out even where a rule protects it too', () => {
    expect(whyStays(without(graphOf('a'), [key('a')], { protects: () => 'label' }))).toEqual({ a: 'excluded' });
  });

  test('in any graph: each node goes or is told to stay, and nothing that stays loses what it needs', () => {
    const pairs = fc.array(fc.tuple(fc.nat(8), fc.nat(8), fc.boolean()), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(pairs, fc.uniqueArray(fc.nat(8)), (list, taken) => {
        const graph = graphOf(list.map(([a, b, soft]) => `c${a}${soft ? '~' : '>'}c${b}`).join(' '));
        const excluded = taken.map((number) => key(`c${number}`)).filter((one) => graph.nodes.has(one));
        const made = without(graph, excluded);
        const staying = made.retained.map(({ node }) => node.key);
        expect([...made.nodes.keys(), ...staying].sort()).toEqual([...graph.nodes.keys()].sort());
        expect(excluded.filter((one) => made.nodes.has(one))).toEqual([]);
        expect([...graph.hardDependencies(excluded)].filter((one) => made.nodes.has(one))).toEqual([]);
        expect(made.blockers).toEqual([]);
      }),
    );
  });
});
