import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerNode } from '../../src/graph/model/model';
import { anonymousVolumesOf, areVolumesAsPlanned, volumeResults } from '../../src/graph/plan/anonymousVolumes';
import type { Plan, PlanOptions } from '../../src/graph/plan/plan';
import { exceeds } from '../../src/graph/plan/planAction';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import type { CurrentState, NodeReport, Report } from '../../src/graph/plan/report';
import { container, details, edge, graphOf, key, podKey, podMember, volumeKey } from './build';

const mounts = (...anonymousVolumes: string[]) => ({
  details: { ...details, anonymousVolumes, namedVolumes: ['named'] },
});

const planOf = (graph: ContainerGraph, options: Partial<PlanOptions> = {}, chosen = [...graph.nodes.keys()]): Plan =>
  planRemoval('p', graph, { chosen, isAll: false }, { dependents: 'include', running: 'stop', ...options });

const choices = ({ volumes }: Plan) =>
  volumes.map(({ key: of, choice, fixed }) => [of.split('/')[2], choice, ...(fixed ? [fixed] : [])].join(' '));

describe('the anonymous volumes of a plan', () => {
  const graph = graphOf('a borrower~a b', { a: mounts('own', 'lent'), borrower: mounts('lent'), b: mounts('other') });

  test('are kept by default, and named ones are not in it', () => {
    expect(choices(planOf(graph))).toEqual(['own keep', 'lent keep', 'other keep']);
  });

  test('are deleted if chosen, all or some', () => {
    expect(choices(planOf(graph, { deletedVolumes: 'all' }))).toEqual(['own delete', 'lent delete', 'other delete']);
    expect(choices(planOf(graph, { deletedVolumes: [volumeKey('own'), volumeKey('none')] }))).toEqual([
      'own delete',
      'lent keep',
      'other keep',
    ]);
  });

  test('are kept if a retained container mounts them', () => {
    const plan = planOf(graph, { deletedVolumes: 'all' }, [key('a'), key('b')]);
    expect(choices(plan)).toEqual(['own delete', 'lent keep shared', 'other delete']);
    expect(anonymousVolumesOf(plan, key('a')).map(({ choice }) => choice)).toEqual(['delete', 'keep']);
  });

  test('name all their containers of the plan', () => {
    expect(planOf(graph).volumes[1]?.containers).toEqual([key('a'), key('borrower')]);
  });

  test('are deleted by the engine with a running --rm container, and with the pod whose infra container mounts them', () => {
    const removedOnExit = { details: { ...mounts('x').details, autoRemove: true } };
    const running: Partial<ContainerNode> = { state: 'running', ...removedOnExit };
    expect(choices(planOf(graphOf('a', { a: running })))).toEqual(['x delete autoRemove']);
    expect(choices(planOf(graphOf('a', { a: { ...removedOnExit, state: 'created' } })))).toEqual(['x keep']);
    const pod = { pod: podKey('shop'), podName: 'shop' };
    const infra = container('infra', { ...pod, isInfra: true, ...mounts('y') });
    const withInfra = ContainerGraph.build({
      containers: [infra, container('m', { ...pod, ...mounts('y') })],
      pods: [],
      edges: [],
    });
    expect(choices(planOf(withInfra))).toEqual(['y delete infra']);
  });

  test('need another confirmation only if more are deleted', () => {
    const [none, all] = [planOf(graph), planOf(graph, { deletedVolumes: 'all' })];
    expect([exceeds(none, all), exceeds(all, none), exceeds(all, all)]).toEqual([false, true, false]);
  });
});

describe('a pod', () => {
  const graph = ContainerGraph.build({
    containers: [
      { ...podMember('shop', 'db'), ...mounts('data') },
      podMember('shop', 'web'),
      podMember('shop', 'log'),
      { ...podMember('shop', 'cache'), ...mounts('hot') },
    ],
    pods: [],
    edges: [edge('web', 'db'), edge('log', 'web')],
  });
  const targets = (options?: Partial<PlanOptions>) =>
    planOf(graph, options, [podKey('shop')]).units.map((unit) => unit.targets.map((one) => one.split('/')[2]));

  test('is removed by one request if no volume of its members is kept', () => {
    expect(targets({ deletedVolumes: 'all' })).toEqual([['shop']]);
  });

  test('is removed after its members with volumes that are kept, and these after their dependents', () => {
    expect(targets()).toEqual([['log', 'web', 'db', 'cache', 'shop']]);
    expect(targets({ deletedVolumes: [volumeKey('data')] })).toEqual([['cache', 'shop']]);
  });
});

describe('after a run', () => {
  const graph = graphOf('a b c', { a: mounts('one'), b: mounts('two'), c: mounts('three') });

  function reportOf(plan: Plan, states: Report['volumes'], left: Record<string, CurrentState> = {}): Report {
    const nodes = [...plan.nodes].map(([at, { node }]): [typeof at, NodeReport] => [
      at,
      {
        node,
        outcome: { kind: 'removed' },
        state: left[node.name] ?? 'gone',
        partial: undefined,
        duration: 1,
        attempts: 1,
      },
    ]);
    const more = { cancelled: false, isReconciled: true, startedAt: 0, endedAt: 1 };
    return { plan, nodes: new Map(nodes), volumes: states, ...more };
  }

  const results = (report: Report) => volumeResults(report).map(({ result }) => result);
  const all = (state: 'present' | 'gone') =>
    new Map(['one', 'two', 'three'].map((name) => [volumeKey(name), state] as const));

  test('volumes are kept or deleted as planned', () => {
    const report = reportOf(planOf(graph), all('present'));
    expect([results(report), areVolumesAsPlanned(report)]).toEqual([['kept', 'kept', 'kept'], true]);
    const deleted = reportOf(planOf(graph, { deletedVolumes: 'all' }), all('gone'));
    expect([results(deleted), areVolumesAsPlanned(deleted)]).toEqual([['deleted', 'deleted', 'deleted'], true]);
  });

  test('a volume that should have been kept and is gone, or the reverse, is not as planned', () => {
    const options = { deletedVolumes: [volumeKey('one')] };
    const states = new Map([...all('gone'), [volumeKey('one'), 'present' as const]]);
    const report = reportOf(planOf(graph, options), states);
    expect([results(report), areVolumesAsPlanned(report)]).toEqual([['left', 'lost', 'lost'], false]);
  });

  test('nothing is known of volumes that were not listed or whose container was not removed', () => {
    expect(results(reportOf(planOf(graph), new Map()))).toEqual([]);
    expect(results(reportOf(planOf(graph), all('gone'), { a: 'exited' }))).toEqual(['lost', 'lost']);
  });
});
