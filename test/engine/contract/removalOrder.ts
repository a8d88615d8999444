import { expect } from 'vitest';
import { parseKey } from '../../../src/graph/model/model';
import { contractTest, settledResult, rejection } from './contractContext';

/** DELETE for containers and pods with dependencies, and for many at once. */
export function removalOrder(): void {
  for (const force of [false, true]) {
    const how = force ? 'with force' : 'without force';
    contractTest(`a container with dependents is refused ${how}, with their ids`, { on: 'podman' }, async (context) => {
      const base = await context.container({ name: 'base', start: false });
      const one = await context.container({ name: 'one', network: 'base', start: false });
      const two = await context.container({ name: 'two', requires: ['base'], start: false });
      const error = await rejection(context.engine.remove(base, { force }));
      expect(error.reason).toBe('hasDependents');
      expect([...(error.details.dependents ?? [])].sort()).toEqual([one, two].sort());
      expect(await context.engine.exists(base)).toBe(true);
    });

    contractTest(
      `an infra container is refused ${how}: it is removed with its pod`,
      { on: 'podman' },
      async (context) => {
        const pod = await context.pod('shop');
        const [infra] = await context.engine.listAttached(pod);
        expect(await settledResult(context.engine.remove(infra!.key, { force }))).toBe('infraContainer');
        expect(await context.engine.exists(infra!.key)).toBe(true);
      },
    );
  }

  contractTest(
    'a container with running dependents is removed: the caller must order',
    { on: 'docker' },
    async (context) => {
      const base = await context.container({ name: 'base' });
      const dependent = await context.container({ name: 'dependent', network: 'base' });
      await context.engine.remove(base, { force: true });
      expect(await context.engine.exists(base)).toBe(false);
      expect((await context.listed(dependent)).state).toBe('running');
    },
  );

  contractTest('dependents are attached to a container', { on: 'docker' }, async (context) => {
    const base = await context.container({ name: 'base', volumes: ['/data'] });
    const net = await context.container({ name: 'net', network: 'base' });
    const pid = await context.container({ name: 'pid', pid: 'base', start: false });
    await context.container({ name: 'soft', volumesFrom: ['base'], start: false });
    await context.container({ name: 'far', network: 'net', start: false });
    const keys = async () => (await context.engine.listAttached(base)).map((node) => node.key).sort();
    expect(await keys()).toEqual([net, pid].sort());
    const late = await context.container({ name: 'late', ipc: 'base', start: false });
    expect(await keys()).toEqual([net, pid, late].sort());
  });

  contractTest(
    'nothing is attached to a container if the engine refuses such removals',
    { on: 'podman' },
    async (context) => {
      const base = await context.container({ name: 'base', start: false });
      await context.container({ name: 'dependent', network: 'base', start: false });
      expect(await context.engine.listAttached(base)).toEqual([]);
    },
  );

  contractTest('a dependent and then its dependency are removed', {}, async (context) => {
    const base = await context.container({ name: 'base' });
    const dependent = await context.container({ name: 'dependent', network: 'base' });
    await context.engine.remove(dependent, { force: true });
    expect((await context.listed(base)).state).toBe('running');
    await context.engine.remove(base, { force: true });
    expect(await context.engine.exists(base)).toBe(false);
  });

  contractTest('a chain of ten is removed, dependents first', {}, async (context) => {
    const keys = [await context.container({ name: 'n0', start: false })];
    for (let link = 1; link < 10; link++) {
      keys.unshift(await context.container({ name: `n${link}`, network: `n${link - 1}`, start: false }));
    }
    for (const key of keys) await context.engine.remove(key, { force: true });
    expect((await context.engine.listContainers()).filter((node) => keys.includes(node.key))).toEqual([]);
  });

  contractTest('a dozen independent containers are removed concurrently', {}, async (context) => {
    const names = Array.from({ length: 12 }, (_, n) => `n${n}`);
    const keys = await Promise.all(names.map((name) => context.container({ name, start: false })));
    const outcomes = await Promise.all(keys.map((key) => settledResult(context.engine.remove(key, { force: true }))));
    expect(new Set(outcomes)).toEqual(new Set(['ok']));
    expect((await context.engine.listContainers()).filter((node) => keys.includes(node.key))).toEqual([]);
  });

  // On 5.4 to 6.1 the base of a diamond sometimes remains after a 200 that lists it.
  contractTest(
    'a response to depend=true is verified by a list, and the rest is removed in order',
    { on: 'podman' },
    async (context) => {
      const base = await context.container({ name: 'base' });
      const left = await context.container({ name: 'left', network: 'base' });
      const right = await context.container({ name: 'right', pid: 'base' });
      const top = await context.container({ name: 'top', requires: ['left', 'right'] });
      const keys = [top, left, right, base];
      await context.raw('DELETE', `/containers/${parseKey(base).id}?force=true&depend=true&timeout=0`);
      const listed = (await context.engine.listContainers())
        .map((node) => node.key)
        .filter((key) => keys.includes(key));
      const existing = await Promise.all(keys.map(async (key) => ((await context.engine.exists(key)) ? [key] : [])));
      expect(existing.flat().sort()).toEqual([...listed].sort());
      for (const key of keys.filter((each) => listed.includes(each))) {
        expect(await settledResult(context.engine.remove(key, { force: true, timeout: 0 }))).toBe('ok');
      }
      expect((await context.engine.listContainers()).filter((node) => keys.includes(node.key))).toEqual([]);
    },
  );
}
