import { expect } from 'vitest';
import { parseKey } from '../../../src/graph/model/model';
import { contractTest, settledResult, rejection } from './lab';

/** DELETE for containers and pods with dependencies, and for many at once. */
export function removalOrder(): void {
  for (const force of [false, true]) {
    const how = force ? 'with force' : 'without force';
    contractTest(`a container with dependents is refused ${how}, with their ids`, { on: 'podman' }, async (lab) => {
      const base = await lab.container({ name: 'base', start: false });
      const one = await lab.container({ name: 'one', network: 'base', start: false });
      const two = await lab.container({ name: 'two', requires: ['base'], start: false });
      const error = await rejection(lab.engine.remove(base, { force }));
      expect(error.reason).toBe('hasDependents');
      expect([...(error.details.dependents ?? [])].sort()).toEqual([one, two].sort());
      expect(await lab.engine.exists(base)).toBe(true);
    });

    contractTest(`an infra container is refused ${how}: it is removed with its pod`, { on: 'podman' }, async (lab) => {
      const pod = await lab.pod('shop');
      const [infra] = await lab.engine.listAttached(pod);
      expect(await settledResult(lab.engine.remove(infra!.key, { force }))).toBe('infraContainer');
      expect(await lab.engine.exists(infra!.key)).toBe(true);
    });
  }

  contractTest(
    'a container with running dependents is removed: the caller must order',
    { on: 'docker' },
    async (lab) => {
      const base = await lab.container({ name: 'base' });
      const dependent = await lab.container({ name: 'dependent', network: 'base' });
      await lab.engine.remove(base, { force: true });
      expect(await lab.engine.exists(base)).toBe(false);
      expect((await lab.listed(dependent)).state).toBe('running');
    },
  );

  contractTest('dependents are attached to a container', { on: 'docker' }, async (lab) => {
    const base = await lab.container({ name: 'base', volumes: ['/data'] });
    const net = await lab.container({ name: 'net', network: 'base' });
    const pid = await lab.container({ name: 'pid', pid: 'base', start: false });
    await lab.container({ name: 'soft', volumesFrom: ['base'], start: false });
    await lab.container({ name: 'far', network: 'net', start: false });
    const keys = async () => (await lab.engine.listAttached(base)).map((node) => node.key).sort();
    expect(await keys()).toEqual([net, pid].sort());
    const late = await lab.container({ name: 'late', ipc: 'base', start: false });
    expect(await keys()).toEqual([net, pid, late].sort());
  });

  contractTest(
    'nothing is attached to a container if the engine refuses such removals',
    { on: 'podman' },
    async (lab) => {
      const base = await lab.container({ name: 'base', start: false });
      await lab.container({ name: 'dependent', network: 'base', start: false });
      expect(await lab.engine.listAttached(base)).toEqual([]);
    },
  );

  contractTest('a dependent and then its dependency are removed', {}, async (lab) => {
    const base = await lab.container({ name: 'base' });
    const dependent = await lab.container({ name: 'dependent', network: 'base' });
    await lab.engine.remove(dependent, { force: true });
    expect((await lab.listed(base)).state).toBe('running');
    await lab.engine.remove(base, { force: true });
    expect(await lab.engine.exists(base)).toBe(false);
  });

  contractTest('a chain of ten is removed, dependents first', {}, async (lab) => {
    const keys = [await lab.container({ name: 'n0', start: false })];
    for (let link = 1; link < 10; link++) {
      keys.unshift(await lab.container({ name: `n${link}`, network: `n${link - 1}`, start: false }));
    }
    for (const key of keys) await lab.engine.remove(key, { force: true });
    expect((await lab.engine.listContainers()).filter((node) => keys.includes(node.key))).toEqual([]);
  });

  contractTest('a dozen independent containers are removed concurrently', {}, async (lab) => {
    const names = Array.from({ length: 12 }, (_, n) => `n${n}`);
    const keys = await Promise.all(names.map((name) => lab.container({ name, start: false })));
    const outcomes = await Promise.all(keys.map((key) => settledResult(lab.engine.remove(key, { force: true }))));
    expect(new Set(outcomes)).toEqual(new Set(['ok']));
    expect((await lab.engine.listContainers()).filter((node) => keys.includes(node.key))).toEqual([]);
  });

  // On 5.4 to 6.1 the base of a diamond sometimes remains after a 200 that lists it.
  contractTest(
    'a response to depend=true is verified by a list, and the rest is removed in order',
    { on: 'podman' },
    async (lab) => {
      const base = await lab.container({ name: 'base' });
      const left = await lab.container({ name: 'left', network: 'base' });
      const right = await lab.container({ name: 'right', pid: 'base' });
      const top = await lab.container({ name: 'top', requires: ['left', 'right'] });
      const keys = [top, left, right, base];
      await lab.raw('DELETE', `/containers/${parseKey(base).id}?force=true&depend=true&timeout=0`);
      const listed = (await lab.engine.listContainers()).map((node) => node.key).filter((key) => keys.includes(key));
      const existing = await Promise.all(keys.map(async (key) => ((await lab.engine.exists(key)) ? [key] : [])));
      expect(existing.flat().sort()).toEqual([...listed].sort());
      for (const key of keys.filter((each) => listed.includes(each))) {
        expect(await settledResult(lab.engine.remove(key, { force: true, timeout: 0 }))).toBe('ok');
      }
      expect((await lab.engine.listContainers()).filter((node) => keys.includes(node.key))).toEqual([]);
    },
  );
}
