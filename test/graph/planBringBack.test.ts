import { describe, expect, test } from 'vitest';
import { ContainerGraph } from '../../src/graph/model/graph';
import { type ContainerNode, type GraphNode, nodeKey, type NodeKey } from '../../src/graph/model/model';
import {
  currentIds,
  currentKeys,
  missingNodes,
  planBringBack,
  type RemovedNodes,
} from '../../src/graph/plan/bringBack';
import type { Plan, PlanOptions } from '../../src/graph/plan/plan';
import { container, details, edge, graphOf, key, podKey, podMember, sortedNames } from './build';

const options: PlanOptions = { action: 'bringBack', dependents: 'block', running: 'stop' };

/** A removal of these nodes; each has a recipe. */
function removalOf(graph: ContainerGraph, more: Partial<RemovedNodes> = {}): RemovedNodes {
  const nodes = [...graph.nodes.values()];
  return {
    id: 'removal',
    nodes,
    edges: nodes.flatMap((node) => graph.dependencies(node.key)),
    recipes: new Set(nodes.map((node) => node.key)),
    units: new Set(),
    created: new Map(),
    unrestored: new Set(),
    ...more,
  };
}

const planOf = (
  removed: RemovedNodes,
  chosen: readonly NodeKey[],
  present = ContainerGraph.empty,
  more: Partial<PlanOptions> = {},
): Plan => planBringBack('p', removed, present, { chosen, isAll: false }, { ...options, ...more });

const namesIn = ({ nodes }: Plan) => sortedNames(nodes.keys());

describe('the nodes of a plan', () => {
  test('are the chosen ones and their missing dependencies, dependencies first', () => {
    const removed = removalOf(graphOf('proxy>web web>db web~data lone'));
    const plan = planOf(removed, [key('web')]);
    expect(plan.units.map(({ targets, action }) => [sortedNames(targets), action])).toEqual([
      [['db'], 'bringBack'],
      [['web'], 'bringBack'],
    ]);
    expect(plan.nodes.get(key('web'))?.why).toEqual({ kind: 'chosen' });
    expect(plan.nodes.get(key('db'))?.why).toEqual({ kind: 'neededBy', dependent: key('web') });
    expect(plan).toMatchObject({ id: 'p', action: 'bringBack', blockers: [], volumes: [], cycles: [], retained: [] });
    expect(plan.counts).toMatchObject({ containers: 2, implied: 1 });
    expect(Object.isFrozen(plan)).toBe(true);
  });

  test('include indirect dependencies, and no dependency of a node that exists', () => {
    const removed = removalOf(graphOf('a>b b>c c>d'));
    expect(namesIn(planOf(removed, [key('a')]))).toEqual(['a', 'b', 'c', 'd']);
    expect(namesIn(planOf(removed, [key('a')], graphOf('b')))).toEqual(['a']);
    expect(namesIn(planOf(removed, [key('b')], graphOf('b')))).toEqual([]);
  });

  test('have a recipe or a systemd unit', () => {
    const graph = graphOf('a>b b>c');
    expect(namesIn(planOf(removalOf(graph, { recipes: new Set() }), [key('a')]))).toEqual([]);
    const units = { recipes: new Set([key('a')]), units: new Set([key('b')]) };
    expect(namesIn(planOf(removalOf(graph, units), [key('a')]))).toEqual(['a', 'b']);
    expect(namesIn(planOf(removalOf(graph), [key('never')]))).toEqual([]);
  });

  test('are those that a look-up of their problems names', () => {
    const removed = removalOf(graphOf('a>b b>c d'));
    const scope = { chosen: [key('a'), key('d')], isAll: false };
    expect(missingNodes(removed, graphOf('c'), scope)).toEqual([key('a'), key('d'), key('b')]);
  });

  test('need a pod for its members, and include the members of a chosen pod', () => {
    const graph = ContainerGraph.build({
      containers: [podMember('p', 'web'), podMember('p', 'db')],
      pods: [],
      edges: [],
    });
    expect(namesIn(planOf(removalOf(graph), [key('web')]))).toEqual(['p', 'web']);
    expect(namesIn(planOf(removalOf(graph), [podKey('p')]))).toEqual(['db', 'p', 'web']);
    const present = ContainerGraph.build({ containers: [podMember('p', 'other')], pods: [], edges: [] });
    expect(namesIn(planOf(removalOf(graph), [key('web')], present))).toEqual(['web']);
  });

  test('form one unit if they depend on each other', () => {
    const plan = planOf(removalOf(graphOf('a>b b>a')), [key('a')]);
    expect(plan.cycles.map(sortedNames)).toEqual([['a', 'b']]);
    expect(plan.units).toMatchObject([{ kind: 'cycle' }]);
  });
});

describe('a node that was created again', () => {
  const created = new Map([[key('a'), key('a2')]]);
  const isPlanned = (
    before: Partial<ContainerNode>,
    now: Partial<ContainerNode> | undefined,
    more: Partial<RemovedNodes> = {},
  ) => {
    const removed = removalOf(graphOf('a', { a: before }), { created, ...more });
    const present = now ? graphOf('a2', { a2: now }) : ContainerGraph.empty;
    return planOf(removed, [key('a')], present).nodes.size > 0;
  };

  test.each<[string, Partial<ContainerNode>, Partial<ContainerNode>, boolean]>([
    ['ran and does not run', { state: 'running' }, { state: 'created' }, true],
    ['ran and has ended', { state: 'running' }, { state: 'exited' }, true],
    ['ran and runs', { state: 'running' }, { state: 'running' }, false],
    ['did not run', { state: 'exited' }, { state: 'created' }, false],
  ])('and %s', (_, before, now, expected) => {
    expect(isPlanned(before, now)).toBe(expected);
  });

  test('and has a volume that is not restored is planned while it has not been started', () => {
    const unrestored = { unrestored: new Set([key('a')]) };
    expect(isPlanned({ state: 'exited' }, { state: 'created' }, unrestored)).toBe(true);
    expect(isPlanned({ state: 'exited' }, { state: 'exited' }, unrestored)).toBe(false);
    const same = removalOf(graphOf('a'), unrestored);
    expect(planOf(same, [key('a')], graphOf('a', { a: { state: 'created' } })).nodes.size).toBe(0);
  });

  test('and is not listed yet is planned if it ran', () => {
    expect(isPlanned({ state: 'running' }, undefined)).toBe(true);
    expect(isPlanned({ state: 'exited' }, undefined)).toBe(false);
  });

  test('and exists under its former key is not planned, whether it runs or not', () => {
    const removed = removalOf(graphOf('a', { a: { state: 'running' } }));
    expect(planOf(removed, [key('a')], graphOf('a', { a: { state: 'exited' } })).nodes.size).toBe(0);
  });

  test('is not planned if it is a pod', () => {
    const graph = ContainerGraph.build({ containers: [podMember('p', 'web', 'running')], pods: [], edges: [] });
    const removed = removalOf(graph, { created: new Map([[podKey('p'), podKey('p2')]]) });
    expect(namesIn(planOf(removed, [podKey('p')]))).toEqual(['web']);
  });
});

describe('retained nodes', () => {
  const problem = (name: string) => ({ kind: 'nameTaken', name, owner: 'x' }) as const;

  test('have a taken name; their dependents are planned', () => {
    const problems = new Map([[key('db'), [{ kind: 'networkMissing', network: 'n' } as const, problem('db')]]]);
    const plan = planOf(removalOf(graphOf('web>db db>disk')), [key('web')], ContainerGraph.empty, { problems });
    expect(namesIn(plan)).toEqual(['disk', 'web']);
    expect(plan.retained).toEqual([
      {
        node: expect.objectContaining({ name: 'db' }) as GraphNode,
        why: { kind: 'notCreatable', problem: problem('db') },
      },
    ]);
  });

  test('cannot be created, and neither can their dependents', () => {
    const missing = { kind: 'imageMissing', image: 'i' } as const;
    const problems = new Map([[key('db'), [missing]]]);
    const plan = planOf(removalOf(graphOf('web>db lone')), [key('web'), key('lone')], ContainerGraph.empty, {
      problems,
    });
    expect(namesIn(plan)).toEqual(['lone']);
    expect(plan.retained.map(({ node, why }) => [node.name, why])).toEqual([
      ['db', { kind: 'notCreatable', problem: missing }],
      ['web', { kind: 'needs', node: key('db') }],
    ]);
  });

  test('are not those with a problem that only changes them', () => {
    const problems = new Map([[key('db'), [{ kind: 'networkRecreated', network: 'n' } as const]]]);
    expect(namesIn(planOf(removalOf(graphOf('db')), [key('db')], ContainerGraph.empty, { problems }))).toEqual(['db']);
  });
});

describe('conditions', () => {
  const healthCheck = { interval: 5000, timeout: 2000, startPeriod: 10_000, retries: 3 };
  const conditionsOf = (web: Partial<ContainerNode>, db: Partial<ContainerNode>, more: Partial<PlanOptions> = {}) => {
    const removed = removalOf(graphOf('web>db', { web, db: { ...db, details: { ...details, healthCheck } } }));
    const plan = planOf(removed, [key('web')], ContainerGraph.empty, more);
    return plan.units.map(({ conditions }) => conditions);
  };
  const running: Partial<ContainerNode> = { state: 'running' };
  const condition = { dependent: key('web'), dependency: key('db'), condition: 'healthy', maxWaitMs: 31_000 };

  test('are between containers that both ran', () => {
    expect(conditionsOf(running, running)).toEqual([undefined, [condition]]);
    expect(conditionsOf({ state: 'exited' }, running)).toEqual([undefined, undefined]);
    expect(conditionsOf(running, { state: 'exited' })).toEqual([undefined, undefined]);
  });

  test('are also on a paused dependency that is created, and on none that exists', () => {
    const paused: Partial<ContainerNode> = { state: 'paused' };
    expect(conditionsOf(running, paused)).toEqual([undefined, [condition]]);
    const db = { ...paused, details: { ...details, healthCheck } };
    const plan = planOf(removalOf(graphOf('web>db', { web: running, db })), [key('web')], graphOf('db'));
    expect(plan.units.map(({ conditions }) => conditions)).toEqual([undefined]);
  });

  test('are not of pods', () => {
    const db = container('db', { ...running, details: { ...details, healthCheck } });
    const infra = container('i', { isInfra: true, pod: podKey('p'), podName: 'p', ...running });
    const graph = ContainerGraph.build({ containers: [db, infra], pods: [], edges: [edge('i', 'db')] });
    const plan = planOf(removalOf(graph), [podKey('p')]);
    expect(plan.units.map(({ conditions }) => conditions)).toEqual([undefined, undefined]);
  });

  test('follow the setting', () => {
    expect(conditionsOf(running, running, { waitForHealth: 'never' })).toEqual([undefined, undefined]);
    expect(conditionsOf(running, running, { waitForHealth: 'always' })).toEqual([undefined, [condition]]);
  });
});

describe('the current key of a removed node', () => {
  const removed = removalOf(graphOf('a b c d'), { created: new Map([[key('a'), key('a2')]]) });
  const unlisted = container('hidden', { name: 'd', unlisted: true });
  const present = ContainerGraph.build({
    containers: [
      container('a2'),
      container('b'),
      container('other', { name: 'c' }),
      container('b2', { name: 'b' }),
      unlisted,
    ],
    pods: [],
    edges: [],
  });
  const currentKey = currentKeys(removed, present);

  test("is its replacement's, its own or that of the node with its name", () => {
    expect(['a', 'b', 'c', 'd', 'never'].map((name) => currentKey(key(name)))).toEqual([
      key('a2'),
      key('b'),
      key('other'),
      undefined,
      undefined,
    ]);
  });

  test('is of the same kind and engine', () => {
    const pod = ContainerGraph.build({ containers: [podMember('a', 'x')], pods: [], edges: [] });
    expect(currentKeys(removalOf(graphOf('a')), pod)(key('a'))).toBeUndefined();
    const elsewhere = container('a', { key: nodeKey('other', 'container', 'a') });
    const other = ContainerGraph.build({ containers: [elsewhere], pods: [], edges: [] });
    expect(currentKeys(removalOf(graphOf('a')), other)(key('a'))).toBeUndefined();
  });

  test('gives the current ids of containers and pods', () => {
    const pods = ContainerGraph.build({ containers: [podMember('p', 'x')], pods: [], edges: [] });
    const podId = currentIds(currentKeys(removalOf(pods), pods), 'e');
    expect([podId('p'), podId('x'), podId('never')]).toEqual(['p', 'x', undefined]);
    const idOf = currentIds(currentKey, 'e');
    expect([idOf('a'), idOf('c'), idOf('d')]).toEqual(['a2', 'other', undefined]);
  });
});
