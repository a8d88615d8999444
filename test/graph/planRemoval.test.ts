import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { type ContainerNode, isHard, type NodeKey } from '../../src/graph/model/model';
import type { PlanOptions } from '../../src/graph/plan/plan';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { defaultStopTimeout } from '../../src/graph/model/stopTimeout';
import { longChain } from '../amounts';
import { container, edge, graphOf, key, podKey, podMember, sortedNames } from './build';

const stop: PlanOptions = { dependents: 'include', running: 'stop' };
const samplePlan = (graph: ContainerGraph, chosen: readonly NodeKey[], options: PlanOptions = stop) =>
  planRemoval('r', graph, { chosen, isAll: false }, options);

const running: Partial<ContainerNode> = { state: 'running' };
const details = {
  stopTimeout: 3,
  stopSignal: 'SIGTERM',
  restartPolicy: '',
  autoRemove: false,
  anonymousVolumes: ['anon'],
  namedVolumes: ['kept'],
};

describe('selected nodes', () => {
  test('include dependents, with the reason', () => {
    const plan = samplePlan(graphOf('web>db sidecar>web lone'), [key('db')]);
    expect(sortedNames(plan.nodes.keys())).toEqual(['db', 'sidecar', 'web']);
    expect(plan.nodes.get(key('web'))?.why).toEqual({ kind: 'needs', dependency: key('db') });
    expect(plan.counts).toMatchObject({ containers: 3, implied: 2 });
  });

  test('do not include dependencies, which are reported as retained', () => {
    const plan = samplePlan(graphOf('web>db'), [key('web')]);
    expect(sortedNames(plan.nodes.keys())).toEqual(['web']);
    expect(plan.retained).toMatchObject([{ node: { name: 'db' }, why: { kind: 'notChosen' } }]);
  });

  test('are blocked by dependents that are not included', () => {
    const plan = samplePlan(graphOf('web>db'), [key('db')], { dependents: 'block', running: 'stop' });
    expect(plan.blockers).toMatchObject([{ kind: 'dependent', node: { name: 'web' }, of: { name: 'db' } }]);
  });

  test('neither include soft dependents nor are blocked by them', () => {
    const plan = samplePlan(graphOf('web~data'), [key('data')], { dependents: 'block', running: 'stop' });
    expect(sortedNames(plan.nodes.keys())).toEqual(['data']);
    expect(plan.blockers).toEqual([]);
  });

  test('do not include duplicates, unknown or unlisted nodes', () => {
    const graph = ContainerGraph.build({ containers: [container('a')], pods: [], edges: [edge('a', 'hidden')] });
    const plan = samplePlan(graph, [key('a'), key('a'), key('never'), key('hidden')]);
    expect(sortedNames(plan.nodes.keys())).toEqual(['a']);
    expect(plan.retained).toMatchObject([{ node: { name: 'hidden' }, why: { kind: 'unknown' } }]);
  });

  test('report what restarts a container', () => {
    const plan = samplePlan(
      graphOf('a b', {
        a: { labels: { PODMAN_SYSTEMD_UNIT: 'a.service' } },
        b: { labels: { 'com.docker.swarm.service.id': 'x' } },
      }),
      [key('a'), key('b')],
    );
    expect([...plan.nodes.values()].map(({ restartedBy }) => restartedBy)).toEqual(['systemd', 'swarm']);
  });
});

describe('pods', () => {
  const infra = container('i', { isInfra: true, pod: podKey('p'), podName: 'p', state: 'running' });
  const graph = ContainerGraph.build({
    containers: [infra, podMember('p', 'web', 'running'), podMember('p', 'db'), container('lone')],
    pods: [],
    edges: [edge('web', 'db')],
  });

  test('a pod is one unit with its members; the infra container is not a node', () => {
    const plan = samplePlan(graph, [podKey('p')]);
    expect(plan.units).toMatchObject([{ kind: 'pod', targets: [podKey('p')], infra: [infra.key] }]);
    expect(sortedNames(plan.nodes.keys())).toEqual(['db', 'p', 'web']);
  });

  test('choosing the infra container means its pod', () => {
    expect(samplePlan(graph, [infra.key]).units).toMatchObject([{ targets: [podKey('p')] }]);
  });

  test('choosing a member retains the pod', () => {
    const plan = samplePlan(graph, [key('web')]);
    expect(plan.units.map(({ targets }) => targets)).toEqual([[key('web')]]);
    expect(plan.retained.map(({ node }) => node.name).sort()).toEqual(['db', 'p']);
  });

  test('a pod with a running member is retained if running containers are skipped', () => {
    const plan = samplePlan(graph, [podKey('p'), key('web'), key('db'), key('lone')], {
      dependents: 'include',
      running: 'skip',
    });
    expect(sortedNames(plan.nodes.keys())).toEqual(['lone']);
    expect(Object.fromEntries(plan.retained.map(({ node, why }) => [node.name, why.kind]))).toEqual({
      web: 'running',
      p: 'neededBy',
      db: 'neededBy',
    });
  });
});

describe('retained nodes and blockers', () => {
  test('running and paused containers block', () => {
    const plan = samplePlan(graphOf('a b c', { a: running, b: { state: 'paused' } }), [key('a'), key('b'), key('c')], {
      dependents: 'include',
      running: 'block',
    });
    expect(plan.blockers.map(({ kind, node }) => [kind, node.name])).toEqual([
      ['running', 'a'],
      ['paused', 'b'],
    ]);
  });

  test('a protected node is retained with its dependencies', () => {
    const plan = samplePlan(graphOf('web>db other>db x'), ['web', 'db', 'other', 'x'].map(key), {
      ...stop,
      protects: (node) => (node.name === 'web' ? 'label' : undefined),
    });
    expect(sortedNames(plan.nodes.keys())).toEqual(['other', 'x']);
    expect(plan.retained.map(({ node, why }) => [node.name, why.kind])).toEqual([
      ['web', 'protected'],
      ['db', 'neededBy'],
    ]);
  });

  test('a kube service container is retained with a pod of its engine, and otherwise removed last', () => {
    const containers = [container('svc', { isKubeService: true }), podMember('p', 'a'), podMember('q', 'b')];
    const graph = ContainerGraph.build({ containers, pods: [], edges: [] });
    expect(samplePlan(graph, [key('svc'), podKey('p')]).retained).toMatchObject([{ node: { name: 'svc' } }]);
    const whole = samplePlan(graph, [key('svc'), podKey('p'), podKey('q')]);
    expect(whole.units.at(-1)).toMatchObject({ targets: [key('svc')] });
    expect(whole.units.at(-1)?.hardDependencies).toHaveLength(2);
  });

  test('stop timeouts are also planned for stopped containers; the longest is that of running ones (T3)', () => {
    const graph = graphOf('a b', {
      a: { ...running, details },
      b: { details: { ...details, stopTimeout: 'unlimited' } },
    });
    const plan = samplePlan(graph, ['a', 'b'].map(key), stop);
    expect([...plan.nodes.values()].map(({ stopTimeout }) => stopTimeout)).toEqual([3, 'unlimited']);
    expect(plan.units.map(({ stopTimeout }) => stopTimeout)).toEqual([3, 'unlimited']);
    expect(plan.counts).toMatchObject({ running: 1, stopTimeout: 3 });
  });

  test("the stop timeout is the setting's, the container's own or the engines' default", () => {
    const graph = graphOf('a b c', { a: { ...running, details }, b: running });
    const timeouts = (options: PlanOptions) =>
      [...samplePlan(graph, ['a', 'b', 'c'].map(key), options).nodes.values()].map(({ stopTimeout }) => stopTimeout);
    expect(timeouts(stop)).toEqual([3, defaultStopTimeout, defaultStopTimeout]);
    expect(timeouts({ ...stop, stopTimeout: 1 })).toEqual([1, 1, 1]);
  });
});

test('a planned node names its hard dependents and dependencies of the plan, without itself', () => {
  const graph = graphOf('web>db other>db soft~db db>db db>disk db~logs db>kept');
  const planned = samplePlan(graph, ['web', 'db', 'soft', 'disk', 'logs'].map(key), {
    ...stop,
    dependents: 'block',
  }).nodes;
  expect(planned.get(key('db'))?.dependents).toEqual([key('web')]);
  expect(planned.get(key('db'))?.dependencies?.map(({ to }) => to)).toEqual([key('disk')]);
  expect(planned.get(key('web'))?.dependents).toEqual([]);
  expect(planned.get(key('disk'))).toMatchObject({ dependents: [key('db')], dependencies: [] });
  expect(planned.get(key('logs'))).toMatchObject({ dependents: [], dependencies: [] });
});

describe('order', () => {
  test('a cycle is one unit', () => {
    const plan = samplePlan(graphOf('a>b b>a c>a'), ['a', 'b', 'c'].map(key));
    expect(plan.cycles.map(sortedNames)).toEqual([['a', 'b']]);
    expect(plan.units.map(({ kind, targets }) => [kind, sortedNames(targets)])).toEqual([
      ['container', ['c']],
      ['cycle', ['a', 'b']],
    ]);
  });

  test('soft edges determine the order unless they are in a cycle', () => {
    const steps = (text: string): Record<string, number> =>
      Object.fromEntries(
        samplePlan(graphOf(text), ['a', 'b'].map(key)).units.map((unit) => [
          sortedNames(unit.targets)[0] ?? '',
          unit.step,
        ]),
      );
    expect(steps('a~b')).toEqual({ a: 0, b: 1 });
    expect(steps('a~b b~a')).toEqual({ a: 0, b: 0 });
    expect(steps('a~b b>a')).toEqual({ b: 0, a: 1 });
  });

  test('a long chain is planned', () => {
    const length = longChain;
    const graph = ContainerGraph.build({
      containers: Array.from({ length }, (_, index) => container(`c${index}`)),
      pods: [],
      edges: Array.from({ length: length - 1 }, (_, index) => edge(`c${index + 1}`, `c${index}`)),
    });
    const plan = samplePlan(graph, [key('c0')]);
    expect(plan.units).toHaveLength(length);
    expect(plan.units.at(-1)).toMatchObject({ targets: [key('c0')], step: length - 1 });
  }, 60_000);

  test('in any plan, units partition the nodes, dependents come first, and all blockers are reported', () => {
    const pairs = fc.array(fc.tuple(fc.nat(10), fc.nat(10), fc.boolean()), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(pairs, fc.uniqueArray(fc.nat(10), { minLength: 1 }), fc.boolean(), (list, chosen, include) => {
        const graph = graphOf(list.map(([a, b, soft]) => `c${a}${soft ? '~' : '>'}c${b}`).join(' '));
        const plan = samplePlan(
          graph,
          chosen.map((index) => key(`c${index}`)),
          { dependents: include ? 'include' : 'block', running: 'stop' },
        );
        expect(plan.units.flatMap(({ nodes }) => nodes).sort()).toEqual([...plan.nodes.keys()].sort());
        const position = new Map(plan.units.map((unit, index) => [unit.id, index]));
        for (const [node, { unit }] of plan.nodes) {
          for (const one of graph.dependents(node)) {
            if (!isHard(one)) continue;
            const dependent = plan.nodes.get(one.from);
            if (!dependent) expect(plan.blockers).toContainEqual(expect.objectContaining({ kind: 'dependent' }));
            else if (dependent.unit !== unit) {
              expect(position.get(dependent.unit)).toBeLessThan(position.get(unit) as number);
            }
          }
        }
        if (include) expect(plan.blockers).toEqual([]);
      }),
    );
  });
});
