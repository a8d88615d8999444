import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../src/engine/engine';
import type { ContainerDetails } from '../../src/graph/model/model';
import { EngineStateStore } from '../../src/service/state/stateStore';
import { container, edge, key, podKey } from '../graph/build';

const event = (name: string, action: EngineEvent['action'], more: Partial<EngineEvent> = {}): EngineEvent => ({
  key: key(name),
  action,
  name,
  pod: undefined,
  exitCode: undefined,
  at: 5,
  ...more,
});

function listed(...names: string[]): EngineStateStore {
  const seen = new EngineStateStore();
  seen.applyContainers(
    names.map((name) => container(name)),
    seen.nextVersion(),
  );
  return seen;
}

const returning: ContainerDetails = {
  ...{ stopTimeout: 10, stopSignal: 'SIGTERM', restartPolicy: 'always', autoRemove: false },
  ...{ anonymousVolumes: [], namedVolumes: [], initContainer: undefined },
};

describe('old news never wins over new', () => {
  test('a list asked before a removal and answered after it brings nothing back', () => {
    const seen = listed('a');
    const asked = seen.nextVersion();
    seen.applyEvent(event('a', 'remove'));
    seen.applyContainers([container('a')], asked);
    expect(seen.containers.has(key('a'))).toBe(false);
    expect(seen.isGone(key('a'))).toBe(true);
  });

  test('a list asked after a removal that still holds the node is believed', () => {
    const seen = listed('a');
    seen.markRemoved(key('a'));
    seen.applyContainers([container('a')], seen.nextVersion());
    expect(seen.isGone(key('a'))).toBe(false);
    expect(seen.containers.has(key('a'))).toBe(true);
  });

  test('an answer that an event overtook says that it cannot be relied on, the next one that it can', () => {
    const seen = listed('a');
    const asked = seen.nextVersion();
    seen.applyEvent(event('a', 'start'));
    const stopped = { node: container('a', { state: 'exited' as const }), edges: [] };
    expect(seen.applyInspection(stopped, asked)).toBe(false);
    expect(seen.containers.get(key('a'))?.state).toBe('running');
    expect(seen.applyInspection(stopped, seen.nextVersion())).toBe(true);
    expect(seen.containers.get(key('a'))?.state).toBe('exited');
  });

  test('an exit after which the engine may start it again counts as running until the engine tells', () => {
    const seen = new EngineStateStore();
    seen.applyContainers([container('a', { state: 'running', details: returning })], seen.nextVersion());
    expect(seen.applyEvent(event('a', 'exit', { exitCode: 1 }))).toBe(true);
    expect(seen.containers.get(key('a'))).toMatchObject({ state: 'restarting', exitCode: 1 });
    // It is cleaned up: that is the moment to ask again.
    expect(seen.applyEvent(event('a', 'other'))).toBe(true);
    seen.applyInspection(
      { node: container('a', { state: 'exited', details: returning }), edges: [] },
      seen.nextVersion(),
    );
    expect(seen.containers.get(key('a'))?.state).toBe('exited');
    expect(seen.applyEvent(event('a', 'other'))).toBe(false);
  });

  test('a stop ends what the restart policy would do', () => {
    const seen = new EngineStateStore();
    seen.applyContainers([container('a', { state: 'running', details: returning })], seen.nextVersion());
    seen.applyEvent(event('a', 'exit', { exitCode: 0 }));
    expect(seen.applyEvent(event('a', 'stop'))).toBe(false);
    expect(seen.containers.get(key('a'))?.state).toBe('exited');
  });

  test('a state told by an event after the list was asked stays', () => {
    const seen = listed('a');
    const asked = seen.nextVersion();
    seen.applyEvent(event('a', 'start'));
    seen.applyContainers([container('a', { state: 'exited' })], asked);
    expect(seen.containers.get(key('a'))?.state).toBe('running');
  });

  test('a container inspected after a list was asked is not dropped because that list lacks it', () => {
    const seen = listed();
    const asked = seen.nextVersion();
    seen.applyInspection({ node: container('new'), edges: [] }, seen.nextVersion());
    seen.applyContainers([], asked);
    expect(seen.containers.has(key('new'))).toBe(true);
  });

  test('an inspect that overtakes a removal changes nothing', () => {
    const seen = listed('a');
    const asked = seen.nextVersion();
    seen.markRemoved(key('a'));
    seen.applyInspection({ node: container('a'), edges: [edge('a', 'b')] }, asked);
    expect(seen.containers.has(key('a'))).toBe(false);
    expect([...seen.edges()]).toEqual([]);
  });
});

describe('events', () => {
  test.each([
    ['start', 'running'],
    ['exit', 'exited'],
    ['pause', 'paused'],
    ['unpause', 'running'],
  ] as const)('%s alone tells the state', (action, state) => {
    const seen = listed('a');
    expect(seen.applyEvent(event('a', action, { exitCode: 3 }))).toBe(false);
    expect(seen.containers.get(key('a'))?.state).toBe(state);
  });

  test('the exit code comes with the death', () => {
    const seen = listed('a');
    seen.applyEvent(event('a', 'exit', { exitCode: 3 }));
    expect(seen.containers.get(key('a'))?.exitCode).toBe(3);
  });

  test('an unknown container, and one renamed, must be asked about', () => {
    const seen = listed('a');
    expect(seen.applyEvent(event('new', 'create'))).toBe(true);
    expect(seen.applyEvent(event('a', 'rename'))).toBe(true);
    expect(seen.applyEvent(event('a', 'other'))).toBe(false);
  });

  test('events of what is gone are late', () => {
    const seen = listed('a');
    seen.markRemoved(key('a'));
    expect(seen.applyEvent(event('a', 'exit'))).toBe(false);
  });
});

describe('what is told of changes', () => {
  test('the same list again changes nothing', () => {
    const seen = listed('a', 'b');
    seen.changes.apply();
    seen.applyContainers([container('a'), container('b')], seen.nextVersion());
    expect(seen.changes.any).toBe(false);
  });

  test('a state changes its node and its pod, not the structure', () => {
    const seen = new EngineStateStore();
    seen.applyContainers([container('a', { pod: podKey('p') })], seen.nextVersion());
    seen.changes.apply();
    seen.applyEvent(event('a', 'start'));
    expect(seen.changes.apply()).toEqual({ nodes: new Set([key('a'), podKey('p')]), structure: false });
  });

  test('a list keeps what an inspect told', () => {
    const seen = listed('a');
    const details = {
      stopTimeout: 3,
      stopSignal: 'SIGTERM',
      restartPolicy: '',
      autoRemove: false,
      anonymousVolumes: [],
      namedVolumes: [],
    };
    seen.applyInspection({ node: container('a', { details, isKubeService: true }), edges: [] }, seen.nextVersion());
    seen.applyContainers([container('a')], seen.nextVersion());
    expect(seen.containers.get(key('a'))).toMatchObject({ details, isKubeService: true });
    expect(seen.uninspected()).toEqual([]);
  });
});
