import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { waitFor } from '../../../scripts/waitFor';
import { parseKey, type NodeKey, nodeKey } from '../../../src/graph/model/model';
import { danglingAmong, type VolumeNode } from '../../../src/graph/model/resources';
import { type ContractContext, contractTest, rejection, settledResult } from './lab';
import { byVersion, isDemo, isDocker } from './engineVersion';

const keyOf = (name: string) => nodeKey('contract', 'volume', name);

/** A new container with an anonymous volume. */
async function usedBy(
  context: ContractContext,
  name: string,
): Promise<{ readonly container: NodeKey; readonly volume: NodeKey }> {
  const container = await context.container({ name, volumes: ['/data'], start: false });
  const [volume = ''] = (await context.inspect(container)).node.details?.anonymousVolumes ?? [];
  return { container, volume: context.track(keyOf(volume)) };
}

/** An anonymous volume whose container was removed: by default neither engine removes it. */
async function leftOver(context: ContractContext, name: string): Promise<NodeKey> {
  const { container, volume } = await usedBy(context, name);
  await context.raw('DELETE', `/containers/${parseKey(container).id}`);
  return volume;
}

/** Created explicitly; without a name, the engine generates one. */
async function made(
  context: ContractContext,
  spec: { readonly Name?: string; readonly Labels?: object },
): Promise<NodeKey> {
  const { json } = await context.raw('POST', '/volumes/create', spec);
  return context.track(keyOf((json as { Name: string }).Name));
}

async function listed(context: ContractContext, key: NodeKey): Promise<VolumeNode | undefined> {
  return danglingAmong(await context.engine.listVolumes()).find((volume) => volume.key === key);
}

/** Reads the whole volume. */
async function read(context: ContractContext, container: NodeKey, volume: NodeKey): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await context.engine.readVolume(container, parseKey(volume).id, {
    signal: new AbortController().signal,
    onChunk: async (chunk) => void chunks.push(chunk),
  });
  return Buffer.concat(chunks);
}

/** The SHA-256 of each file in a tar, by its last path segment. */
function filesIn(tar: Buffer): Record<string, string> {
  const files: Record<string, string> = {};
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const text = (from: number, length: number) =>
      tar.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = parseInt(text(124, 12), 8);
    const content = tar.subarray(at + 512, at + 512 + size);
    if (text(156, 1) === '0') files[text(0, 100).split('/').pop() ?? ''] = sha256(content);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

export function volumes(): void {
  contractTest('a volume is read as a complete tar, of a running and of a stopped container', {}, async (context) => {
    const script = '/busybox yes podgraph | /busybox head -c 3000000 > /data/big; /busybox echo ok > /data/last; ';
    const command = ['/busybox', 'sh', '-c', `${script} exec /busybox sleep 1000`];
    const container = await context.container({ name: 'x', volumes: ['/data'], command, stopTimeout: 0 });
    const [volume = ''] = (await context.inspect(container)).node.details?.anonymousVolumes ?? [];
    const big = Buffer.from('podgraph\n'.repeat(400_000)).subarray(0, 3_000_000);
    const expected = isDemo ? { name: sha256(`${volume}\n`) } : { big: sha256(big), last: sha256('ok\n') };
    await waitFor('written', async () => 'last' in filesIn(await read(context, container, keyOf(volume))) || isDemo);
    for (const stops of [false, true]) {
      if (stops) await context.engine.stop(container);
      const tar = await read(context, container, keyOf(volume));
      expect(filesIn(tar)).toEqual(expected);
      expect([tar.length % 512, tar.subarray(-1024).some((byte) => byte !== 0)]).toEqual([0, false]);
    }
    const unmounted = context.engine.readVolume(container, 'other', {
      signal: new AbortController().signal,
      onChunk: async () => undefined,
    });
    expect(await settledResult(unmounted)).toBe('gone');
  });

  contractTest('the anonymous volume of a removed container is listed with its creation time', {}, async (context) => {
    const key = await leftOver(context, 'x');
    const name = parseKey(key).id;
    expect(await listed(context, key)).toMatchObject({
      kind: 'volume',
      id: name,
      name,
      createdAt: expect.any(Number) as number,
    });
  });

  contractTest('volumes in use and named volumes are not dangling', {}, async (context) => {
    const { volume } = await usedBy(context, 'keeper');
    const named = await made(context, { Name: context.named('kept'), Labels: { 'com.docker.volume.anonymous': '' } });
    expect(await context.engine.exists(named)).toBe(true);
    expect(await listed(context, volume)).toBeUndefined();
    expect(await listed(context, named)).toBeUndefined();
  });

  contractTest('a volume created without a name is anonymous on Docker and Podman 6', {}, async (context) => {
    const key = await made(context, {});
    const isListed = byVersion({ docker: true, 'podman-6': true, otherwise: false });
    expect((await listed(context, key)) !== undefined).toBe(isListed);
  });

  contractTest('a removed volume is gone', {}, async (context) => {
    const key = await leftOver(context, 'x');
    expect(await context.engine.exists(key)).toBe(true);
    await context.engine.remove(key, { force: false });
    expect(await context.engine.exists(key)).toBe(false);
    expect(await listed(context, key)).toBeUndefined();
    expect(await settledResult(context.engine.remove(key, { force: false }))).toBe('gone');
  });

  contractTest('of concurrent removals one succeeds, the others are gone', {}, async (context) => {
    const key = await leftOver(context, 'x');
    const outcomes = await Promise.all(
      [1, 2, 3, 4].map(() => settledResult(context.engine.remove(key, { force: false }))),
    );
    expect(outcomes.sort()).toEqual(['gone', 'gone', 'gone', 'ok']);
  });

  contractTest('a volume in use is refused with and without force, and its container is kept', {}, async (context) => {
    const key = await leftOver(context, 'x');
    const name = parseKey(key).id;
    const spec = isDocker
      ? { HostConfig: { Binds: [`${name}:/again`], NetworkMode: 'none' } }
      : { volumes: [{ Name: name, Dest: '/again' }] };
    const user = await context.create({ name: 'user', ...spec }, false);
    for (const force of [false, true]) {
      const error = await rejection(context.engine.remove(key, { force, timeout: 0 }));
      expect([error.reason, error.details.status]).toEqual(['inUse', 409]);
    }
    expect(await context.engine.exists(user)).toBe(true);
    expect(await context.engine.exists(key)).toBe(true);
    expect((await context.inspect(user)).node.details?.anonymousVolumes).toEqual([name]);
  });
}
