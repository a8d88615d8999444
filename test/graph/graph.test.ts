import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { ContainerGraph, podState } from '../../src/graph/model/graph';
import { type GraphEdge, isHard, type NodeKey } from '../../src/graph/model/model';
import { planAction } from '../../src/graph/plan/planAction';
import { longChain } from '../amounts';
import { container, edge, graphOf, hardDependents, key, podMember, sortedNames, podKey } from './build';

/** The cases of Podman's own test (libpod/container_graph_test.go). */
describe('graphs equal those of Podman', () => {
  test.each([
    ['an empty graph', '', [], []],
    ['one container', 'a', ['a'], ['a']],
    ['two without an edge', 'a b', ['a', 'b'], ['a', 'b']],
    ['two with an edge', 'b>a', ['a'], ['b']],
    ['three in a chain', 'c>b b>a', ['a'], ['c']],
    ['two components of two', 'b>a d>c', ['a', 'c'], ['b', 'd']],
    ['a triangle', 'b>a c>a c>b', ['a'], ['c']],
    ['a triangle and an isolated node', 'b>a c>a c>b d', ['a', 'd'], ['c', 'd']],
  ])('%s', (_, text, roots, leaves) => {
    const graph = graphOf(text);
    const without = (edges: 'dependencies' | 'dependents') =>
      sortedNames([...graph.nodes.keys()].filter((one) => graph[edges](one).length === 0));
    expect(without('dependencies')).toEqual(roots);
    expect(without('dependents')).toEqual(leaves);
    expect(graph.cycles).toEqual([]);
  });

  test.each([
    ['two', 'a>b b>a', ['a', 'b']],
    ['two of three', 'a>b b>a c>a', ['a', 'b']],
    ['three', 'a>b b>c c>a', ['a', 'b', 'c']],
    ['two of four', 'a>b b>a c>b d>c', ['a', 'b']],
    ['four', 'a>b b>c c>d d>a', ['a', 'b', 'c', 'd']],
    ['a self-loop', 'a>a b>a', ['a']],
  ])('finds a cycle: %s', (_, text, cycle) => {
    expect(graphOf(text).cycles.map(sortedNames)).toEqual([cycle]);
  });

  test('the nodes of a cycle are in dependency order', () => {
    const [cycle = []] = graphOf('a>b b>c c>a x>a').cycles;
    expect([...cycle.slice(cycle.indexOf(key('a'))), ...cycle.slice(0, cycle.indexOf(key('a')))]).toEqual(
      ['a', 'b', 'c'].map(key),
    );
  });

  test('soft edges are not part of cycles', () => {
    expect(graphOf('a>b b~a').cycles).toEqual([]);
  });

  test('an unlisted dependency becomes a node', () => {
    const graph = ContainerGraph.build({ containers: [container('a')], pods: [], edges: [edge('a', 'hidden')] });
    expect(graph.get(key('hidden'))).toMatchObject({ unlisted: true, name: 'hidden' });
  });

  test('edges of removed containers are ignored', () => {
    const graph = ContainerGraph.build({ containers: [container('a')], pods: [], edges: [edge('gone', 'a')] });
    expect(graph.dependents(key('a'))).toEqual([]);
    expect(graph.nodes.size).toBe(1);
  });
});

describe('pods', () => {
  const infra = container('i', { isInfra: true, pod: podKey('p'), podName: 'shop', state: 'running' });
  let graph: ContainerGraph;
  beforeEach(() => {
    graph = ContainerGraph.build({
      containers: [infra, podMember('p', 'web', 'running'), podMember('p', 'db')],
      pods: [],
      edges: [edge('web', 'i', 'network'), edge('web', 'db')],
    });
  });

  test('a pod that only its containers name is created with that name', () => {
    expect(graph.get(podKey('p'))).toMatchObject({ kind: 'pod', name: 'shop', infra: infra.key, state: 'degraded' });
  });

  test('a pod without a known name has its short id', () => {
    const id = '0123456789abcdef';
    const own = ContainerGraph.build({ containers: [container('a', { pod: podKey(id) })], pods: [], edges: [] });
    expect(own.get(podKey(id))?.name).toBe('0123456789ab');
  });

  test('an infra container is merged into its pod, with its edges', () => {
    expect(graph.nodes.has(infra.key)).toBe(false);
    expect(graph.get(infra.key)?.key).toBe(podKey('p'));
    expect(graph.infraOf(podKey('p'))).toBe(infra);
    const toPod = graph.dependencies(key('web')).find(({ to }) => to === podKey('p'));
    expect([...(toPod?.reasons ?? [])].sort()).toEqual(['member', 'network']);
  });

  test('follow the states of their members, or of the infra container if they have none', () => {
    const after = graph.withStates([podMember('p', 'db', 'running')]);
    expect(after.get(podKey('p'))).toMatchObject({ state: 'running', infra: infra.key, name: 'shop' });
    expect(after.membersOf(podKey('p')).map(({ state }) => state)).toEqual(['running', 'running']);
    expect(after.indexed.nodes.map(({ key: one }) => one)).toEqual(graph.indexed.nodes.map(({ key: one }) => one));
    expect(after.dependencies(key('web'))).toEqual(graph.dependencies(key('web')));
    expect(graph.get(podKey('p'))).toMatchObject({ state: 'degraded' });
    const empty = ContainerGraph.build({ containers: [infra], pods: [], edges: [] });
    expect(empty.get(podKey('p'))).toMatchObject({ state: 'running' });
    const exited = empty.withStates([{ ...infra, state: 'exited' }]);
    expect(exited.get(podKey('p'))).toMatchObject({ state: 'empty' });
    expect(exited.infraOf(podKey('p'))?.state).toBe('exited');
  });

  test('edges of an infra container lead from its pod, except to the pod itself', () => {
    const base = container('base');
    const toItsPod: GraphEdge = { from: infra.key, to: podKey('p'), reasons: ['network'] };
    const edges = [edge('i', 'base', 'network'), toItsPod, edge('i', 'i', 'pid'), edge('i', 'gone')];
    const own = ContainerGraph.build({ containers: [infra, podMember('p', 'web'), base], pods: [], edges });
    const from = own.dependencies(podKey('p'));
    expect(from.map((one) => [one.from, one.to, one.reasons])).toEqual([
      [podKey('p'), base.key, ['network']],
      [podKey('p'), podKey('p'), ['pid']],
      [podKey('p'), key('gone'), ['requires']],
    ]);
  });

  test.each([
    [[], undefined, 'empty'],
    [[], 'running', 'running'],
    [['running', 'running'], 'running', 'running'],
    [['running', 'exited'], 'running', 'degraded'],
    [['exited', 'exited'], 'running', 'exited'],
    [['created'], undefined, 'created'],
    [['paused', 'paused'], 'running', 'paused'],
  ] as const)('a pod with members %j', (members, own, expected) => {
    expect(podState(members, own)).toBe(expected);
  });
});

describe('completed init containers (A8)', () => {
  const details = { stopTimeout: 1, stopSignal: 'SIGTERM', restartPolicy: '', autoRemove: false };
  const init = (state: 'exited' | 'created') => ({
    ...podMember('p', 'init', state),
    details: { ...details, anonymousVolumes: [], namedVolumes: [], initContainer: 'always' as const },
  });
  const pod = { kind: 'pod', key: podKey('p'), id: 'p', name: 'p', state: 'empty', createdAt: 0, labels: {} } as const;
  const stateOf = (containers: ReturnType<typeof podMember>[], finishedInits?: NodeKey[]) => {
    const pods = [{ ...pod, infra: undefined, finishedInits }];
    const node = ContainerGraph.build({ containers, pods, edges: [] }).get(podKey('p'));
    return node?.kind === 'pod' ? node.state : undefined;
  };

  test('do not make a running pod degraded', () => {
    expect(stateOf([init('exited'), podMember('p', 'web', 'running')])).toBe('running');
  });

  test('are also detected if the engine reports the pod as running', () => {
    const members = [podMember('p', 'init', 'exited'), podMember('p', 'web', 'running')];
    expect(stateOf(members, [key('init')])).toBe('running');
    expect(stateOf(members)).toBe('degraded');
  });

  test('determine the state of a pod without other members', () => {
    expect(stateOf([init('exited')])).toBe('exited');
  });

  test('are not started again with a running pod', () => {
    const graph = ContainerGraph.build({
      containers: [init('exited'), podMember('p', 'web', 'running')],
      pods: [],
      edges: [],
    });
    const scope = { chosen: [podKey('p'), key('init')], isAll: true };
    const plan = planAction('p', graph, scope, { action: 'start', dependents: 'include', running: 'stop' });
    expect([...plan.nodes.keys()]).toEqual([]);
  });
});

describe('size and shape', () => {
  test('a long chain is built, traversed and searched for cycles', () => {
    const length = longChain;
    const chain = ContainerGraph.build({
      containers: Array.from({ length }, (_, index) => container(`c${index}`)),
      pods: [],
      edges: Array.from({ length: length - 1 }, (_, index) => edge(`c${index + 1}`, `c${index}`)),
    });
    expect(hardDependents(chain, [key('c0')]).size).toBe(length - 1);
    expect(chain.hardDependencies([key(`c${length - 1}`)]).size).toBe(length - 1);
    expect(chain.cycles).toEqual([]);
  });

  test('in any graph, edges are listed at both ends, and cycles contain all nodes that depend on themselves', () => {
    const pairs = fc.array(fc.tuple(fc.nat(12), fc.nat(12), fc.boolean()), { maxLength: 40 });
    fc.assert(
      fc.property(pairs, (list) => {
        const graph = graphOf(list.map(([a, b, soft]) => `c${a}${soft ? '~' : '>'}c${b}`).join(' '));
        const inCycle = new Set(graph.cycles.flat());
        for (const node of graph.nodes.keys()) {
          for (const one of graph.dependencies(node)) expect(graph.dependents(one.to)).toContain(one);
          const dependsOnItself = graph
            .dependencies(node)
            .some((one) => isHard(one) && (one.to === node || graph.hardDependencies([one.to]).has(node)));
          expect(inCycle.has(node)).toBe(dependsOnItself);
        }
      }),
    );
  });
});
