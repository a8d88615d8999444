import { describe, expect, test } from 'vitest';
import type { ContainerDetails, NodeKey } from '../../src/graph/model/model';
import type { PlanOptions } from '../../src/graph/plan/plan';
import { planAction } from '../../src/graph/plan/planAction';
import { toShellCommands } from '../../src/graph/plan/planCommands';
import { protectionReason } from '../../src/graph/model/protection';
import { volumeConsumers } from '../../src/graph/model/volumes';
import { graphOf, key, sortedNames, volume, volumeKey } from './build';

const refuse: PlanOptions = { dependents: 'block', running: 'block' };
const details: ContainerDetails = {
  stopTimeout: 10,
  stopSignal: 'SIGTERM',
  restartPolicy: '',
  autoRemove: false,
  anonymousVolumes: ['mine'],
  namedVolumes: ['data'],
};
const graph = graphOf('web>db', { web: { details } });
const dangling = ['a', 'b', 'mine'].map((name) => volume(name));

const samplePlan = (chosen: readonly NodeKey[], options: Partial<PlanOptions> = {}) =>
  planAction('r', graph, { chosen, isAll: false }, { ...refuse, ...options }, dangling);
const stays = (made: ReturnType<typeof samplePlan>) => made.retained.map(({ node, why }) => [node.name, why.kind]);

describe('volumes in a plan', () => {
  test('each is a unit of its own that waits for nothing, and counts as what it is', () => {
    const made = samplePlan([key('web'), key('db'), volumeKey('a'), volumeKey('b'), volumeKey('b')]);
    expect(sortedNames(made.nodes.keys())).toEqual(['a', 'b', 'db', 'web']);
    expect(made.units.filter(({ kind }) => kind === 'volume')).toMatchObject(
      ['a', 'b'].map((name) => ({
        targets: [volumeKey(name)],
        action: 'remove',
        hardDependencies: [],
        softDependencies: [],
        wave: 0,
      })),
    );
    expect(made.counts).toEqual({
      pods: 0,
      containers: 2,
      volumes: 2,
      running: 0,
      implied: 0,
      engines: 1,
      stopTimeout: 0,
    });
    expect(made.blockers).toEqual([]);
  });

  test('one that the engine does not call dangling, or not any more, is not in it', () => {
    const made = samplePlan([volumeKey('a'), volumeKey('gone'), volumeKey('data', 'other')]);
    expect(sortedNames(made.nodes.keys())).toEqual(['a']);
    expect(made.retained).toEqual([]);
  });

  test('one that nobody chose is not in it, however dangling', () => {
    expect(sortedNames(samplePlan([volumeKey('b')]).nodes.keys())).toEqual(['b']);
    expect(samplePlan([key('web'), key('db')]).counts.volumes).toBe(0);
  });

  test('one that a known container mounts stays, whatever the engine says', () => {
    const made = samplePlan([volumeKey('mine'), volumeKey('data'), volumeKey('a')]);
    expect(sortedNames(made.nodes.keys())).toEqual(['a']);
    expect(made.retained.map(({ node, why }) => [node.key, why])).toEqual(
      ['mine', 'data'].map((name) => [volumeKey(name), { kind: 'neededBy', node: key('web') }]),
    );
  });

  test('what was taken out, is protected or cannot be asked about stays', () => {
    const protects = protectionReason({ names: ['b*'], ownContainer: undefined });
    expect(stays(samplePlan([volumeKey('a'), volumeKey('b')], { excluded: [volumeKey('a')], protects }))).toEqual([
      ['a', 'excluded'],
      ['b', 'protected'],
    ]);
    const unreachable = new Map([['far', 'far away']]);
    expect(stays(samplePlan([volumeKey('c', 'far')], { unreachable }))).toEqual([['c', 'engineAway']]);
  });

  test('a change of state means none', () => {
    const made = samplePlan([key('web'), key('db'), volumeKey('a')], { action: 'start', dependents: 'include' });
    expect(sortedNames(made.nodes.keys())).toEqual(['db', 'web']);
  });

  test('in a shell it is the command for volumes, never forced', () => {
    const made = samplePlan([volumeKey('a')], { running: 'stop' });
    expect(toShellCommands(made, () => ({ program: 'podman', connection: [] }))).toEqual(['podman volume rm a']);
    expect(toShellCommands(made, () => ({ program: 'docker', connection: [] }))).toEqual(['docker volume rm a']);
  });
});

test('volumes of two engines may share a name', () => {
  expect([...volumeConsumers(graph)]).toEqual([
    [volumeKey('mine'), key('web')],
    [volumeKey('data'), key('web')],
  ]);
  const other = volume('mine', { key: volumeKey('mine', 'other') });
  const made = planAction('r', graph, { chosen: [other.key], isAll: false }, refuse, [other]);
  expect([...made.nodes.keys()]).toEqual([other.key]);
});
