import { expect } from 'vitest';
import { parseKey, type NodeKey, nodeKey, type VolumeNode } from '../../../src/graph/model/model';
import { type ContractContext, contractTest, rejection, settledResult } from './lab';
import { byVersion, isDocker } from './line';

const keyOf = (name: string) => nodeKey('contract', 'volume', name);

/** A new container with an anonymous volume. */
async function usedBy(
  lab: ContractContext,
  name: string,
): Promise<{ readonly container: NodeKey; readonly volume: NodeKey }> {
  const container = await lab.container({ name, volumes: ['/data'], start: false });
  const [volume = ''] = (await lab.inspect(container)).node.details?.anonymousVolumes ?? [];
  return { container, volume: lab.track(keyOf(volume)) };
}

/** An anonymous volume whose container was removed: by default neither engine removes it. */
async function leftOver(lab: ContractContext, name: string): Promise<NodeKey> {
  const { container, volume } = await usedBy(lab, name);
  await lab.raw('DELETE', `/containers/${parseKey(container).id}`);
  return volume;
}

/** Created explicitly; without a name, the engine generates one. */
async function made(
  lab: ContractContext,
  spec: { readonly Name?: string; readonly Labels?: object },
): Promise<NodeKey> {
  const { json } = await lab.raw('POST', '/volumes/create', spec);
  return lab.track(keyOf((json as { Name: string }).Name));
}

async function listed(lab: ContractContext, key: NodeKey): Promise<VolumeNode | undefined> {
  return (await lab.engine.listVolumes()).find((volume) => volume.key === key);
}

export function volumes(): void {
  contractTest('the anonymous volume of a removed container is listed with its creation time', {}, async (lab) => {
    const key = await leftOver(lab, 'x');
    const name = parseKey(key).id;
    expect(await listed(lab, key)).toMatchObject({
      kind: 'volume',
      id: name,
      name,
      createdAt: expect.any(Number) as number,
    });
  });

  contractTest('volumes in use and named volumes are not listed', {}, async (lab) => {
    const { volume } = await usedBy(lab, 'keeper');
    const named = await made(lab, { Name: lab.named('kept'), Labels: { 'com.docker.volume.anonymous': '' } });
    expect(await lab.engine.exists(named)).toBe(true);
    expect(await listed(lab, volume)).toBeUndefined();
    expect(await listed(lab, named)).toBeUndefined();
  });

  contractTest('a volume created without a name is anonymous on Docker and Podman 6', {}, async (lab) => {
    const key = await made(lab, {});
    const isListed = byVersion({ docker: true, 'podman-6': true, otherwise: false });
    expect((await listed(lab, key)) !== undefined).toBe(isListed);
  });

  contractTest('a removed volume is gone', {}, async (lab) => {
    const key = await leftOver(lab, 'x');
    expect(await lab.engine.exists(key)).toBe(true);
    await lab.engine.remove(key, { force: false });
    expect(await lab.engine.exists(key)).toBe(false);
    expect(await listed(lab, key)).toBeUndefined();
    expect(await settledResult(lab.engine.remove(key, { force: false }))).toBe('gone');
  });

  contractTest('of concurrent removals one succeeds, the others are gone', {}, async (lab) => {
    const key = await leftOver(lab, 'x');
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => settledResult(lab.engine.remove(key, { force: false }))));
    expect(outcomes.sort()).toEqual(['gone', 'gone', 'gone', 'ok']);
  });

  contractTest('a volume in use is refused with and without force, and its container is kept', {}, async (lab) => {
    const key = await leftOver(lab, 'x');
    const name = parseKey(key).id;
    const spec = isDocker
      ? { HostConfig: { Binds: [`${name}:/again`], NetworkMode: 'none' } }
      : { volumes: [{ Name: name, Dest: '/again' }] };
    const user = await lab.create({ name: 'user', ...spec }, false);
    for (const force of [false, true]) {
      const error = await rejection(lab.engine.remove(key, { force, timeout: 0 }));
      expect([error.reason, error.details.status]).toEqual(['inUse', 409]);
    }
    expect(await lab.engine.exists(user)).toBe(true);
    expect(await lab.engine.exists(key)).toBe(true);
    expect((await lab.inspect(user)).node.details?.anonymousVolumes).toEqual([name]);
  });
}
