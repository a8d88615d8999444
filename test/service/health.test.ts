import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../src/engine/engine';
import type { ContainerNode } from '../../src/graph/model/model';
import { EngineStateStore } from '../../src/service/state/stateStore';
import { container, key } from '../graph/build';

const details: ContainerNode['details'] = {
  ...{ stopTimeout: 10, stopSignal: 'SIGTERM', restartPolicy: '', autoRemove: false },
  ...{ anonymousVolumes: [], namedVolumes: [] },
  healthCheck: { interval: 1000, timeout: 1000, startPeriod: 0, retries: 3 },
};

const lastCheck = { output: 'refused', exitCode: 1, at: 3 };

const event = (action: EngineEvent['action'], more: Partial<EngineEvent> = {}): EngineEvent => ({
  ...{ key: key('db'), action, name: 'db', exitCode: undefined, at: 5 },
  ...more,
});

/** A store with one inspected container. */
function storeWith(more: Partial<ContainerNode>): EngineStateStore {
  const store = new EngineStateStore();
  const node = container('db', { state: 'running', details, ...more });
  store.applyContainers([node], store.nextVersion());
  store.applyInspection({ node, edges: [] }, store.nextVersion());
  return store;
}

const nodeOf = (store: EngineStateStore) => store.containers.get(key('db'));

describe('results of health checks', () => {
  test('an event with the known result changes nothing, and needs no inspect', () => {
    const store = storeWith({ health: 'healthy' });
    const { version } = store.changes;
    expect(store.applyEvent(event('health', { health: 'healthy' }))).toBe(false);
    expect(store.changes.version).toBe(version);
  });

  test('an event with another result changes the node', () => {
    const store = storeWith({ health: 'starting' });
    expect(store.applyEvent(event('health', { health: 'healthy' }))).toBe(false);
    expect(nodeOf(store)?.health).toBe('healthy');
  });

  test('the output of a check that fails is inspected', () => {
    const store = storeWith({ health: 'healthy', lastCheck });
    expect(store.applyEvent(event('health', { health: 'unhealthy' }))).toBe(true);
    expect(nodeOf(store)).toMatchObject({ health: 'unhealthy', lastCheck: undefined });
  });

  test('an event without a result is inspected', () => {
    expect(storeWith({ health: 'starting' }).applyEvent(event('health'))).toBe(true);
  });

  test('a start begins with starting, whatever was known', () => {
    const store = storeWith({ health: 'healthy' });
    store.applyEvent(event('exit', { exitCode: 0 }));
    expect(nodeOf(store)?.health).toBeUndefined();
    store.applyEvent(event('start'));
    expect(nodeOf(store)?.health).toBe('starting');
  });

  test('a start without a check has no health', () => {
    const store = storeWith({ details: { ...details, healthCheck: undefined } });
    store.applyEvent(event('start'));
    expect(nodeOf(store)?.health).toBeUndefined();
  });

  test('a late event of a container that has ended is ignored', () => {
    const store = storeWith({ health: 'healthy' });
    store.applyEvent(event('exit', { exitCode: 0 }));
    expect(store.applyEvent(event('health', { health: 'healthy' }))).toBe(false);
    expect(nodeOf(store)?.health).toBeUndefined();
  });

  test('a list keeps the output of the same result, and drops it with another', () => {
    const store = storeWith({ health: 'unhealthy', lastCheck });
    const list = (health: ContainerNode['health']) =>
      store.applyContainers([container('db', { state: 'running', details, health })], store.nextVersion());
    list('unhealthy');
    expect(nodeOf(store)?.lastCheck).toEqual(lastCheck);
    list('healthy');
    expect(nodeOf(store)?.lastCheck).toBeUndefined();
  });
});

describe('the count of restarts', () => {
  test('a list without it keeps what an inspect found', () => {
    const store = storeWith({ restartCount: 12 });
    store.applyContainers([container('db', { state: 'running', details })], store.nextVersion());
    expect(nodeOf(store)?.restartCount).toBe(12);
  });

  test('a start by a client makes it unknown', () => {
    const store = storeWith({ state: 'exited', restartCount: 12 });
    store.applyEvent(event('start'));
    expect(nodeOf(store)?.restartCount).toBeUndefined();
  });
});
