import { expect } from 'vitest';
import { waitFor } from '../../../scripts/waitFor';
import { parseKey, nodeKey } from '../../../src/graph/model/model';
import {
  type ContractContext,
  contractTest,
  EXITS_AT_ONCE,
  EXITS_ON_SIGTERM,
  IGNORES_SIGTERM,
  rejection,
  settledResult,
} from './contractContext';
import { byVersion, isDocker } from './engineVersion';

const missing = nodeKey('contract', 'container', 'f'.repeat(64));

async function volumes(context: ContractContext): Promise<readonly string[]> {
  const { json } = await context.raw('GET', isDocker ? '/volumes' : '/volumes/json');
  const list = isDocker ? (json as { Volumes: unknown }).Volumes : json;
  return ((list ?? []) as { Name: string }[]).map(({ Name }) => Name);
}

/** DELETE for containers. */
export function removal(): void {
  contractTest('created and exited containers are removed without force', {}, async (context) => {
    const created = await context.container({ name: 'created', start: false });
    const exited = await context.container({ name: 'exited', command: EXITS_AT_ONCE });
    await context.engine.remove(created, { force: false });
    await context.engine.remove(exited, { force: false });
    expect(await context.engine.exists(created)).toBe(false);
    expect(await context.engine.exists(exited)).toBe(false);
  });

  contractTest('a running container without force is refused as running, and continues', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    const error = await rejection(context.engine.remove(key, { force: false }));
    expect(error.reason).toBe('running');
    expect(error.details.status).toBe(isDocker ? 409 : 500);
    expect((await context.listed(key)).state).toBe('running');
  });

  contractTest('a paused container without force is refused as paused, and stays paused', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    await context.engine.pause(key);
    expect(await settledResult(context.engine.remove(key, { force: false }))).toBe('paused');
    expect((await context.listed(key)).state).toBe('paused');
  });

  contractTest('a paused container with force is killed without a stop timeout', { on: 'podman' }, async (context) => {
    const key = await context.container({ name: 'x' });
    await context.engine.pause(key);
    await context.engine.remove(key, { force: true });
    expect((await context.event(key, 'exit')).exitCode).toBe(137);
  });

  contractTest('a container that was unpaused first gets its stop timeout', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    await context.engine.pause(key);
    await context.engine.unpause(key);
    await context.engine.remove(key, { force: true });
    expect((await context.event(key, 'exit')).exitCode).toBe(0);
  });

  contractTest('a nonexistent container is gone', {}, async ({ engine }) => {
    const error = await rejection(engine.remove(missing, { force: true }));
    expect(error.reason).toBe('gone');
    expect(error.details.status).toBe(404);
    expect(await engine.exists(missing)).toBe(false);
  });

  contractTest('ignore=true returns 200 [] for a missing container', { on: 'podman' }, async (context) => {
    const response = await context.raw('DELETE', `/containers/${context.named('missing')}?ignore=true`);
    expect([response.status, response.json]).toEqual([200, []]);
  });

  contractTest('removed twice, the second time it is gone', {}, async (context) => {
    const key = await context.container({ name: 'x', start: false });
    await context.engine.remove(key, { force: true });
    expect(await settledResult(context.engine.remove(key, { force: true }))).toBe('gone');
  });

  contractTest('a missing container does not affect another removal', {}, async (context) => {
    const key = await context.container({ name: 'x', start: false });
    const outcomes = await Promise.all(
      [missing, key].map((each) => settledResult(context.engine.remove(each, { force: true }))),
    );
    expect(outcomes).toEqual(['gone', 'ok']);
    expect(await context.engine.exists(key)).toBe(false);
  });

  contractTest('force uses the stop signal and stop timeout', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    await context.engine.remove(key, { force: true });
    expect((await context.event(key, 'exit')).exitCode).toBe(0);
    expect(await context.engine.exists(key)).toBe(false);
  });

  contractTest('force with timeout 0 kills at once', {}, async (context) => {
    const key = await context.container({ name: 'x' });
    await context.engine.remove(key, { force: true, timeout: 0 });
    expect((await context.event(key, 'exit')).exitCode).toBe(137);
    expect(await context.engine.exists(key)).toBe(false);
  });

  contractTest('a container that ignores TERM is killed after its stop timeout', {}, async (context) => {
    const key = await context.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 1 });
    await context.engine.remove(key, { force: true });
    expect((await context.event(key, 'exit')).exitCode).toBe(137);
    expect(await context.engine.exists(key)).toBe(false);
  });

  contractTest("a given timeout overrides the container's stop timeout", {}, async (context) => {
    const key = await context.container({ name: 'x', command: IGNORES_SIGTERM, stopTimeout: 600 });
    await context.engine.remove(key, { force: true, timeout: 1 });
    expect((await context.event(key, 'exit')).exitCode).toBe(137);
  });

  contractTest('force removes a stopped container too', {}, async (context) => {
    const created = await context.container({ name: 'created', start: false });
    const exited = await context.container({ name: 'exited', command: EXITS_AT_ONCE });
    await Promise.all([created, exited].map((key) => context.engine.remove(key, { force: true })));
    expect(await context.engine.exists(created)).toBe(false);
    expect(await context.engine.exists(exited)).toBe(false);
  });

  contractTest('anonymous volumes are deleted on demand, named ones are kept', {}, async (context) => {
    const named = context.named('kept');
    const body = isDocker
      ? { Volumes: { '/anonymous': {} }, HostConfig: { Binds: [`${named}:/named`], NetworkMode: 'none' } }
      : { volumes: [{ Dest: '/anonymous' }, { Name: named, Dest: '/named' }] };
    const key = await context.create({ name: 'x', ...body }, false);
    const [anonymous] = (await context.inspect(key)).node.details?.anonymousVolumes ?? [];
    expect(await volumes(context)).toEqual(expect.arrayContaining([anonymous, named]));
    await context.engine.remove(key, { force: false, deleteVolumes: true });
    const left = await volumes(context);
    expect(left).toContain(named);
    expect(left).not.toContain(anonymous);
    await context.raw('DELETE', `/volumes/${named}`);
  });

  contractTest('without the demand, anonymous volumes are kept', {}, async (context) => {
    for (const force of [false, true]) {
      const key = await context.container({ name: `x${force}`, volumes: ['/data'], start: force });
      const [anonymous = ''] = (await context.inspect(key)).node.details?.anonymousVolumes ?? [];
      context.track(nodeKey('contract', 'volume', anonymous));
      await context.engine.remove(key, { force });
      expect(await volumes(context)).toContain(anonymous);
    }
  });

  contractTest(
    'the engine deletes the anonymous volumes of a container with --rm when it stops',
    {},
    async (context) => {
      const key = await context.create(
        isDocker
          ? {
              name: 'x',
              Cmd: EXITS_ON_SIGTERM,
              Volumes: { '/data': {} },
              HostConfig: { AutoRemove: true, NetworkMode: 'none' },
            }
          : { name: 'x', command: EXITS_ON_SIGTERM, remove: true, volumes: [{ Dest: '/data' }] },
      );
      const [anonymous = ''] = (await context.inspect(key)).node.details?.anonymousVolumes ?? [];
      expect(await volumes(context)).toContain(anonymous);
      await context.engine.stop(key);
      await context.event(key, 'remove');
      await waitFor('deleted', async () => !(await volumes(context)).includes(anonymous));
    },
  );

  contractTest('libpod ignores v=true: the anonymous volume is kept', { on: 'podman' }, async (context) => {
    const key = await context.create({ name: 'x', volumes: [{ Dest: '/anonymous' }] }, false);
    const [anonymous] = (await context.inspect(key)).node.details?.anonymousVolumes ?? [];
    await context.raw('DELETE', `/containers/${parseKey(key).id}?v=true`);
    expect(await volumes(context)).toContain(anonymous);
    await context.raw('DELETE', `/volumes/${anonymous}`);
  });

  contractTest(
    'concurrent DELETEs of one container: it is removed, and no other failure is reported',
    {},
    async (context) => {
      const key = await context.container({ name: 'x' });
      const calls = Array.from({ length: 4 }, () =>
        settledResult(context.engine.remove(key, { force: true, timeout: 1 })),
      );
      const outcomes = await Promise.all(calls);
      expect(await context.engine.exists(key)).toBe(false);
      expect(outcomes).toContain('ok');
      const allowed = byVersion({ docker: ['ok', 'gone', 'inProgress'], otherwise: ['ok', 'gone'] });
      expect(outcomes.filter((each) => !allowed.includes(each))).toEqual([]);
    },
  );

  contractTest('a removal affects no other container', {}, async (context) => {
    const other = await context.container({ name: 'other', volumes: ['/data'] });
    const key = await context.container({ name: 'x', volumes: ['/data'] });
    await context.engine.remove(key, { force: true });
    expect((await context.listed(other)).state).toBe('running');
    const [volume] = (await context.inspect(other)).node.details?.anonymousVolumes ?? [];
    expect(await volumes(context)).toContain(volume);
  });

  contractTest('a container with --rm is removed when it is stopped', {}, async (context) => {
    const key = await context.create(
      isDocker
        ? { name: 'x', Cmd: EXITS_ON_SIGTERM, HostConfig: { AutoRemove: true, NetworkMode: 'none' } }
        : { name: 'x', command: EXITS_ON_SIGTERM, remove: true },
    );
    await context.engine.stop(key);
    await context.event(key, 'remove');
    expect(await context.engine.exists(key)).toBe(false);
  });

  contractTest('a forced removal of a container with --rm succeeds', {}, async (context) => {
    const key = await context.create(
      isDocker
        ? { name: 'x', Cmd: EXITS_ON_SIGTERM, HostConfig: { AutoRemove: true, NetworkMode: 'none' } }
        : { name: 'x', command: EXITS_ON_SIGTERM, remove: true },
    );
    expect(['ok', 'gone']).toContain(await settledResult(context.engine.remove(key, { force: true })));
    await waitFor('gone', async () => !(await context.engine.exists(key)));
  });
}
