import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { type ContainerNode, isHard, type NodeKey } from '../../src/graph/model/model';
import type { PlanOptions } from '../../src/graph/plan/plan';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { defaultStopTimeout } from '../../src/graph/model/stopTimeout';
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

describe('what goes', () => {
  test('what needs a chosen node goes along, and says why', () => {
    const made = samplePlan(graphOf('web>db sidecar>web lone'), [key('db')]);
    expect(sortedNames(made.nodes.keys())).toEqual(['db', 'sidecar', 'web']);
    expect(made.nodes.get(key('web'))?.why).toEqual({ kind: 'needs', dependency: key('db') });
    expect(made.counts).toMatchObject({ containers: 3, implied: 2 });
  });

  test('what a chosen node needs stays, and is told', () => {
    const made = samplePlan(graphOf('web>db'), [key('web')]);
    expect(sortedNames(made.nodes.keys())).toEqual(['web']);
    expect(made.retained).toMatchObject([{ node: { name: 'db' }, why: { kind: 'notChosen' } }]);
  });

  test('dependents that were not to go along block the plan and are named', () => {
    const made = samplePlan(graphOf('web>db'), [key('db')], { dependents: 'block', running: 'stop' });
    expect(made.blockers).toMatchObject([{ kind: 'dependent', node: { name: 'web' }, of: { name: 'db' } }]);
  });

  test('a soft dependent neither goes along nor blocks', () => {
    const made = samplePlan(graphOf('web~data'), [key('data')], { dependents: 'block', running: 'stop' });
    expect(sortedNames(made.nodes.keys())).toEqual(['data']);
    expect(made.blockers).toEqual([]);
  });

  test('a node chosen twice, an unknown one and an external one count once, not, and not', () => {
    const graph = ContainerGraph.build({ containers: [container('a')], pods: [], edges: [edge('a', 'hidden')] });
    const made = samplePlan(graph, [key('a'), key('a'), key('never'), key('hidden')]);
    expect(sortedNames(made.nodes.keys())).toEqual(['a']);
    expect(made.retained).toMatchObject([{ node: { name: 'hidden' }, why: { kind: 'unknown' } }]);
  });

  test('anonymous volumes go along, named ones do not', () => {
    expect(samplePlan(graphOf('a', { a: { details } }), [key('a')]).volumes).toEqual(['anon']);
  });

  test('anonymous volumes go along, but for those that a container which stays mounts too', () => {
    const mounts = (...names: string[]) => ({ details: { ...details, anonymousVolumes: names } });
    const graph = graphOf('a borrower~a b', { a: mounts('own', 'lent'), borrower: mounts('lent'), b: mounts('other') });
    expect(samplePlan(graph, [key('a'), key('b')]).volumes).toEqual(['own', 'other']);
    expect(samplePlan(graph, [key('a'), key('b'), key('borrower')]).volumes).toEqual(['own', 'lent', 'other']);
  });

  test('who will bring a container back is told', () => {
    const made = samplePlan(
      graphOf('a b', {
        a: { labels: { PODMAN_SYSTEMD_UNIT: 'a.service' } },
        b: { labels: { 'com.docker.swarm.service.id': 'x' } },
      }),
      [key('a'), key('b')],
    );
    expect([...made.nodes.values()].map(({ restartedBy }) => restartedBy)).toEqual(['systemd', 'swarm']);
  });
});

describe('pods', () => {
  const infra = container('i', { isInfra: true, pod: podKey('p'), podName: 'p', state: 'running' });
  const graph = ContainerGraph.build({
    containers: [infra, podMember('p', 'web', 'running'), podMember('p', 'db'), container('lone')],
    pods: [],
    edges: [edge('web', 'db')],
  });

  test('a pod is one unit with its members; the infra container is none of the nodes', () => {
    const made = samplePlan(graph, [podKey('p')]);
    expect(made.units).toMatchObject([{ kind: 'pod', targets: [podKey('p')], infra: [infra.key] }]);
    expect(sortedNames(made.nodes.keys())).toEqual(['db', 'p', 'web']);
  });

  test('choosing the infra container means its pod', () => {
    expect(samplePlan(graph, [infra.key]).units).toMatchObject([{ targets: [podKey('p')] }]);
  });

  test('a chosen member alone leaves the pod standing', () => {
    const made = samplePlan(graph, [key('web')]);
    expect(made.units.map(({ targets }) => targets)).toEqual([[key('web')]]);
    expect(made.retained.map(({ node }) => node.name).sort()).toEqual(['db', 'p']);
  });

  test('a pod with one running member stays whole when only the stopped ones are to go', () => {
    const made = samplePlan(graph, [podKey('p'), key('web'), key('db'), key('lone')], {
      dependents: 'include',
      running: 'skip',
    });
    expect(sortedNames(made.nodes.keys())).toEqual(['lone']);
    expect(Object.fromEntries(made.retained.map(({ node, why }) => [node.name, why.kind]))).toEqual({
      web: 'running',
      p: 'neededBy',
      db: 'neededBy',
    });
  });
});

describe('what stays and what blocks', () => {
  test('without force everything that runs or is paused blocks', () => {
    const made = samplePlan(graphOf('a b c', { a: running, b: { state: 'paused' } }), [key('a'), key('b'), key('c')], {
      dependents: 'include',
      running: 'block',
    });
    expect(made.blockers.map(({ kind, node }) => [kind, node.name])).toEqual([
      ['running', 'a'],
      ['paused', 'b'],
    ]);
  });

  test('a protected node stays, with all that it needs', () => {
    const made = samplePlan(graphOf('web>db other>db x'), ['web', 'db', 'other', 'x'].map(key), {
      ...stop,
      protects: (node) => (node.name === 'web' ? 'label' : undefined),
    });
    expect(sortedNames(made.nodes.keys())).toEqual(['other', 'x']);
    expect(made.retained.map(({ node, why }) => [node.name, why.kind])).toEqual([
      ['web', 'protected'],
      ['db', 'neededBy'],
    ]);
  });

  test('a kube service container stays while a pod of its engine stays, and else goes last', () => {
    const containers = [container('svc', { isKubeService: true }), podMember('p', 'a'), podMember('q', 'b')];
    const graph = ContainerGraph.build({ containers, pods: [], edges: [] });
    expect(samplePlan(graph, [key('svc'), podKey('p')]).retained).toMatchObject([{ node: { name: 'svc' } }]);
    const whole = samplePlan(graph, [key('svc'), podKey('p'), podKey('q')]);
    expect(whole.units.at(-1)).toMatchObject({ targets: [key('svc')] });
    expect(whole.units.at(-1)?.hardDependencies).toHaveLength(2);
  });

  test('a container that does not run has its stop timeout as well; the longest counts those that run (T3)', () => {
    const graph = graphOf('a b', {
      a: { ...running, details },
      b: { details: { ...details, stopTimeout: 'unlimited' } },
    });
    const made = samplePlan(graph, ['a', 'b'].map(key), stop);
    expect([...made.nodes.values()].map(({ stopTimeout }) => stopTimeout)).toEqual([3, 'unlimited']);
    expect(made.units.map(({ stopTimeout }) => stopTimeout)).toEqual([3, 'unlimited']);
    expect(made.counts).toMatchObject({ running: 1, stopTimeout: 3 });
  });

  test("grace is the container's own, the default of both engines, or the setting's", () => {
    const graph = graphOf('a b c', { a: { ...running, details }, b: running });
    const graces = (options: PlanOptions) =>
      [...samplePlan(graph, ['a', 'b', 'c'].map(key), options).nodes.values()].map(({ stopTimeout }) => stopTimeout);
    expect(graces(stop)).toEqual([3, defaultStopTimeout, defaultStopTimeout]);
    expect(graces({ ...stop, stopTimeout: 1 })).toEqual([1, 1, 1]);
  });
});

describe('order', () => {
  test('a cycle is one unit, and named', () => {
    const made = samplePlan(graphOf('a>b b>a c>a'), ['a', 'b', 'c'].map(key));
    expect(made.cycles.map(sortedNames)).toEqual([['a', 'b']]);
    expect(made.units.map(({ kind, targets }) => [kind, sortedNames(targets)])).toEqual([
      ['container', ['c']],
      ['cycle', ['a', 'b']],
    ]);
  });

  test('soft edges order, unless they would close a cycle', () => {
    const waves = (text: string): Record<string, number> =>
      Object.fromEntries(
        samplePlan(graphOf(text), ['a', 'b'].map(key)).units.map((unit) => [
          sortedNames(unit.targets)[0] ?? '',
          unit.wave,
        ]),
      );
    expect(waves('a~b')).toEqual({ a: 0, b: 1 });
    expect(waves('a~b b~a')).toEqual({ a: 0, b: 0 });
    expect(waves('a~b b>a')).toEqual({ b: 0, a: 1 });
  });

  test('a chain of 100,000 is planned', () => {
    const length = 100_000;
    const graph = ContainerGraph.build({
      containers: Array.from({ length }, (_, number) => container(`c${number}`)),
      pods: [],
      edges: Array.from({ length: length - 1 }, (_, number) => edge(`c${number + 1}`, `c${number}`)),
    });
    const made = samplePlan(graph, [key('c0')]);
    expect(made.units).toHaveLength(length);
    expect(made.units.at(-1)).toMatchObject({ targets: [key('c0')], wave: length - 1 });
  }, 60_000);

  test('in any plan: units partition its nodes, dependents come first, and all that blocks is named', () => {
    const pairs = fc.array(fc.tuple(fc.nat(10), fc.nat(10), fc.boolean()), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(pairs, fc.uniqueArray(fc.nat(10), { minLength: 1 }), fc.boolean(), (list, chosen, include) => {
        const graph = graphOf(list.map(([a, b, soft]) => `c${a}${soft ? '~' : '>'}c${b}`).join(' '));
        const made = samplePlan(
          graph,
          chosen.map((number) => key(`c${number}`)),
          { dependents: include ? 'include' : 'block', running: 'stop' },
        );
        expect(made.units.flatMap(({ nodes }) => nodes).sort()).toEqual([...made.nodes.keys()].sort());
        const place = new Map(made.units.map((unit, index) => [unit.id, index]));
        for (const [node, { unit }] of made.nodes) {
          for (const one of graph.dependents(node)) {
            if (!isHard(one)) continue;
            const dependent = made.nodes.get(one.from);
            if (!dependent) expect(made.blockers).toContainEqual(expect.objectContaining({ kind: 'dependent' }));
            else if (dependent.unit !== unit) {
              expect(place.get(dependent.unit)).toBeLessThan(place.get(unit) as number);
            }
          }
        }
        if (include) expect(made.blockers).toEqual([]);
      }),
    );
  });
});
