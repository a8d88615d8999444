import type http from 'node:http';
import { describe, expect, test } from 'vitest';
import type { EngineError } from '../../src/engine/error';
import { nodeKey } from '../../src/graph/model/model';
import { dockerVersion, stubEngine, podmanVersion, type Routes } from './cannedResponses';
import { idOf } from './recordedResponses';
import { respond } from './server';

const done = (status: number) => (response: http.ServerResponse) => void response.writeHead(status).end();
const id = idOf('x');
const key = nodeKey('e', 'container', id);
const pod = nodeKey('e', 'pod', id);
const volume = nodeKey('e', 'volume', id);
const reasonOf = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: unknown) => (error as EngineError).reason,
  );

describe('Podman', () => {
  test('removal of a container: with `volumes` only on demand, without `depend`', async () => {
    const { engine, requests } = await stubEngine(podmanVersion('5.8.6'), {
      [`DELETE /containers/${id}`]: done(200),
      [`DELETE /containers/${id}?force=true&timeout=0`]: done(200),
      [`DELETE /containers/${id}?force=true&volumes=true`]: done(200),
    });
    await engine.remove(key, { force: false, timeout: 5 });
    await engine.remove(key, { force: true, timeout: 0, deleteVolumes: false });
    await engine.remove(key, { force: true, deleteVolumes: true });
    expect(requests()).toHaveLength(3);
  });

  test('a list without the ids of namespaces marks these as not listed', async () => {
    const listed = (Namespaces: object) => (response: http.ServerResponse) =>
      respond(response, [
        { Id: id, State: 'running', Namespaces },
        { Id: idOf('y'), State: 'exited', Namespaces: {} },
      ]);
    const ids = { Net: '1', Pidns: '2', Ipc: '3', Uts: '4', User: '5', Cgroup: '6' };
    const { engine } = await stubEngine(podmanVersion('5.8.6'), {
      'GET /containers/json?all=true': listed({}),
      'GET /containers/json?all=true&namespace=true': listed(ids),
    });
    const namespaces = async (wanted: boolean) =>
      (await engine.listContainers({ namespaces: wanted })).map((node) => node.namespaces);
    expect(await namespaces(false)).toEqual(['', undefined]);
    expect(await namespaces(true)).toEqual(['1 2 3 4 5 6', undefined]);
  });

  test('removal of a volume: without `force`', async () => {
    const used = { cause: 'volume is being used', message: 'volume x is being used by: y: volume is being used' };
    const { engine, requests } = await stubEngine(podmanVersion('5.8.6'), {
      [`DELETE /volumes/${id}`]: (response) => respond(response, used, 409),
    });
    for (const force of [false, true]) expect(await reasonOf(engine.remove(volume, { force }))).toBe('inUse');
    expect(requests()).toEqual(Array(2).fill(`DELETE /volumes/${id}`));
  });

  test('removal of a pod: a 200 without JSON is malformed, one with errors is partial', async () => {
    const bodies = ['<html>', JSON.stringify({ Id: id, Err: null, RemovedCtrs: { [idOf('y')]: 'boom' } })];
    const { engine } = await stubEngine(podmanVersion('5.8.6'), {
      [`DELETE /pods/${id}?force=true`]: (response) => void response.writeHead(200).end(bodies.shift()),
    });
    expect(await reasonOf(engine.remove(pod, { force: true }))).toBe('malformed');
    await expect(engine.remove(pod, { force: true })).rejects.toMatchObject({
      reason: 'partial',
      details: { members: new Map([[nodeKey('e', 'container', idOf('y')), 'boom']]) },
    });
  });

  test('exists: an HTML page is neither yes nor no', async () => {
    const statuses = [204, 200];
    const { engine } = await stubEngine(podmanVersion('5.8.6'), {
      [`GET /pods/${id}/exists`]: (response) => void response.writeHead(statuses.shift() ?? 500).end(),
    });
    expect(await engine.exists(pod)).toBe(true);
    expect(await reasonOf(engine.exists(pod))).toBe('malformed');
    expect(await engine.exists(key)).toBe(false);
  });

  test('a degraded pod is stopped member by member, the infra container last', async () => {
    const Containers = [
      { Id: 'infra', State: 'running' },
      { Id: 'runs', State: 'running' },
      { Id: 'over', State: 'exited' },
    ];
    const inspected = { Id: id, InfraContainerID: 'infra', NumContainers: 3, Containers };
    const { engine, requests } = await stubEngine(podmanVersion('5.8.6'), {
      [`POST /pods/${id}/stop?t=3`]: done(304),
      [`GET /pods/${id}/json`]: (response) => respond(response, inspected),
      'POST /containers/runs/stop?timeout=3': done(204),
      'POST /containers/infra/stop?timeout=3': done(304),
    });
    await engine.stop(pod, { timeout: 3 });
    expect(requests().slice(2)).toEqual([
      'POST /containers/runs/stop?timeout=3',
      'POST /containers/infra/stop?timeout=3',
    ]);
  });

  test.each([{}, { NumContainers: 2, Containers: [{ Id: 'one' }] }, { NumContainers: 1, Containers: [{}] }])(
    'a pod whose members are not all named is no pod without them: %j',
    async (half) => {
      const { engine } = await stubEngine(podmanVersion('5.8.6'), {
        [`GET /pods/${id}/json`]: (response) => respond(response, { Id: id, ...half }),
      });
      expect(await reasonOf(engine.listAttached(pod))).toBe('malformed');
    },
  );

  test('a name in volumes-from is resolved once; a removed container makes no edge', async () => {
    const host = { VolumesFrom: ['base:ro', 'gone'] };
    const { engine, requests } = await stubEngine(podmanVersion('5.8.6'), {
      [`GET /containers/${id}/json`]: (response) => respond(response, { Id: id, HostConfig: host }),
      'GET /containers/base/json': (response) => respond(response, { Id: idOf('base') }),
    });
    const edges = [{ from: key, to: nodeKey('e', 'container', idOf('base')), reasons: ['volumes-from'] }];
    expect((await engine.inspect(key)).edges).toEqual(edges);
    expect((await engine.inspect(key)).edges).toEqual(edges);
    expect(requests().filter((call) => call.includes('/base/'))).toHaveLength(1);
  });

  test('errors of members fail a pod command', async () => {
    const { engine } = await stubEngine(podmanVersion('5.8.6'), {
      [`POST /pods/${id}/start`]: (response) => respond(response, { Id: id, Errs: ['no such image'] }),
    });
    await expect(engine.start(pod)).rejects.toMatchObject({ reason: 'partial', detail: 'no such image' });
  });

  test('an ended event stream is a lost connection, a refused one has its reason', async () => {
    const ended = await stubEngine(podmanVersion('5.8.6'), { 'GET /events?stream=true': done(200) });
    const listener = { onOpen: () => undefined, onEvent: () => undefined };
    expect(await reasonOf(ended.engine.events(listener, new AbortController()))).toBe('unreachable');
    const refused = await stubEngine(podmanVersion('5.8.6'), {
      'GET /events?stream=true': (response) => respond(response, { cause: 'database is locked', message: '' }, 500),
    });
    expect(await reasonOf(refused.engine.events(listener, new AbortController()))).toBe('locked');
  });
});

describe('Docker', () => {
  const removed = `DELETE /containers/${id}?force=1`;

  test('exists: an HTML page is neither yes nor no', async () => {
    const { engine } = await stubEngine(dockerVersion, {
      [`GET /containers/${id}/json`]: (response) => void response.writeHead(200).end('<html>'),
    });
    expect(await reasonOf(engine.exists(key))).toBe('malformed');
    expect(await engine.exists(nodeKey('e', 'container', idOf('y')))).toBe(false);
  });

  test('`force` stops first, since its own kills at once', async () => {
    const { engine, requests } = await stubEngine(dockerVersion, {
      [`POST /containers/${id}/stop?t=5`]: done(204),
      [removed]: done(204),
    });
    await engine.remove(key, { force: true, timeout: 5 });
    expect(requests()).toEqual([`POST /containers/${id}/stop?t=5`, removed]);
  });

  test('a container that cannot be stopped is not removed', async () => {
    const { engine, requests } = await stubEngine(dockerVersion, {
      [`POST /containers/${id}/stop`]: (response) =>
        respond(response, { message: 'did not receive an exit event' }, 500),
      [removed]: done(204),
    });
    expect(await reasonOf(engine.remove(key, { force: true }))).toBe('processesRemain');
    expect(requests()).toEqual([`POST /containers/${id}/stop`]);
  });

  test('timeout 0 and no force need no stop', async () => {
    const { engine, requests } = await stubEngine(dockerVersion, {
      [removed]: done(204),
      [`DELETE /containers/${id}?v=1`]: done(204),
    });
    await engine.remove(key, { force: true, timeout: 0 });
    await engine.remove(key, { force: false, deleteVolumes: true });
    expect(requests()).toEqual([removed, `DELETE /containers/${id}?v=1`]);
  });

  test('--rm: removed by the stop is success; in progress is awaited', async () => {
    const gone = await stubEngine(dockerVersion, { [`POST /containers/${id}/stop`]: done(204) });
    expect(await reasonOf(gone.engine.remove(key, { force: true }))).toBe('ok');
    const underWay = await stubEngine(dockerVersion, {
      [`POST /containers/${id}/stop`]: done(204),
      [removed]: (response) => respond(response, { message: 'removal of container x is already in progress' }, 409),
      [`POST /containers/${id}/wait?condition=removed`]: (response) => respond(response, { StatusCode: 0 }),
    });
    expect(await reasonOf(underWay.engine.remove(key, { force: true }))).toBe('ok');
    expect(underWay.requests().at(-1)).toBe(`POST /containers/${id}/wait?condition=removed`);
  });

  test('a stopped container that another client removes is in progress', async () => {
    const { engine } = await stubEngine(dockerVersion, {
      [`POST /containers/${id}/stop`]: done(304),
      [removed]: (response) => respond(response, { message: 'removal of container x is already in progress' }, 409),
    });
    expect(await reasonOf(engine.remove(key, { force: true }))).toBe('inProgress');
  });

  test('dependents: each container is inspected once, removed ones are skipped', async () => {
    const list = ['x', 'one', 'two', 'vanishes'].map((name) => ({ Id: idOf(name), Names: [`/${name}`] }));
    const inspected = (name: string, mode: string): Routes => ({
      [`GET /containers/${idOf(name)}/json`]: (response) =>
        respond(response, { Id: idOf(name), HostConfig: { NetworkMode: mode } }),
    });
    const { engine, requests } = await stubEngine(dockerVersion, {
      'GET /containers/json?all=true': (response) => respond(response, list),
      ...inspected('one', `container:${id}`),
      ...inspected('two', 'bridge'),
    });
    for (let time = 0; time < 2; time++) {
      expect((await engine.listAttached(key)).map((node) => node.name)).toEqual(['one']);
    }
    expect(requests().filter((call) => call.includes(idOf('one')))).toHaveLength(1);
    expect(requests().filter((call) => call.includes(idOf('two')))).toHaveLength(1);
  });
});
