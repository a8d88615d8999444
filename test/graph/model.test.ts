import { describe, expect, test } from 'vitest';
import {
  addToList,
  cachedEngineOf,
  type ContainerNode,
  type ContainerState,
  containerStates,
  engineOf,
  type GraphNode,
  hasFailed,
  isActive,
  isHard,
  isInitContainer,
  isInRestartLoop,
  isRemovedOnExit,
  isStoppedUnit,
  isUp,
  type NodeKey,
  nodeKey,
  parseKey,
  shortId,
  unlistedContainer,
  withRestarting,
} from '../../src/graph/model/model';
import { isLaterStart } from '../../src/graph/model/startTime';
import { container, details, key, podKey, volume } from './build';

const systemdUnit = {
  ...{ name: 'a.service', file: '', isQuadlet: true, activeState: 'inactive' },
  ...{ hasFailed: false, fileState: 'generated', needsReload: false },
};

describe('a key', () => {
  test('has an engine, a kind and an id, which may have slashes', () => {
    const image = nodeKey('e', 'image', 'a/b/c');
    expect(image).toBe('e/image/a/b/c');
    expect(parseKey(image)).toEqual({ engine: 'e', kind: 'image', id: 'a/b/c' });
    expect(engineOf(image)).toBe('e');
  });

  test('has its engine also after keys of others, even of those that begin with the same letters', () => {
    const cached = cachedEngineOf();
    const keys = ['a', 'a', 'ab', 'a', 'b', 'b'].map((engine): NodeKey => nodeKey(engine, 'pod', 'x'));
    expect(keys.map(cached)).toEqual(['a', 'a', 'ab', 'a', 'b', 'b']);
  });

  test('is short with 12 digits', () => {
    expect([shortId('0123456789abcdef'), shortId('short')]).toEqual(['0123456789ab', 'short']);
  });
});

test('a value is added to the list of its key', () => {
  const lists = new Map<string, number[]>();
  addToList(lists, 'a', 1);
  addToList(lists, 'b', 2);
  addToList(lists, 'a', 3);
  expect([...lists]).toEqual([
    ['a', [1, 3]],
    ['b', [2]],
  ]);
});

test('a container is active from its start to its exit, and is up if it has processes', () => {
  const those = (has: (state: ContainerState) => boolean) => containerStates.filter(has);
  expect(those(isActive)).toEqual(['running', 'paused', 'stopping', 'restarting']);
  expect(those(isUp)).toEqual(['running', 'paused', 'stopping']);
});

test('an edge is hard if one of its reasons is', () => {
  const soft = ['volumes-from', 'depends-on', 'link', 'systemd-order'] as const;
  expect(isHard({ reasons: soft })).toBe(false);
  expect(isHard({ reasons: [...soft, 'systemd'] })).toBe(true);
  expect(isHard({ reasons: [] })).toBe(false);
});

test('a container of which only the key is known is unlisted', () => {
  expect(unlistedContainer(key('abc'), 'name')).toEqual({
    ...container('abc'),
    ...{ name: 'name', state: 'unknown', image: '', unlisted: true },
  });
});

test('a stopped unit is an unlisted container with a unit', () => {
  const isStopped = (more: Partial<ContainerNode>) => isStoppedUnit(container('a', more));
  expect(isStopped({ unlisted: true, systemdUnit })).toBe(true);
  expect(isStopped({ unlisted: true })).toBe(false);
  expect(isStopped({ systemdUnit })).toBe(false);
  expect(isStoppedUnit(volume('v'))).toBe(false);
  const pod = { kind: 'pod', key: podKey('p'), unlisted: true, systemdUnit } as unknown as GraphNode;
  expect(isStoppedUnit(pod)).toBe(false);
});

test('an init container is known by its own inspect or by its pod', () => {
  const plain = container('a', { details });
  expect(isInitContainer(plain)).toBe(false);
  expect(isInitContainer(plain, {})).toBe(false);
  expect(isInitContainer(plain, { finishedInits: [key('b')] })).toBe(false);
  expect(isInitContainer(plain, { finishedInits: [key('a')] })).toBe(true);
  expect(isInitContainer(container('a', { details: { ...details, initContainer: 'always' } }))).toBe(true);
  expect(isInitContainer(container('a'))).toBe(false);
});

test.each<[Partial<ContainerNode>, boolean]>([
  [{ state: 'restarting', restartCount: 3 }, true],
  [{ state: 'running', restartCount: 3 }, true],
  [{ state: 'exited', restartCount: 3 }, false],
  [{ state: 'running', restartCount: 2 }, false],
  [{ state: 'running' }, false],
])('%j is in a restart loop: %s', (more, expected) => {
  expect(isInRestartLoop(container('a', more))).toBe(expected);
});

test.each<[Partial<ContainerNode>, boolean]>([
  [{ state: 'exited', exitCode: 1 }, true],
  [{ state: 'exited', exitCode: 0 }, false],
  [{ state: 'exited' }, false],
  [{ state: 'created', exitCode: 1 }, false],
  [{ state: 'running', exitCode: 1 }, false],
  [{ state: 'running', restartCount: 3 }, true],
  [{ state: 'dead' }, true],
  [{ state: 'exited', systemdUnit: { ...systemdUnit, hasFailed: true } }, true],
  [{ state: 'running', systemdUnit: { ...systemdUnit, hasFailed: true } }, false],
  [{ state: 'exited', systemdUnit }, false],
])('%j has failed: %s', (more, expected) => {
  expect(hasFailed(container('a', more))).toBe(expected);
});

test('the engine removes --rm containers and one-time init containers when they exit', () => {
  const isRemoved = (more?: Partial<typeof details>) =>
    isRemovedOnExit(container('a', more && { details: { ...details, ...more } }));
  expect([isRemoved(), isRemoved({})]).toEqual([false, false]);
  expect(isRemoved({ autoRemove: true })).toBe(true);
  expect([isRemoved({ initContainer: 'once' }), isRemoved({ initContainer: 'always' })]).toEqual([true, false]);
});

test.each<[string, Partial<ContainerNode>, ContainerState]>([
  ['always', {}, 'restarting'],
  ['unless-stopped', {}, 'restarting'],
  ['on-failure', { exitCode: 1 }, 'restarting'],
  ['on-failure', { exitCode: 0 }, 'exited'],
  ['no', { exitCode: 1 }, 'exited'],
  ['always', { justEnded: false }, 'exited'],
  ['always', { state: 'running' }, 'running'],
  ['always', { details: undefined }, 'exited'],
])('a container with the policy "%s" and %j that has just ended is %s', (restartPolicy, more, expected) => {
  const own = container('a', { justEnded: true, details: { ...details, restartPolicy }, ...more });
  expect(withRestarting(own)).toEqual({ ...own, state: expected });
});

test.each<[number | undefined, number | undefined, boolean]>([
  [undefined, undefined, false],
  [undefined, 1000, false],
  [1000, undefined, true],
  [1000, 1000, false],
  [2000, 1000, true],
  [1000, 2000, false],
  // Whole seconds against milliseconds of the same start.
  [1999, 1000, false],
  [1999, 1001, true],
])('a start at %s is later than one at %s: %s', (now, then, expected) => {
  expect(isLaterStart(now, then)).toBe(expected);
});
