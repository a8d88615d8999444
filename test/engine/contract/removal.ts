import { expect } from 'vitest';
import { parseKey, nodeKey } from '../../../src/graph/model/model';
import {
  type ContractContext,
  contractTest,
  EXITS_AT_ONCE,
  EXITS_ON_SIGTERM,
  IGNORES_SIGTERM,
  rejection,
  settledResult,
} from './lab';
import { byVersion, isDocker } from './line';

const missing = nodeKey('contract', 'container', 'f'.repeat(64));

async function volumes(lab: ContractContext): Promise<readonly string[]> {
  const { json } = await lab.raw('GET', isDocker ? '/volumes' : '/volumes/json');
  const list = isDocker ? (json as { Volumes: unknown }).Volumes : json;
  return ((list ?? []) as { Name: string }[]).map(({ Name }) => Name);
}

/** DELETE for containers. */
export function removal(): void {
  contractTest('created and exited containers are removed without force', {}, async (lab) => {
    const created = await lab.container({ name: 'created', start: false });
    const exited = await lab.container({ name: 'exited', command: EXITS_AT_ONCE });
    await lab.engine.remove(created, { force: false });
    await lab.engine.remove(exited, { force: false });
    expect(await lab.engine.exists(created)).toBe(false);
    expect(await lab.engine.exists(exited)).toBe(false);
  });

  contractTest('a running container without force is refused as running, and continues', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    const error = await rejection(lab.engine.remove(key, { force: false }));
    expect(error.reason).toBe('running');
    expect(error.details.status).toBe(isDocker ? 409 : 500);
    expect((await lab.listed(key)).state).toBe('running');
  });

  contractTest('a paused container without force is refused as paused, and stays paused', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.pause(key);
    expect(await settledResult(lab.engine.remove(key, { force: false }))).toBe('paused');
    expect((await lab.listed(key)).state).toBe('paused');
  });

  contractTest('a paused container with force is killed without a stop timeout', { on: 'podman' }, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.pause(key);
    await lab.engine.remove(key, { force: true });
    expect((await lab.event(key, 'exit')).exitCode).toBe(137);
  });

  contractTest('a container that was unpaused first gets its stop timeout', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.pause(key);
    await lab.engine.unpause(key);
    await lab.engine.remove(key, { force: true });
    expect((await lab.event(key, 'exit')).exitCode).toBe(0);
  });

  contractTest('a nonexistent container is gone', {}, async ({ engine }) => {
    const error = await rejection(engine.remove(missing, { force: true }));
    expect(error.reason).toBe('gone');
    expect(error.details.status).toBe(404);
    expect(await engine.exists(missing)).toBe(false);
  });

  contractTest('ignore=true returns 200 [] for a missing container', { on: 'podman' }, async (lab) => {
    const response = await lab.raw('DELETE', `/containers/${lab.named('nobody')}?ignore=true`);
    expect([response.status, response.json]).toEqual([200, []]);
  });

  contractTest('removed twice, the second time it is gone', {}, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    await lab.engine.remove(key, { force: true });
    expect(await settledResult(lab.engine.remove(key, { force: true }))).toBe('gone');
  });

  contractTest('a missing container does not affect another removal', {}, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    const outcomes = await Promise.all(
      [missing, key].map((each) => settledResult(lab.engine.remove(each, { force: true }))),
    );
    expect(outcomes).toEqual(['gone', 'ok']);
    expect(await lab.engine.exists(key)).toBe(false);
  });

  contractTest('force uses the stop signal and stop timeout', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.remove(key, { force: true });
    expect((await lab.event(key, 'exit')).exitCode).toBe(0);
    expect(await lab.engine.exists(key)).toBe(false);
  });

  contractTest('force with timeout 0 kills at once', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.remove(key, { force: true, timeout: 0 });
    expect((await lab.event(key, 'exit')).exitCode).toBe(137);
    expect(await lab.engine.exists(key)).toBe(false);
  });

  contractTest('a container that ignores TERM is killed after its stop timeout', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 1 });
    await lab.engine.remove(key, { force: true });
    expect((await lab.event(key, 'exit')).exitCode).toBe(137);
    expect(await lab.engine.exists(key)).toBe(false);
  });

  contractTest("a given timeout overrides the container's stop timeout", {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 600 });
    await lab.engine.remove(key, { force: true, timeout: 1 });
    expect((await lab.event(key, 'exit')).exitCode).toBe(137);
  });

  contractTest('force removes a stopped container too', {}, async (lab) => {
    const created = await lab.container({ name: 'created', start: false });
    const exited = await lab.container({ name: 'exited', command: EXITS_AT_ONCE });
    await Promise.all([created, exited].map((key) => lab.engine.remove(key, { force: true })));
    expect(await lab.engine.exists(created)).toBe(false);
    expect(await lab.engine.exists(exited)).toBe(false);
  });

  contractTest('anonymous volumes are removed too, named ones are kept', {}, async (lab) => {
    const named = lab.named('kept');
    const body = isDocker
      ? { Volumes: { '/anonymous': {} }, HostConfig: { Binds: [`${named}:/named`], NetworkMode: 'none' } }
      : { volumes: [{ Dest: '/anonymous' }, { Name: named, Dest: '/named' }] };
    const key = await lab.create({ name: 'x', ...body }, false);
    const [anonymous] = (await lab.inspect(key)).node.details?.anonymousVolumes ?? [];
    expect(await volumes(lab)).toEqual(expect.arrayContaining([anonymous, named]));
    await lab.engine.remove(key, { force: false });
    const left = await volumes(lab);
    expect(left).toContain(named);
    expect(left).not.toContain(anonymous);
    await lab.raw('DELETE', `/volumes/${named}`);
  });

  contractTest('libpod ignores v=true: the anonymous volume is kept', { on: 'podman' }, async (lab) => {
    const key = await lab.create({ name: 'x', volumes: [{ Dest: '/anonymous' }] }, false);
    const [anonymous] = (await lab.inspect(key)).node.details?.anonymousVolumes ?? [];
    await lab.raw('DELETE', `/containers/${parseKey(key).id}?v=true`);
    expect(await volumes(lab)).toContain(anonymous);
    await lab.raw('DELETE', `/volumes/${anonymous}`);
  });

  contractTest(
    'concurrent DELETEs of one container: it is removed, and no other failure is reported',
    {},
    async (lab) => {
      const key = await lab.container({ name: 'x' });
      const calls = Array.from({ length: 4 }, () => settledResult(lab.engine.remove(key, { force: true, timeout: 1 })));
      const outcomes = await Promise.all(calls);
      expect(await lab.engine.exists(key)).toBe(false);
      expect(outcomes).toContain('ok');
      const allowed = byVersion({ docker: ['ok', 'gone', 'inProgress'], otherwise: ['ok', 'gone'] });
      expect(outcomes.filter((each) => !allowed.includes(each))).toEqual([]);
    },
  );

  contractTest('a removal affects no other container', {}, async (lab) => {
    const other = await lab.container({ name: 'other', volumes: ['/data'] });
    const key = await lab.container({ name: 'x', volumes: ['/data'] });
    await lab.engine.remove(key, { force: true });
    expect((await lab.listed(other)).state).toBe('running');
    const [volume] = (await lab.inspect(other)).node.details?.anonymousVolumes ?? [];
    expect(await volumes(lab)).toContain(volume);
  });

  contractTest('a container with --rm is removed when it is stopped', {}, async (lab) => {
    const key = await lab.create(
      isDocker
        ? { name: 'x', Cmd: EXITS_ON_SIGTERM, HostConfig: { AutoRemove: true, NetworkMode: 'none' } }
        : { name: 'x', command: EXITS_ON_SIGTERM, remove: true },
    );
    await lab.engine.stop(key);
    await lab.event(key, 'remove');
    expect(await lab.engine.exists(key)).toBe(false);
  });

  contractTest('a forced removal of a container with --rm succeeds', {}, async (lab) => {
    const key = await lab.create(
      isDocker
        ? { name: 'x', Cmd: EXITS_ON_SIGTERM, HostConfig: { AutoRemove: true, NetworkMode: 'none' } }
        : { name: 'x', command: EXITS_ON_SIGTERM, remove: true },
    );
    expect(['ok', 'gone']).toContain(await settledResult(lab.engine.remove(key, { force: true })));
    await lab.until('gone', async () => !(await lab.engine.exists(key)));
  });
}
