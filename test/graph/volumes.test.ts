import { beforeEach, describe, expect, test } from 'vitest';
import type { ContainerGraph } from '../../src/graph/model/graph';
import type { ContainerDetails, NodeKey } from '../../src/graph/model/model';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import { toShellCommands } from '../../src/graph/plan/planCommands';
import { protectionReason } from '../../src/graph/model/protection';
import { resourceUsers } from '../../src/graph/model/resources';
import { graphOf, key, sortedNames, volume, volumeKey } from './build';

const blocking: ActionOptions = { dependents: 'block', running: 'block' };
const details: ContainerDetails = {
  stopTimeout: 10,
  stopSignal: 'SIGTERM',
  restartPolicy: '',
  autoRemove: false,
  anonymousVolumes: ['mine'],
  namedVolumes: ['data'],
};
// Before each test, so that mutation tests know which tests run this code.
let graph: ContainerGraph;
beforeEach(() => {
  graph = graphOf('web>db', { web: { details } });
});
const dangling = ['a', 'b', 'mine'].map((name) => volume(name));

const samplePlan = (chosen: readonly NodeKey[], options: Partial<ActionOptions> = {}) =>
  planAction('r', graph, { chosen, isAll: false }, { ...blocking, ...options }, dangling);
const retained = (plan: ReturnType<typeof samplePlan>) => plan.retained.map(({ node, why }) => [node.name, why.kind]);

describe('volumes in a plan', () => {
  test('are units without dependencies, counted as volumes', () => {
    const plan = samplePlan([key('web'), key('db'), volumeKey('a'), volumeKey('b'), volumeKey('b')]);
    expect(sortedNames(plan.nodes.keys())).toEqual(['a', 'b', 'db', 'web']);
    expect(plan.units.filter(({ kind }) => kind === 'volume')).toMatchObject(
      ['a', 'b'].map((name) => ({
        targets: [volumeKey(name)],
        action: 'remove',
        hardDependencies: [],
        softDependencies: [],
        step: 0,
      })),
    );
    expect(plan.counts).toEqual({
      pods: 0,
      containers: 2,
      volumes: 2,
      networks: 0,
      images: 0,
      running: 0,
      implied: 0,
      engines: 1,
      stopTimeout: 0,
    });
    expect(plan.blockers).toEqual([]);
  });

  test('do not include volumes that are not dangling, or no longer', () => {
    const plan = samplePlan([volumeKey('a'), volumeKey('gone'), volumeKey('data', 'other')]);
    expect(sortedNames(plan.nodes.keys())).toEqual(['a']);
    expect(plan.retained).toEqual([]);
  });

  test('do not include dangling volumes that were not chosen', () => {
    expect(sortedNames(samplePlan([volumeKey('b')]).nodes.keys())).toEqual(['b']);
    expect(samplePlan([key('web'), key('db')]).counts.volumes).toBe(0);
  });

  test('are retained if a known container mounts them, even if listed as dangling', () => {
    const plan = samplePlan([volumeKey('mine'), volumeKey('data'), volumeKey('a')]);
    expect(sortedNames(plan.nodes.keys())).toEqual(['a']);
    expect(plan.retained.map(({ node, why }) => [node.key, why])).toEqual(
      ['mine', 'data'].map((name) => [volumeKey(name), { kind: 'neededBy', node: key('web') }]),
    );
  });

  test('are retained if excluded, protected or on a disconnected engine', () => {
    const protects = protectionReason({ names: ['b*'], ownContainer: undefined });
    expect(retained(samplePlan([volumeKey('a'), volumeKey('b')], { excluded: [volumeKey('a')], protects }))).toEqual([
      ['a', 'excluded'],
      ['b', 'protected'],
    ]);
    const unreachable = new Map([['far', 'unreachable']]);
    expect(retained(samplePlan([volumeKey('c', 'far')], { unreachable }))).toEqual([['c', 'engineUnavailable']]);
  });

  test('are not part of lifecycle actions', () => {
    const plan = samplePlan([key('web'), key('db'), volumeKey('a')], { action: 'start', dependents: 'include' });
    expect(sortedNames(plan.nodes.keys())).toEqual(['db', 'web']);
  });

  test('are removed without force in shell commands', () => {
    const plan = samplePlan([volumeKey('a')], { running: 'stop' });
    expect(toShellCommands(plan, () => ({ program: 'podman', connection: [] }))).toEqual(['podman volume rm a']);
    expect(toShellCommands(plan, () => ({ program: 'docker', connection: [] }))).toEqual(['docker volume rm a']);
  });
});

test('volumes of two engines can have the same name', () => {
  expect([...resourceUsers(graph)]).toEqual([
    [volumeKey('data'), [key('web')]],
    [volumeKey('mine'), [key('web')]],
  ]);
  const other = volume('mine', { key: volumeKey('mine', 'other') });
  const plan = planAction('r', graph, { chosen: [other.key], isAll: false }, blocking, [other]);
  expect([...plan.nodes.keys()]).toEqual([other.key]);
});
