import { expect } from 'vitest';
import { keyParts, nodeKey } from '../../../src/graph/model';
import { BRIEF, fact, outcome, QUICK, rejection, STUBBORN } from './lab';
import type { Lab } from './lab';
import { byLine, isDocker } from './line';

const nobody = nodeKey('contract', 'container', 'f'.repeat(64));

async function volumes(lab: Lab): Promise<readonly string[]> {
  const { json } = await lab.raw('GET', isDocker ? '/volumes' : '/volumes/json');
  const list = isDocker ? (json as { Volumes: unknown }).Volumes : json;
  return ((list ?? []) as { Name: string }[]).map(({ Name }) => Name);
}

/** What DELETE answers for containers. */
export function removal(): void {
  fact('a created and an exited container go without force', {}, async (lab) => {
    const created = await lab.container({ name: 'created', start: false });
    const exited = await lab.container({ name: 'exited', command: BRIEF });
    await lab.engine.remove(created, { force: false });
    await lab.engine.remove(exited, { force: false });
    expect(await lab.engine.exists(created)).toBe(false);
    expect(await lab.engine.exists(exited)).toBe(false);
  });

  fact('a running container without force is refused as running, and runs on', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    const error = await rejection(lab.engine.remove(key, { force: false }));
    expect(error.reason).toBe('running');
    expect(error.more.status).toBe(isDocker ? 409 : 500);
    expect((await lab.listed(key)).state).toBe('running');
  });

  fact('a paused container without force is refused as paused, and stays paused', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.pause(key);
    expect(await outcome(lab.engine.remove(key, { force: false }))).toBe('paused');
    expect((await lab.listed(key)).state).toBe('paused');
  });

  fact('a paused container with force is killed without grace', { on: 'podman' }, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.pause(key);
    await lab.engine.remove(key, { force: true });
    expect((await lab.event(key, 'died')).exitCode).toBe(137);
  });

  fact('unpaused first, a paused container gets its grace', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.pause(key);
    await lab.engine.unpause(key);
    await lab.engine.remove(key, { force: true });
    expect((await lab.event(key, 'died')).exitCode).toBe(0);
  });

  fact('what was never there is gone', {}, async ({ engine }) => {
    const error = await rejection(engine.remove(nobody, { force: true }));
    expect(error.reason).toBe('gone');
    expect(error.more.status).toBe(404);
    expect(await engine.exists(nobody)).toBe(false);
  });

  fact('ignore=true makes 200 [] of a missing container', { on: 'podman' }, async (lab) => {
    const answer = await lab.raw('DELETE', `/containers/${lab.named('nobody')}?ignore=true`);
    expect([answer.status, answer.json]).toEqual([200, []]);
  });

  fact('removed twice, the second time it is gone', {}, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    await lab.engine.remove(key, { force: true });
    expect(await outcome(lab.engine.remove(key, { force: true }))).toBe('gone');
  });

  fact('a missing one beside a good one: the good one goes', {}, async (lab) => {
    const key = await lab.container({ name: 'x', start: false });
    const outcomes = await Promise.all([nobody, key].map((each) => outcome(lab.engine.remove(each, { force: true }))));
    expect(outcomes).toEqual(['gone', 'ok']);
    expect(await lab.engine.exists(key)).toBe(false);
  });

  fact('force gives a running container its stop signal and its grace', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.remove(key, { force: true });
    expect((await lab.event(key, 'died')).exitCode).toBe(0);
    expect(await lab.engine.exists(key)).toBe(false);
  });

  fact('force with timeout 0 kills at once', {}, async (lab) => {
    const key = await lab.container({ name: 'x' });
    await lab.engine.remove(key, { force: true, timeout: 0 });
    expect((await lab.event(key, 'died')).exitCode).toBe(137);
    expect(await lab.engine.exists(key)).toBe(false);
  });

  fact('what ignores TERM is killed after its own grace', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: STUBBORN, stopTimeout: 1 });
    await lab.engine.remove(key, { force: true });
    expect((await lab.event(key, 'died')).exitCode).toBe(137);
    expect(await lab.engine.exists(key)).toBe(false);
  });

  fact('a given timeout wins over the own grace of a container', {}, async (lab) => {
    const key = await lab.container({ name: 'x', command: STUBBORN, stopTimeout: 600 });
    await lab.engine.remove(key, { force: true, timeout: 1 });
    expect((await lab.event(key, 'died')).exitCode).toBe(137);
  });

  fact('force takes a container that does not run just the same', {}, async (lab) => {
    const created = await lab.container({ name: 'created', start: false });
    const exited = await lab.container({ name: 'exited', command: BRIEF });
    await Promise.all([created, exited].map((key) => lab.engine.remove(key, { force: true })));
    expect(await lab.engine.exists(created)).toBe(false);
    expect(await lab.engine.exists(exited)).toBe(false);
  });

  fact('anonymous volumes go along, named ones stay', {}, async (lab) => {
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

  fact('libpod ignores v=true: the anonymous volume stays', { on: 'podman' }, async (lab) => {
    const key = await lab.create({ name: 'x', volumes: [{ Dest: '/anonymous' }] }, false);
    const [anonymous] = (await lab.inspect(key)).node.details?.anonymousVolumes ?? [];
    await lab.raw('DELETE', `/containers/${keyParts(key).id}?v=true`);
    expect(await volumes(lab)).toContain(anonymous);
    await lab.raw('DELETE', `/volumes/${anonymous}`);
  });

  fact(
    'several DELETEs of one container at once: it goes, and nobody is told a failure that is one',
    {},
    async (lab) => {
      const key = await lab.container({ name: 'x' });
      const calls = Array.from({ length: 4 }, () => outcome(lab.engine.remove(key, { force: true, timeout: 1 })));
      const outcomes = await Promise.all(calls);
      expect(await lab.engine.exists(key)).toBe(false);
      expect(outcomes).toContain('ok');
      const allowed = byLine({ docker: ['ok', 'gone', 'inProgress'], otherwise: ['ok', 'gone'] });
      expect(outcomes.filter((each) => !allowed.includes(each))).toEqual([]);
    },
  );

  fact('one removal leaves everything else alone', {}, async (lab) => {
    const other = await lab.container({ name: 'other', volumes: ['/data'] });
    const key = await lab.container({ name: 'x', volumes: ['/data'] });
    await lab.engine.remove(key, { force: true });
    expect((await lab.listed(other)).state).toBe('running');
    const [volume] = (await lab.inspect(other)).node.details?.anonymousVolumes ?? [];
    expect(await volumes(lab)).toContain(volume);
  });

  fact('a container with --rm goes by itself when it is stopped', {}, async (lab) => {
    const key = await lab.create(
      isDocker
        ? { name: 'x', Cmd: QUICK, HostConfig: { AutoRemove: true, NetworkMode: 'none' } }
        : { name: 'x', command: QUICK, remove: true },
    );
    await lab.engine.stop(key);
    await lab.event(key, 'remove');
    expect(await lab.engine.exists(key)).toBe(false);
  });

  fact('forced removal of a container with --rm ends in its absence', {}, async (lab) => {
    const key = await lab.create(
      isDocker
        ? { name: 'x', Cmd: QUICK, HostConfig: { AutoRemove: true, NetworkMode: 'none' } }
        : { name: 'x', command: QUICK, remove: true },
    );
    expect(['ok', 'gone']).toContain(await outcome(lab.engine.remove(key, { force: true })));
    await lab.until('gone', async () => !(await lab.engine.exists(key)));
  });
}
