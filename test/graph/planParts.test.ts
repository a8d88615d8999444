import { describe, expect, test } from 'vitest';
import type { ContainerNode } from '../../src/graph/model/model';
import { inMilliseconds } from '../../src/graph/model/stopTimeout';
import { ContainerGraph } from '../../src/graph/model/graph';
import {
  choosableVolumes,
  deletedVolumes,
  releasedVolumes,
  volumeName,
  volumesToSave,
} from '../../src/graph/plan/anonymousVolumes';
import { nodeSteps, type PlanOptions, stopTimeoutIn, timeoutToSend, type Unit } from '../../src/graph/plan/plan';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import { planRemoval } from '../../src/graph/plan/planRemoval';
import { conditionCycles, nextCheck } from '../../src/graph/plan/startConditions';
import { container, details, graphOf, key, podKey, volume, volumeKey } from './build';

const running: Partial<ContainerNode> = { state: 'running' };
const removal: PlanOptions = { dependents: 'include', running: 'stop' };

test('a stop timeout in milliseconds', () => {
  expect([inMilliseconds(3), inMilliseconds('unlimited')]).toEqual([3000, Infinity]);
});

describe('the next health check', () => {
  const healthCheck = { interval: 10, timeout: 2, startPeriod: 25, retries: 3 };
  const own: Partial<ContainerNode> = { ...running, health: 'starting', startedAt: 100 };
  const at = (now: number, more: Partial<ContainerNode> = {}) =>
    nextCheck(container('a', { ...own, details: { ...details, healthCheck }, ...more }), now);

  test('is counted from the start, up to the last that can fail', () => {
    const numbers = [100, 109, 110, 119, 120, 149, 1000].map((now) => at(now)?.number);
    expect(numbers).toEqual([1, 1, 2, 2, 3, 5, 5]);
    expect(at(100)?.total).toBe(5);
  });

  test('is the first if the clock of the engine is ahead', () => {
    expect(at(0)?.number).toBe(1);
  });

  test.each<Partial<ContainerNode>>([
    { state: 'exited' },
    { health: 'healthy' },
    { health: undefined },
    { startedAt: undefined },
    { details: undefined },
    { details },
  ])('is unknown with %j', (more) => {
    expect(at(100, more)).toBeUndefined();
  });
});

describe('cycles of conditions', () => {
  type ConditionUnit = Pick<Unit, 'id' | 'nodes' | 'hardDependencies' | 'conditions'>;
  /** `a>b` is a hard dependency of a on b, `a:b` a wait for health, `a-b` one for a start. */
  const cyclesOf = (text: string) => {
    const units = new Map<string, ConditionUnit>();
    for (const [, from = '', kind, to = ''] of text.matchAll(/(\w)([>:-])(\w)/g))
      for (const id of [from, to]) {
        const unit = units.get(id) ?? { id, nodes: [key(id)], hardDependencies: [] };
        const condition = kind === ':' ? ('healthy' as const) : ('started' as const);
        const wait = { dependent: key(from), dependency: key(to), condition };
        const isFrom = id === from;
        units.set(id, {
          ...unit,
          hardDependencies: isFrom && kind === '>' ? [...unit.hardDependencies, to] : unit.hardDependencies,
          conditions: isFrom && kind !== '>' ? [...(unit.conditions ?? []), wait] : unit.conditions,
        });
      }
    return conditionCycles([...units.values()]).map((cycle) =>
      cycle.map(({ dependent, dependency }) => `${dependent.at(-1)}:${dependency.at(-1)}`).sort(),
    );
  };

  test.each<[string, string[][]]>([
    ['a:b b:a', [['a:b', 'b:a']]],
    ['a:b b:c c:a x:a', [['a:b', 'b:c', 'c:a']]],
    ['a:b b>a', [['a:b']]],
    ['a:b b>c c>a', [['a:b']]],
    [
      'a:b b:a c:d d:c',
      [
        ['a:b', 'b:a'],
        ['c:d', 'd:c'],
      ],
    ],
    ['a:b b:c', []],
    ['a:b b-a', []],
    ['a>b b>a', []],
    ['a:b a>b b>c', []],
    ['a:a', []],
  ])('%s', (text, expected) => {
    expect(cyclesOf(text).sort()).toEqual(expected);
  });
});

test('the step of a node is that of its unit; in a restart, of the stop', () => {
  const graph = graphOf('web>db', { web: running, db: running });
  const scope = { chosen: [key('web'), key('db')], isAll: false };
  const steps = (action: ActionOptions['action']) =>
    Object.fromEntries(nodeSteps(planAction('p', graph, scope, { ...removal, action })));
  expect(steps('remove')).toEqual({ [key('web')]: 0, [key('db')]: 1 });
  expect(steps('restart')).toEqual({ [key('web')]: 0, [key('db')]: 1 });
});

test('the stop timeout of a node is planned, and sent only if it is not the container’s own', () => {
  const graph = graphOf('a b', {
    a: { ...running, details: { ...details, stopTimeout: 3 } },
    b: { ...running, details: { ...details, stopTimeout: 'unlimited' } },
  });
  const plan = (options: Partial<PlanOptions> = {}) =>
    planRemoval('p', graph, { chosen: [key('a'), key('b')], isAll: false }, { ...removal, ...options });
  const timeouts = (of: ReturnType<typeof plan>) =>
    ['a', 'b', 'infra'].map((name) => [stopTimeoutIn(of, key(name)), timeoutToSend(of, key(name))]);
  expect(timeouts(plan())).toEqual([
    [3, undefined],
    ['unlimited', 'unlimited'],
    [10, undefined],
  ]);
  expect(timeouts(plan({ stopTimeout: 7 }))).toEqual([
    [7, 7],
    [7, 7],
    [7, 7],
  ]);
});

describe('the volumes of a plan', () => {
  const mounts = (anonymousVolumes: string[], more: Partial<ContainerNode> = {}): Partial<ContainerNode> => ({
    details: { ...details, anonymousVolumes, namedVolumes: ['named'] },
    ...more,
  });
  const autoRemoved = { details: { ...details, anonymousVolumes: ['auto'], autoRemove: true } };
  const graph = graphOf('a b c', { a: mounts(['one', 'two']), b: mounts(['two']), c: { ...autoRemoved, ...running } });
  const keys = [...graph.nodes.keys(), volumeKey('named'), volumeKey('unused')];
  const plan = (options: Partial<PlanOptions> = {}, chosen = keys) =>
    planRemoval('p', graph, { chosen, isAll: false }, { ...removal, ...options }, [volume('named'), volume('unused')]);
  const names = (volumes: ReturnType<typeof deletedVolumes>) => volumes.map(volumeName);

  test('that can be chosen are those that the engine does not decide about', () => {
    expect(names(choosableVolumes(plan()))).toEqual(['one', 'two']);
  });

  test('that are deleted are those chosen, and those that the engine deletes', () => {
    expect(names(deletedVolumes(plan()))).toEqual(['auto']);
    expect(names(deletedVolumes(plan({ deletedVolumes: [volumeKey('two')] })))).toEqual(['two', 'auto']);
  });

  test('that can be saved are those deleted after their containers have stopped, named ones with their users', () => {
    expect(volumesToSave(plan({ deletedVolumes: 'all' }))).toEqual([
      { key: volumeKey('one'), containers: [key('a')], choice: 'delete' },
      { key: volumeKey('two'), containers: [key('a'), key('b')], choice: 'delete' },
      { key: volumeKey('named'), containers: [key('a'), key('b')], choice: 'delete' },
    ]);
    expect(volumesToSave({ ...plan({ deletedVolumes: 'all' }), action: 'stop' })).toEqual([]);
  });

  test('that are released are those of an engine that lists none of their containers', () => {
    const released = (listed: string[], engine = 'e') =>
      names(releasedVolumes(plan(), engine, new Map(listed.map((name) => [key(name), 1]))));
    expect(released([])).toEqual(['one', 'two', 'auto']);
    expect(released(['a'])).toEqual(['auto']);
    expect(released(['b'])).toEqual(['one', 'auto']);
    expect(released([], 'other')).toEqual([]);
  });
});

test('a resource used through an infra container is saved with no container', () => {
  const infra = container('i', {
    ...{ isInfra: true, pod: podKey('p'), podName: 'p' },
    details: { ...details, namedVolumes: ['named'] },
  });
  const graph = ContainerGraph.build({ containers: [infra], pods: [], edges: [] });
  const chosen = [podKey('p'), volumeKey('named')];
  const plan = planRemoval('p', graph, { chosen, isAll: false }, removal, [volume('named')]);
  expect(plan.nodes.get(volumeKey('named'))?.dependents).toEqual([podKey('p')]);
  expect(volumesToSave(plan)).toEqual([]);
});
