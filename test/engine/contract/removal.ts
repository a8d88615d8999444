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

  for (const force of [false, true]) {
    const how = force ? 'with force' : 'without force';
    fact(`a base with dependents is refused ${how}, its dependents named by id`, { on: 'podman' }, async (lab) => {
      const base = await lab.container({ name: 'base', start: false });
      const one = await lab.container({ name: 'one', network: 'base', start: false });
      const two = await lab.container({ name: 'two', requires: ['base'], start: false });
      const error = await rejection(lab.engine.remove(base, { force }));
      expect(error.reason).toBe('hasDependents');
      expect([...(error.more.dependents ?? [])].sort()).toEqual([one, two].sort());
      expect(await lab.engine.exists(base)).toBe(true);
    });

    fact(`an infra container is refused ${how}: it goes with its pod`, { on: 'podman' }, async (lab) => {
      const pod = await lab.pod('shop');
      const [infra] = await lab.engine.attached(pod);
      expect(await outcome(lab.engine.remove(infra!.key, { force }))).toBe('isInfra');
      expect(await lab.engine.exists(infra!.key)).toBe(true);
    });
  }

  fact('a base goes from under its running dependents: order is ours alone', { on: 'docker' }, async (lab) => {
    const base = await lab.container({ name: 'base' });
    const dependent = await lab.container({ name: 'dependent', network: 'base' });
    await lab.engine.remove(base, { force: true });
    expect(await lab.engine.exists(base)).toBe(false);
    expect((await lab.listed(dependent)).state).toBe('running');
  });

  fact('what hangs on a base is asked for before it goes', { on: 'docker' }, async (lab) => {
    const base = await lab.container({ name: 'base', volumes: ['/data'] });
    const net = await lab.container({ name: 'net', network: 'base' });
    const pid = await lab.container({ name: 'pid', pid: 'base', start: false });
    await lab.container({ name: 'soft', volumesFrom: ['base'], start: false });
    await lab.container({ name: 'far', network: 'net', start: false });
    const keys = async () => (await lab.engine.attached(base)).map((node) => node.key).sort();
    expect(await keys()).toEqual([net, pid].sort());
    const late = await lab.container({ name: 'late', ipc: 'base', start: false });
    expect(await keys()).toEqual([net, pid, late].sort());
  });

  fact('what hangs on a container need not be asked for where the engine refuses', { on: 'podman' }, async (lab) => {
    const base = await lab.container({ name: 'base', start: false });
    await lab.container({ name: 'dependent', network: 'base', start: false });
    expect(await lab.engine.attached(base)).toEqual([]);
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

  fact('a dependent and then its base, in this order, both go', {}, async (lab) => {
    const base = await lab.container({ name: 'base' });
    const dependent = await lab.container({ name: 'dependent', network: 'base' });
    await lab.engine.remove(dependent, { force: true });
    expect((await lab.listed(base)).state).toBe('running');
    await lab.engine.remove(base, { force: true });
    expect(await lab.engine.exists(base)).toBe(false);
  });

  fact('a chain of ten goes, dependents first', {}, async (lab) => {
    const keys = [await lab.container({ name: 'n0', start: false })];
    for (let link = 1; link < 10; link++) {
      keys.unshift(await lab.container({ name: `n${link}`, network: `n${link - 1}`, start: false }));
    }
    for (const key of keys) await lab.engine.remove(key, { force: true });
    expect((await lab.engine.listContainers()).filter((node) => keys.includes(node.key))).toEqual([]);
  });

  fact('a dozen loose containers go at once', {}, async (lab) => {
    const names = Array.from({ length: 12 }, (_, n) => `n${n}`);
    const keys = await Promise.all(names.map((name) => lab.container({ name, start: false })));
    const outcomes = await Promise.all(keys.map((key) => outcome(lab.engine.remove(key, { force: true }))));
    expect(new Set(outcomes)).toEqual(new Set(['ok']));
    expect((await lab.engine.listContainers()).filter((node) => keys.includes(node.key))).toEqual([]);
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

  // On 5.4 to 6.1 the base of a diamond is now and then still there after a 200 that lists it.
  fact(
    'an answer to depend=true is not proof: the list is, and what it holds goes in order',
    { on: 'podman' },
    async (lab) => {
      const base = await lab.container({ name: 'base' });
      const left = await lab.container({ name: 'left', network: 'base' });
      const right = await lab.container({ name: 'right', pid: 'base' });
      const top = await lab.container({ name: 'top', requires: ['left', 'right'] });
      const keys = [top, left, right, base];
      await lab.raw('DELETE', `/containers/${keyParts(base).id}?force=true&depend=true&timeout=0`);
      const listed = (await lab.engine.listContainers()).map((node) => node.key).filter((key) => keys.includes(key));
      const existing = await Promise.all(keys.map(async (key) => ((await lab.engine.exists(key)) ? [key] : [])));
      expect(existing.flat().sort()).toEqual([...listed].sort());
      for (const key of keys.filter((each) => listed.includes(each))) {
        expect(await outcome(lab.engine.remove(key, { force: true, timeout: 0 }))).toBe('ok');
      }
      expect((await lab.engine.listContainers()).filter((node) => keys.includes(node.key))).toEqual([]);
    },
  );
}
