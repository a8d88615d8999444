import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { NodeKey } from '../../src/graph/model/model';
import type { PlanOptions } from '../../src/graph/plan/plan';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { container, edge, graphOf, key, podMember, sortedNames, podKey } from './build';

const planWithout = (graph: ContainerGraph, excluded: readonly NodeKey[], options: Partial<PlanOptions> = {}) =>
  planRemoval(
    'r',
    graph,
    { chosen: [...graph.nodes.keys()], isAll: true },
    { dependents: 'include', running: 'stop', excluded, ...options },
  );
const retainReasons = ({ retained }: ReturnType<typeof planWithout>) =>
  Object.fromEntries(retained.map(({ node, why }) => [node.name, why.kind]));

describe('nodes that the user excludes from a plan', () => {
  test('are retained with their dependencies; their dependents are not', () => {
    const plan = planWithout(graphOf('top>web web>db db>disk other>disk lone'), [key('web')]);
    expect(sortedNames(plan.nodes.keys())).toEqual(['lone', 'other', 'top']);
    expect(retainReasons(plan)).toEqual({ web: 'excluded', db: 'neededBy', disk: 'neededBy' });
    expect(plan.blockers).toEqual([]);
  });

  test('do not retain soft dependencies', () => {
    expect(sortedNames(planWithout(graphOf('web~data'), [key('web')]).nodes.keys())).toEqual(['data']);
  });

  test('retain the whole cycle', () => {
    const plan = planWithout(graphOf('a>b b>c c>a d>a'), [key('b')]);
    expect(sortedNames(plan.nodes.keys())).toEqual(['d']);
    expect(plan.cycles).toEqual([]);
  });

  const infra = container('i', { isInfra: true, pod: podKey('p'), podName: 'p', state: 'running' });
  const inPod = ContainerGraph.build({
    containers: [infra, podMember('p', 'web'), podMember('p', 'db'), container('lone')],
    pods: [],
    edges: [edge('web', 'db')],
  });

  test('a pod retains its members, and an infra container means its pod', () => {
    for (const pod of [podKey('p'), infra.key]) {
      const plan = planWithout(inPod, [pod]);
      expect(sortedNames(plan.nodes.keys())).toEqual(['lone']);
      expect(retainReasons(plan)).toEqual({ p: 'excluded', web: 'podRetained', db: 'podRetained' });
    }
  });

  test('a member retains its pod', () => {
    const plan = planWithout(inPod, [key('db')]);
    expect(sortedNames(plan.nodes.keys())).toEqual(['lone']);
    expect(retainReasons(plan)).toEqual({ db: 'excluded', p: 'neededBy', web: 'podRetained' });
  });

  test('have no effect if they are not part of the plan', () => {
    const graph = graphOf('web>db lone');
    expect(sortedNames(planWithout(graph, [key('elsewhere')]).nodes.keys())).toEqual(['db', 'lone', 'web']);
    const chosen = planRemoval(
      'r',
      graph,
      { chosen: [key('web')], isAll: false },
      { dependents: 'include', running: 'stop', excluded: [key('lone')] },
    );
    expect(sortedNames(chosen.nodes.keys())).toEqual(['web']);
  });

  test('are reported as excluded even if they are protected', () => {
    expect(retainReasons(planWithout(graphOf('a'), [key('a')], { protects: () => 'label' }))).toEqual({
      a: 'excluded',
    });
  });

  test('in any graph, each node is planned or retained, and retained nodes keep their dependencies', () => {
    const pairs = fc.array(fc.tuple(fc.nat(8), fc.nat(8), fc.boolean()), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(pairs, fc.uniqueArray(fc.nat(8)), (list, indices) => {
        const graph = graphOf(list.map(([a, b, soft]) => `c${a}${soft ? '~' : '>'}c${b}`).join(' '));
        const excluded = indices.map((index) => key(`c${index}`)).filter((one) => graph.nodes.has(one));
        const plan = planWithout(graph, excluded);
        const retained = plan.retained.map(({ node }) => node.key);
        expect([...plan.nodes.keys(), ...retained].sort()).toEqual([...graph.nodes.keys()].sort());
        expect(excluded.filter((one) => plan.nodes.has(one))).toEqual([]);
        expect([...graph.hardDependencies(excluded)].filter((one) => plan.nodes.has(one))).toEqual([]);
        expect(plan.blockers).toEqual([]);
      }),
    );
  });
});
