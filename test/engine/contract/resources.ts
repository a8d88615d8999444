import { expect } from 'vitest';
import { waitFor } from '../../../scripts/waitFor';
import { parseKey, type NodeKey, nodeKey } from '../../../src/graph/model/model';
import { EngineError } from '../../../src/engine/error';
import type { ResourceKind } from '../../../src/graph/model/resources';
import { type ContractContext, contractTest, exclusiveContractTest, rejection, settledResult } from './contractContext';
import { byVersion, isDemo, isDocker } from './engineVersion';

const keyOf = (kind: ResourceKind, id: string) => nodeKey('contract', kind, id);
const labels = { 'com.docker.compose.project': 'shop' };

async function madeNetwork(context: ContractContext, name: string, subnet?: string): Promise<NodeKey> {
  const unique = context.named(name);
  const body = isDocker
    ? { Name: unique, Labels: labels, ...(subnet && { IPAM: { Config: [{ Subnet: subnet }] } }) }
    : { name: unique, labels, driver: 'bridge', ...(subnet && { subnets: [{ subnet }] }) };
  const { status, text } = await context.raw('POST', '/networks/create', body);
  if (status >= 300) throw new Error(`network ${unique}: ${status} ${text}`);
  return context.track(keyOf('network', unique));
}

/** A container that is attached to a network, or made from an image. */
async function user(
  context: ContractContext,
  name: string,
  of: { readonly network?: NodeKey; readonly image?: string; readonly start?: boolean },
): Promise<NodeKey> {
  const network = of.network && parseKey(of.network).id;
  const command = ['/busybox', 'sleep', '1000'];
  const spec = isDocker
    ? { Cmd: command, ...(of.image && { Image: of.image }), HostConfig: { NetworkMode: network ?? 'none' } }
    : {
        command,
        ...(of.image && { image: of.image }),
        ...(network ? { netns: { nsmode: 'bridge' }, Networks: { [network]: {} } } : { netns: { nsmode: 'none' } }),
      };
  return context.create({ name, ...spec }, of.start ?? true);
}

/** An image of its own, with these names. */
async function madeImage(context: ContractContext, ...tags: readonly string[]): Promise<NodeKey> {
  const [first = '', ...others] = tags;
  // There, any image exists.
  const image = isDemo ? `localhost/${first}:1` : undefined;
  const source = await user(context, 'source', { start: false, ...(image && { image }) });
  const { id } = parseKey(source);
  const commit = `/commit?container=${id}&repo=${first}&tag=1`;
  const response = isDemo ? undefined : await context.raw('POST', commit);
  if (response && response.status >= 300) throw new Error(`image ${first}: ${response.status} ${response.text}`);
  for (const other of others) await context.raw('POST', `/images/${first}:1/tag?repo=${other}&tag=1`);
  await context.engine.remove(source, { force: true, timeout: 0 });
  const images = await context.engine.listImages();
  const made = images.find((one) => one.tags.some((tag) => tag.endsWith(`${first}:1`)));
  if (!made) throw new Error(`${first} is not listed`);
  return context.track(made.key);
}

const remove = (context: ContractContext, key: NodeKey, force = false) =>
  settledResult(context.engine.remove(key, { force, timeout: 0 }));

export function resources(): void {
  contractTest('networks are listed with labels, driver and time; the default ones are marked', {}, async (context) => {
    const key = await madeNetwork(context, 'net');
    const networks = await context.engine.listNetworks();
    expect(networks.find((one) => one.key === key)).toMatchObject({
      driver: 'bridge',
      labels,
      isDefault: false,
      createdAt: expect.any(Number) as number,
      subnets: [expect.stringMatching(/^\d+\.\d+\.\d+\.\d+\/\d+$/)],
    });
    const defaults = networks.filter(({ isDefault }) => isDefault).map(({ name }) => name);
    // The daemon of the tests has no bridge.
    expect(defaults.sort()).toEqual(isDocker ? ['host', 'none'] : ['podman']);
  });

  contractTest('a network in use is refused with and without force, and its container is kept', {}, async (context) => {
    const key = await madeNetwork(context, 'net');
    const container = await user(context, 'user', { network: key });
    expect((await context.listed(container)).networks).toEqual([parseKey(key).id]);
    expect((await context.inspect(container)).node.networks).toEqual([parseKey(key).id]);
    expect((await context.engine.listAttached(key)).map((one) => one.key)).toEqual([container]);
    for (const force of [false, true])
      expect((await rejection(context.engine.remove(key, { force, timeout: 0 }))).reason).toBe('inUse');
    expect((await context.listed(container)).state).toBe('running');
    await context.engine.remove(container, { force: true, timeout: 0 });
    expect(await remove(context, key)).toBe('ok');
    expect(await context.engine.exists(key)).toBe(false);
    expect(await remove(context, key)).toBe('gone');
  });

  contractTest(
    'Docker removes a network of a stopped container, so its users are listed first',
    {},
    async (context) => {
      const key = await madeNetwork(context, 'net');
      const container = await user(context, 'user', { network: key, start: false });
      expect((await context.engine.listAttached(key)).map((one) => one.key)).toEqual([container]);
      expect(await remove(context, key)).toBe(isDocker ? 'ok' : 'inUse');
      expect(await context.engine.exists(container)).toBe(true);
    },
  );

  // Images that others make from the same container have the same layer, and their removal fails a commit (Podman 5.8.6).
  exclusiveContractTest(
    'an image in use is refused with and without force, and its container is kept',
    {},
    async (context) => {
      const name = context.named('img');
      const key = await madeImage(context, name);
      const container = await user(context, 'user', {
        image: `${isDocker ? '' : 'localhost/'}${name}:1`,
        start: false,
      });
      expect((await context.listed(container)).imageId).toBe(parseKey(key).id);
      expect((await context.inspect(container)).node.imageId).toBe(parseKey(key).id);
      expect((await context.engine.listAttached(key)).map((one) => one.key)).toEqual([container]);
      for (const force of [false, true])
        expect((await rejection(context.engine.remove(key, { force, timeout: 0 }))).reason).toBe('inUse');
      expect(await context.engine.exists(container)).toBe(true);
      await context.engine.remove(container, { force: true, timeout: 0 });
      expect(await remove(context, key)).toBe('ok');
      expect(await context.engine.exists(key)).toBe(false);
      expect(await remove(context, key)).toBe('gone');
    },
  );

  exclusiveContractTest('an image with several names is refused without force', { on: 'real' }, async (context) => {
    const key = await madeImage(context, context.named('one'), context.named('two'));
    const image = (await context.engine.listImages()).find((one) => one.key === key);
    expect(image?.tags).toHaveLength(2);
    expect(await remove(context, key)).not.toBe('ok');
    expect(await context.engine.exists(key)).toBe(true);
  });

  contractTest('a named volume of a container is in use, and is measured', {}, async (context) => {
    const name = context.named('data');
    const script = '/busybox head -c 3000000 /dev/zero > /data/big; exec /busybox sleep 1000';
    const command = ['/busybox', 'sh', '-c', script];
    const spec = isDocker
      ? { Cmd: command, HostConfig: { Binds: [`${name}:/data`], NetworkMode: 'none' } }
      : { command, volumes: [{ Name: name, Dest: '/data' }], netns: { nsmode: 'none' } };
    const container = await context.create({ name: 'user', ...spec });
    const key = context.track(keyOf('volume', name));
    const volume = (await context.engine.listVolumes()).find((one) => one.key === key);
    expect(volume).toMatchObject({ isAnonymous: false, isInUse: true });
    expect((await context.engine.listAttached(key)).map((one) => one.key)).toEqual([container]);
    const size = async () => {
      const sizes = await context.engine.measureSizes().catch((error: unknown) => {
        // Podman 4.3.1 fails if a container that was counted is removed meanwhile, here by another test.
        if (EngineError.from(error).reason !== 'otherMissing') throw error;
      });
      return sizes?.get(key) ?? 0;
    };
    await waitFor('measured', async () => (await size()) >= 3_000_000 || isDemo);
    expect(await remove(context, key)).toBe('inUse');
    await context.engine.remove(container, { force: true, timeout: 0 });
    expect(await context.engine.listAttached(key)).toEqual([]);
    expect(await remove(context, key)).toBe('ok');
  });

  contractTest('a removed network and volume are created again with their container', {}, async (context) => {
    // A subnet of its own: another test's network could take the one that the engine chose.
    const network = await madeNetwork(context, 'net', '10.213.77.0/24');
    const volume = context.named('data');
    await context.raw('POST', '/volumes/create', { Name: volume, Labels: labels });
    const volumeKey = context.track(keyOf('volume', volume));
    const spec = isDocker
      ? { HostConfig: { Binds: [`${volume}:/data`], NetworkMode: parseKey(network).id } }
      : {
          volumes: [{ Name: volume, Dest: '/data' }],
          netns: { nsmode: 'bridge' },
          Networks: { [parseKey(network).id]: {} },
        };
    const first = await context.create({ name: 'one', ...spec }, false);
    const second = await context.create({ name: 'two', ...spec }, false);
    const resourceRecipes = await Promise.all([network, volumeKey].map((key) => context.engine.readResource(key)));
    const read = async (key: NodeKey) => ({ ...(await context.engine.readRecipe(key)), resources: resourceRecipes });
    const recipes = await Promise.all([first, second].map(read));
    for (const key of [first, second, network, volumeKey]) expect(await remove(context, key, true)).toBe('ok');
    for (const recipe of recipes) {
      const problems = await context.engine.checkRecipe(recipe, () => undefined);
      expect(problems).toContainEqual({ kind: 'networkRecreated', network: parseKey(network).id });
      expect(problems).toContainEqual({ kind: 'volumeMissing', volume, isAnonymous: false });
      const { kind } = (await context.engine.checkRecipe({ ...recipe, resources: [] }, () => undefined))[0] ?? {};
      expect(kind).toBe('networkMissing');
    }
    const created = await Promise.all(recipes.map((recipe) => context.engine.createFromRecipe(recipe, (id) => id)));
    for (const { id } of created) context.track(nodeKey('contract', 'container', id));
    const networks = (await context.engine.listNetworks()).filter(({ key }) => key === network);
    expect(networks).toMatchObject([{ labels, driver: 'bridge' }]);
    const again = (await context.engine.listVolumes()).find(({ key }) => key === volumeKey);
    expect(again).toMatchObject({ labels, isInUse: true });
    expect(created.map(({ differences }) => differences)).toEqual([[], []]);
  });

  contractTest('a new volume and a new network are reported by events', {}, async (context) => {
    const kinds: ResourceKind[] = [];
    const following = new AbortController();
    await new Promise<void>((resolve) => {
      const listener = {
        onOpen: resolve,
        onEvent: () => undefined,
        onResourceEvent: (kind: ResourceKind) => void kinds.push(kind),
      };
      void context.engine.events(listener, { signal: following.signal }).catch(() => undefined);
    });
    await context.raw('POST', '/volumes/create', {
      Name: parseKey(context.track(keyOf('volume', context.named('v')))).id,
    });
    await waitFor('the event of a volume', () => kinds.includes('volume'));
    await madeNetwork(context, 'net');
    const reportsNetworks = byVersion({ 'podman-4.3': false, otherwise: true });
    if (reportsNetworks) await waitFor('the event of a network', () => kinds.includes('network'));
    following.abort();
  });
}
