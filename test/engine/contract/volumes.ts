import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { waitFor } from '../../../scripts/waitFor';
import { parseKey, type NodeKey, nodeKey } from '../../../src/graph/model/model';
import { danglingAmong, type VolumeNode } from '../../../src/graph/model/resources';
import { type ContractContext, contractTest, rejection, settledResult } from './contractContext';
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

/** Inspect output of a volume, and of a network and an image on a real engine. */
async function inspectsResources(context: ContractContext): Promise<void> {
  const volume = await made(context, { Name: context.named('data') });
  expect(await context.engine.inspectRaw(volume)).toMatchObject({ Name: parseKey(volume).id });
  expect(await settledResult(context.engine.inspectRaw(keyOf(context.named('missing'))))).toBe('gone');
  if (isDemo) return;
  for (const { key, name } of [...(await context.engine.listNetworks()), ...(await context.engine.listImages())]) {
    const text = JSON.stringify(await context.engine.inspectRaw(key));
    expect(text).toContain(name);
  }
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

/** An entry of a tar without its modification time if it is the mount itself, which Docker does not set. */
interface TarEntry {
  readonly mode: string;
  /** `7:8` */
  readonly owner: string;
  /** Seconds since the epoch. */
  readonly modified: number;
  readonly link: string;
  readonly sha256: string;
}

/** The entries of a tar by path. */
function entriesOf(tar: Buffer): Record<string, TarEntry> {
  const entries: Record<string, TarEntry> = {};
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const text = (from: number, length: number) =>
      tar.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
    const number = (from: number, length: number) => parseInt(text(from, length), 8);
    const size = number(124, 12);
    const content = tar.subarray(at + 512, at + 512 + size);
    const name = text(0, 100).replace(/^\.\//, '').replace(/\/$/, '');
    entries[name] = {
      mode: `${text(156, 1)} ${(number(100, 8) & 0o7777).toString(8)}`,
      owner: `${number(108, 8)}:${number(116, 8)}`,
      modified: name === '' ? 0 : number(136, 12),
      link: text(157, 100).replace(/^\.\//, ''),
      sha256: sha256(content),
    };
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}

/** The SHA-256 of each file in a tar. */
function filesIn(tar: Buffer): Record<string, string> {
  const files = Object.entries(entriesOf(tar)).filter(([, { mode }]) => mode.startsWith('0'));
  return Object.fromEntries(files.map(([name, entry]) => [name, entry.sha256]));
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

export function volumes(): void {
  contractTest('inspect output of volumes, networks and images is complete', {}, inspectsResources);

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

  contractTest('a tar is extracted into the volume of a container that was created again', {}, async (context) => {
    const files = [
      '/busybox yes podgraph | /busybox head -c 3000000 > /data/big',
      '/busybox mkdir -m 750 -p /data/dir/empty',
      '/busybox echo own > /data/dir/own',
      '/busybox chown 7:8 /data/dir/own /data/dir',
      '/busybox chmod 4711 /data/dir/own',
      '/busybox ln -s ../big /data/dir/link',
      '/busybox ln /data/big /data/same',
      "/busybox touch -d '2001-02-03 04:05:06' /data/big /data/dir/own /data/dir/empty /data/dir /data",
      '/busybox echo ok > /data/last',
      "/busybox touch -d '2001-02-03 04:05:06' /data",
    ];
    const command = ['/busybox', 'sh', '-c', `[ -e /data/last ] || { ${files.join('; ')}; }; exec /busybox sleep 1000`];
    const first = await context.container({ name: 'db', volumes: ['/data'], command, stopTimeout: 0 });
    const volumeOf = async (key: NodeKey) => (await context.inspect(key)).node.details?.anonymousVolumes[0] ?? '';
    const former = keyOf(await volumeOf(first));
    await waitFor('written', async () => isDemo || 'last' in filesIn(await read(context, first, former)));
    await context.engine.stop(first);
    const saved = await read(context, first, former);
    const recipe = await context.engine.readRecipe(first);
    await context.engine.remove(first, { force: false, deleteVolumes: true });
    const { id } = await context.engine.createFromRecipe(recipe, (one) => one);
    const again = context.track(nodeKey('contract', 'container', id));
    const present = keyOf(await volumeOf(again));
    expect(present).not.toBe(former);
    const { signal } = new AbortController();
    await context.engine.writeVolume(again, parseKey(present).id, { signal, content: Readable.from([saved]) });
    const before = entriesOf(saved);
    expect(entriesOf(await read(context, again, present))).toEqual(before);
    await context.engine.start(again);
    await context.engine.stop(again);
    expect(entriesOf(await read(context, again, present))).toEqual(before);
    // Older versions make the container's user the owner.
    const owner = byVersion({ docker: '7:8', 'podman-5': '7:8', 'podman-6': '7:8', otherwise: '0:0' });
    const modified = Date.UTC(2001, 1, 3, 4, 5, 6) / 1000;
    if (!isDemo) expect(before['dir/own']).toMatchObject({ mode: '0 4711', owner, modified });
    const unmounted = Readable.from([saved]);
    expect(await settledResult(context.engine.writeVolume(again, 'other', { signal, content: unmounted }))).toBe(
      'gone',
    );
    expect(unmounted.destroyed).toBe(true);
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
