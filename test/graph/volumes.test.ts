import { describe, expect, test } from 'vitest';
import type { ContainerDetails, NodeKey } from '../../src/graph/model';
import type { PlanOptions } from '../../src/graph/plan';
import { planAction } from '../../src/graph/planAction';
import { planCommands } from '../../src/graph/planCommands';
import { protection } from '../../src/graph/protection';
import { volumeUsers } from '../../src/graph/volumes';
import { graphOf, key, names, volume, volumeKey } from './build';

const refuse: PlanOptions = { dependents: 'refuse', running: 'refuse' };
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

const plan = (chosen: readonly NodeKey[], options: Partial<PlanOptions> = {}) =>
  planAction('r', graph, { chosen, everything: false }, { ...refuse, ...options }, dangling);
const stays = (made: ReturnType<typeof plan>) => made.stays.map(({ node, why }) => [node.name, why.kind]);

describe('volumes in a plan', () => {
  test('each is a unit of its own that waits for nothing, and counts as what it is', () => {
    const made = plan([key('web'), key('db'), volumeKey('a'), volumeKey('b'), volumeKey('b')]);
    expect(names(made.nodes.keys())).toEqual(['a', 'b', 'db', 'web']);
    expect(made.units.filter(({ kind }) => kind === 'volume')).toMatchObject(
      ['a', 'b'].map((name) => ({ targets: [volumeKey(name)], step: 'remove', waitsFor: [], follows: [], wave: 0 })),
    );
    expect(made.counts).toEqual({ pods: 0, containers: 2, volumes: 2, running: 0, along: 0, engines: 1, grace: 0 });
    expect(made.blockers).toEqual([]);
  });

  test('one that the engine does not call dangling, or not any more, is not in it', () => {
    const made = plan([volumeKey('a'), volumeKey('gone'), volumeKey('data', 'other')]);
    expect(names(made.nodes.keys())).toEqual(['a']);
    expect(made.stays).toEqual([]);
  });

  test('one that nobody chose is not in it, however dangling', () => {
    expect(names(plan([volumeKey('b')]).nodes.keys())).toEqual(['b']);
    expect(plan([key('web'), key('db')]).counts.volumes).toBe(0);
  });

  test('one that a known container mounts stays, whatever the engine says', () => {
    const made = plan([volumeKey('mine'), volumeKey('data'), volumeKey('a')]);
    expect(names(made.nodes.keys())).toEqual(['a']);
    expect(made.stays.map(({ node, why }) => [node.key, why])).toEqual(
      ['mine', 'data'].map((name) => [volumeKey(name), { kind: 'neededBy', node: key('web') }]),
    );
  });

  test('what was taken out, is protected or cannot be asked about stays', () => {
    const protects = protection({ names: ['b*'], self: undefined });
    expect(stays(plan([volumeKey('a'), volumeKey('b')], { excluded: [volumeKey('a')], protects }))).toEqual([
      ['a', 'excluded'],
      ['b', 'protected'],
    ]);
    const away = new Map([['far', 'far away']]);
    expect(stays(plan([volumeKey('c', 'far')], { away }))).toEqual([['c', 'engineAway']]);
  });

  test('a change of state means none', () => {
    const made = plan([key('web'), key('db'), volumeKey('a')], { action: 'start', dependents: 'include' });
    expect(names(made.nodes.keys())).toEqual(['db', 'web']);
  });

  test('in a shell it is the command for volumes, never forced', () => {
    const made = plan([volumeKey('a')], { running: 'stop' });
    expect(planCommands(made, () => ({ program: 'podman', connection: [] }))).toEqual(['podman volume rm a']);
    expect(planCommands(made, () => ({ program: 'docker', connection: [] }))).toEqual(['docker volume rm a']);
  });
});

test('volumes of two engines may share a name', () => {
  expect([...volumeUsers(graph)]).toEqual([
    [volumeKey('mine'), key('web')],
    [volumeKey('data'), key('web')],
  ]);
  const other = volume('mine', { key: volumeKey('mine', 'other') });
  const made = planAction('r', graph, { chosen: [other.key], everything: false }, refuse, [other]);
  expect([...made.nodes.keys()]).toEqual([other.key]);
});
