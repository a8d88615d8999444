import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../src/engine/engine';
import type { ContainerDetails, ContainerNode } from '../../src/graph/model/model';
import { EngineStateStore } from '../../src/service/state/stateStore';
import { container, edge, key, podKey } from '../graph/build';

const event = (name: string, action: EngineEvent['action'], more: Partial<EngineEvent> = {}): EngineEvent => ({
  key: key(name),
  action,
  name,
  exitCode: undefined,
  at: 5,
  ...more,
});

function listed(...names: string[]): EngineStateStore {
  const store = new EngineStateStore();
  store.applyContainers(
    names.map((name) => container(name)),
    store.nextVersion(),
  );
  return store;
}

const restarted: ContainerDetails = {
  ...{ stopTimeout: 10, stopSignal: 'SIGTERM', restartPolicy: 'always', autoRemove: false },
  ...{ anonymousVolumes: [], namedVolumes: [], initContainer: undefined },
};

test('a list that is older than an event still names the pod of a container', () => {
  const store = new EngineStateStore();
  const created = container('a', { state: 'created', pod: podKey('p') });
  store.applyInspection({ node: created, edges: [] }, store.nextVersion());
  const requestedAt = store.nextVersion();
  store.applyEvent(event('a', 'start'));
  store.applyContainers([{ ...created, podName: 'p' }], requestedAt);
  expect(store.containers.get(key('a'))).toMatchObject({ state: 'running', podName: 'p' });
});

describe('times and namespaces of a start', () => {
  const run = { state: 'running', startedAt: 5_500, finishedAt: undefined } as const;
  const stored = (store: EngineStateStore) => store.containers.get(key('a'));
  const inspected = (more: Partial<ContainerNode> = {}) => {
    const store = listed('a');
    store.applyInspection({ node: container('a', { ...run, ...more }), edges: [] }, store.nextVersion());
    return store;
  };

  test('a list without times or milliseconds keeps those of an inspect', () => {
    const store = inspected();
    store.applyContainers([container('a', { state: 'running' })], store.nextVersion());
    expect(stored(store)?.startedAt).toBe(5_500);
    store.applyContainers([container('a', { state: 'running', startedAt: 5_000 })], store.nextVersion());
    expect(stored(store)?.startedAt).toBe(5_500);
    store.applyContainers([container('a', { state: 'running', startedAt: 6_000 })], store.nextVersion());
    expect(stored(store)?.startedAt).toBe(6_000);
  });

  test('a list without times after a gap in the events does not: an inspect is needed, but only of sharers', () => {
    const store = inspected();
    store.applyContainers([container('a', { state: 'running' })], store.nextVersion(), true);
    expect(stored(store)?.startedAt).toBeUndefined();
    expect(store.missingTimes()).toEqual([]);
    const edges = [edge('b', 'a', 'network')];
    store.applyInspection({ node: container('b', { state: 'running', startedAt: 1 }), edges }, store.nextVersion());
    expect(store.missingTimes()).toEqual([key('a')]);
  });

  test('a start or an exit makes the listed namespaces unknown, an inspect of the same start does not', () => {
    const listing = container('a', { ...run, startedAt: 5_000, namespaces: '1 2 3 4 5 6' });
    const store = new EngineStateStore();
    store.applyContainers([listing], store.nextVersion());
    store.applyInspection({ node: container('a', run), edges: [] }, store.nextVersion());
    expect(stored(store)?.namespaces).toBe('1 2 3 4 5 6');
    store.applyEvent(event('a', 'start', { at: 9_000 }));
    expect(stored(store)).toMatchObject({ startedAt: 9_000, namespaces: undefined });
    store.applyContainers([listing], store.nextVersion());
    store.applyEvent(event('a', 'exit', { at: 9_500 }));
    expect(stored(store)).toMatchObject({ finishedAt: 9_500, namespaces: undefined });
  });

  test('an automatic restart is counted before an inspect reports it', () => {
    const store = inspected({ details: restarted, restartCount: 0 });
    store.applyEvent(event('a', 'exit'));
    store.applyEvent(event('a', 'start'));
    expect(stored(store)?.restartCount).toBe(1);
  });
});

describe('outdated responses are ignored', () => {
  test('a list requested before a removal does not restore the container', () => {
    const store = listed('a');
    const version = store.nextVersion();
    store.applyEvent(event('a', 'remove'));
    store.applyContainers([container('a')], version);
    expect(store.containers.has(key('a'))).toBe(false);
    expect(store.isGone(key('a'))).toBe(true);
  });

  test('a list requested after a removal does', () => {
    const store = listed('a');
    store.markRemoved(key('a'));
    store.applyContainers([container('a')], store.nextVersion());
    expect(store.isGone(key('a'))).toBe(false);
    expect(store.containers.has(key('a'))).toBe(true);
  });

  test('an inspection overtaken by an event is reported as inconsistent, the next one is not', () => {
    const store = listed('a');
    const version = store.nextVersion();
    store.applyEvent(event('a', 'start'));
    const stopped = { node: container('a', { state: 'exited' as const }), edges: [] };
    expect(store.applyInspection(stopped, version)).toBe(false);
    expect(store.containers.get(key('a'))?.state).toBe('running');
    expect(store.applyInspection(stopped, store.nextVersion())).toBe(true);
    expect(store.containers.get(key('a'))?.state).toBe('exited');
  });

  test('an inspection requested before a newer list does not change its state', () => {
    const store = listed('a');
    const version = store.nextVersion();
    store.applyContainers([container('a', { state: 'running' })], store.nextVersion());
    const created = { node: container('a', { state: 'created' as const }), edges: [] };
    expect(store.applyInspection(created, version)).toBe(false);
    expect(store.containers.get(key('a'))?.state).toBe('running');
    expect(store.uninspected()).toEqual([]);
  });

  test('a list requested before one already applied is ignored', () => {
    const store = listed('a');
    const version = store.nextVersion();
    store.applyContainers([container('a', { state: 'running' })], store.nextVersion());
    expect(store.applyContainers([container('b')], version)).toBe(false);
    expect([...store.containers.keys()]).toEqual([key('a')]);
    expect(store.containers.get(key('a'))?.state).toBe('running');
  });

  test('an exit with a restart policy counts as restarting until the engine confirms', () => {
    const store = new EngineStateStore();
    store.applyContainers([container('a', { state: 'running', details: restarted })], store.nextVersion());
    expect(store.applyEvent(event('a', 'exit', { exitCode: 1 }))).toBe(true);
    expect(store.containers.get(key('a'))).toMatchObject({ state: 'restarting', exitCode: 1 });
    // After the cleanup, it must be inspected.
    expect(store.applyEvent(event('a', 'other'))).toBe(true);
    store.applyInspection(
      { node: container('a', { state: 'exited', details: restarted }), edges: [] },
      store.nextVersion(),
    );
    expect(store.containers.get(key('a'))?.state).toBe('exited');
    expect(store.applyEvent(event('a', 'other'))).toBe(false);
  });

  test('a stop overrides the restart policy', () => {
    const store = new EngineStateStore();
    store.applyContainers([container('a', { state: 'running', details: restarted })], store.nextVersion());
    store.applyEvent(event('a', 'exit', { exitCode: 0 }));
    expect(store.applyEvent(event('a', 'stop'))).toBe(false);
    expect(store.containers.get(key('a'))?.state).toBe('exited');
  });

  test('an event overrides a list requested before it', () => {
    const store = listed('a');
    const version = store.nextVersion();
    store.applyEvent(event('a', 'start'));
    store.applyContainers([container('a', { state: 'exited' })], version);
    expect(store.containers.get(key('a'))?.state).toBe('running');
  });

  test('a list requested before an inspection does not drop the container', () => {
    const store = listed();
    const version = store.nextVersion();
    store.applyInspection({ node: container('new'), edges: [] }, store.nextVersion());
    store.applyContainers([], version);
    expect(store.containers.has(key('new'))).toBe(true);
  });

  test('an inspection requested before a removal changes nothing', () => {
    const store = listed('a');
    const version = store.nextVersion();
    store.markRemoved(key('a'));
    store.applyInspection({ node: container('a'), edges: [edge('a', 'b')] }, version);
    expect(store.containers.has(key('a'))).toBe(false);
    expect([...store.edges()]).toEqual([]);
  });
});

describe('events', () => {
  test.each([
    ['start', 'running'],
    ['exit', 'exited'],
    ['pause', 'paused'],
    ['unpause', 'running'],
  ] as const)('%s determines the state', (action, state) => {
    const store = listed('a');
    expect(store.applyEvent(event('a', action, { exitCode: 3 }))).toBe(false);
    expect(store.containers.get(key('a'))?.state).toBe(state);
  });

  test('an exit has the exit code', () => {
    const store = listed('a');
    store.applyEvent(event('a', 'exit', { exitCode: 3 }));
    expect(store.containers.get(key('a'))?.exitCode).toBe(3);
  });

  test('an unknown or renamed container must be inspected', () => {
    const store = listed('a');
    expect(store.applyEvent(event('new', 'create'))).toBe(true);
    expect(store.applyEvent(event('a', 'rename'))).toBe(true);
    expect(store.applyEvent(event('a', 'other'))).toBe(false);
  });

  test('events of a removed container are ignored', () => {
    const store = listed('a');
    store.markRemoved(key('a'));
    expect(store.applyEvent(event('a', 'exit'))).toBe(false);
  });
});

describe('changes', () => {
  test('an identical list changes nothing', () => {
    const store = listed('a', 'b');
    store.changes.drain();
    store.applyContainers([container('a'), container('b')], store.nextVersion());
    expect(store.changes.any).toBe(false);
  });

  test('a state change affects its node and pod, not the structure', () => {
    const store = new EngineStateStore();
    store.applyContainers([container('a', { pod: podKey('p') })], store.nextVersion());
    store.changes.drain();
    store.applyEvent(event('a', 'start'));
    expect(store.changes.drain()).toEqual({ nodes: new Set([key('a'), podKey('p')]), structure: false });
  });

  test('a list keeps inspected details', () => {
    const store = listed('a');
    const details = {
      stopTimeout: 3,
      stopSignal: 'SIGTERM',
      restartPolicy: '',
      autoRemove: false,
      anonymousVolumes: [],
      namedVolumes: [],
    };
    store.applyInspection({ node: container('a', { details, isKubeService: true }), edges: [] }, store.nextVersion());
    store.applyContainers([container('a')], store.nextVersion());
    expect(store.containers.get(key('a'))).toMatchObject({ details, isKubeService: true });
    expect(store.uninspected()).toEqual([]);
  });
});
