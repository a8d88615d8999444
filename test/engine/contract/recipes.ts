import fc from 'fast-check';
import { expect } from 'vitest';
import { nodeKey, type NodeKey, parseKey } from '../../../src/graph/model/model';
import type { IdOf, Recipe } from '../../../src/engine/recipe/recipe';
import { parseInitContainers } from '../../../src/engine/recipe/initContainers';
import { makeComposeProject, makeKubePods, makePodmanProject } from '../project';
import { podRequests } from '../recipe/podRequests';
import { demoRequest, dockerRequests, libpodRequests, type Surroundings } from '../recipe/requests';
import { isDemo, isDocker, line } from './engineVersion';
import { contractTest, type ContractContext, IGNORES_SIGTERM, rejection } from './contractContext';
import { ENGINE } from './testBench';

/** Generated requests per run; `npm run test:engines` has more. */
const requests = Number(process.env['PODGRAPH_RECIPES'] ?? 12);
const partSize = 25;
/** Whole projects take their time. */
const hasProjects = requests > 12;
const image = isDocker ? 'bb:1' : 'localhost/bb:1';

/** Networks, volumes, a secret and a container for generated requests to refer to. */
async function surroundings(context: ContractContext): Promise<Surroundings> {
  const around = {
    networks: [context.named('net1'), context.named('net2')],
    volumes: [context.named('vol1'), context.named('vol2')],
    secret: context.named('secret'),
    base: context.named('base'),
    image,
  } as const;
  for (const name of around.volumes) await accepted(context.raw('POST', '/volumes/create', { Name: name, name }));
  if (!isDemo)
    for (const name of around.networks) await accepted(context.raw('POST', '/networks/create', { Name: name, name }));
  if (!isDemo && !isDocker) await accepted(context.raw('POST', `/secrets/create?name=${around.secret}`, 'secret'));
  const body = isDocker
    ? {
        Volumes: { '/shared': {} },
        HostConfig: { IpcMode: 'shareable' },
        NetworkingConfig: { EndpointsConfig: { [around.networks[0]]: {} } },
      }
    : { volumes: [{ Dest: '/shared' }] };
  await context.create({ name: 'base', ...body }, false);
  return around;
}

async function removeSurroundings(
  context: ContractContext,
  { networks, volumes, secret }: Surroundings,
): Promise<void> {
  await context.clear();
  for (const name of networks) await context.raw('DELETE', `/networks/${name}`);
  for (const name of volumes) await context.raw('DELETE', `/volumes/${name}?force=true`);
  if (!isDocker) await context.raw('DELETE', `/secrets/${secret}`);
}

async function accepted(response: ReturnType<ContractContext['raw']>): Promise<void> {
  const { status, text } = await response;
  if (status >= 300) throw new Error(`${status}: ${text}`);
}

/** Removes a node and leaves its anonymous volumes. */
async function removeOnly(context: ContractContext, key: NodeKey): Promise<void> {
  const { kind, id } = parseKey(key);
  await accepted(context.raw('DELETE', `/${kind}s/${id}?force=true${isDocker ? '' : '&timeout=0'}`));
}

/** Undefined if the engine refuses the request, as a rootless one may. */
async function created(creation: Promise<NodeKey>, refusals: string[]): Promise<NodeKey | undefined> {
  try {
    return await creation;
  } catch (thrown) {
    // Rootless Podman needs this for the host's IPC namespace; not all machines have it.
    if (!String(thrown).includes('statfs /dev/mqueue')) refusals.push(String(thrown));
    return undefined;
  }
}

interface Recreated {
  readonly recipes: readonly Recipe[];
  readonly keys: readonly NodeKey[];
  /** Differences by name, of those that have any. */
  readonly differences: Readonly<Record<string, readonly string[]>>;
}

/** Removes nodes, dependents first, and creates them from their recipes. `keys` has dependencies first. */
async function recreate(context: ContractContext, keys: readonly NodeKey[]): Promise<Recreated> {
  const recipes: Recipe[] = [];
  for (const key of keys) recipes.push(await context.engine.readRecipe(key));
  for (const key of [...keys].reverse()) await removeOnly(context, key);
  const present = new Map<string, string>();
  const former = new Set(recipes.map(({ id }) => id));
  const idOf: IdOf = (id) => present.get(id) ?? (former.has(id) ? undefined : id);
  const keysNow: NodeKey[] = [];
  const differences: Record<string, readonly string[]> = {};
  for (const recipe of recipes) {
    expect(blocking(await context.engine.checkRecipe(recipe, idOf))).toEqual([]);
    const result = await context.engine.createFromRecipe(recipe, idOf);
    for (const [from, to] of result.ids) present.set(from, to);
    keysNow.push(context.track(nodeKey(ENGINE, recipe.kind, result.id)));
    if (result.differences.length > 0) differences[recipe.name] = result.differences;
  }
  return { recipes, keys: keysNow, differences };
}

function blocking(problems: Awaited<ReturnType<ContractContext['engine']['checkRecipe']>>) {
  return problems.filter(({ kind }) => kind !== 'notRestored' && kind !== 'portInUse');
}

/** The nodes of a project, pods first and dependencies before their dependents. */
async function projectNodes(context: ContractContext): Promise<readonly NodeKey[]> {
  const own = (name: string) => name.includes(context.named(''));
  const pods = (await context.engine.listPods()).filter(({ name }) => own(name)).map(({ key }) => key);
  const listed = (await context.engine.listContainers()).filter(({ name, isInfra, isKubeService }) => {
    return own(name) && !isInfra && !isKubeService;
  });
  const ordered = [...pods];
  const visit = async (key: NodeKey) => {
    if (ordered.includes(key) || !listed.some((node) => node.key === key)) return;
    for (const { to } of (await context.engine.inspect(key)).edges) await visit(to);
    if (!ordered.includes(key)) ordered.push(key);
  };
  for (const { key } of listed) await visit(key);
  for (const key of ordered) context.track(key);
  return ordered;
}

async function recreateProject(context: ContractContext): Promise<void> {
  try {
    const keys = await projectNodes(context);
    expect(keys.length).toBeGreaterThan(1);
    const { differences, keys: now } = await recreate(context, keys);
    expect(differences).toEqual({});
    for (const key of now) if (parseKey(key).kind === 'container') await context.engine.start(key);
  } finally {
    await context.clear();
    for (const name of ['shop-net', 'shop_default']) await context.raw('DELETE', `/networks/${context.named(name)}`);
    await context.raw('DELETE', `/volumes/${context.named('shop-data')}`);
  }
}

/** Runs the work on all items, a few at a time. */
async function concurrently<T>(items: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  const queue = [...items.entries()];
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await work(next[1], next[0]);
    }),
  );
}

/** Few of the requests are refused. Those for limits that rootless Docker does not have are not counted there. */
function expectFew(refusals: readonly string[], limit: number): void {
  const isOfMode = (text: string) => line === 'docker-28-rootless' && text.includes('as your kernel does not support');
  const others = refusals.filter((text) => !isOfMode(text));
  expect(others.length, others.join('\n')).toBeLessThan(limit);
}

function generatedRecipes(count: number, part: string): void {
  contractTest(`recipe: generated containers are the same after a removal${part}`, {}, async (context) => {
    const around = await surroundings(context);
    const generated = isDocker ? dockerRequests(around) : libpodRequests(around);
    const bodies = fc.sample(isDemo ? generated.map(demoRequest) : generated, count);
    const differing: Record<string, unknown> = {};
    const refusals: string[] = [];
    await concurrently(bodies, async (body, index) => {
      const key = await created(context.create({ name: `generated${index}`, ...body }, false), refusals);
      if (key === undefined) return;
      const { differences } = await recreate(context, [key]);
      if (Object.keys(differences).length > 0) differing[JSON.stringify(body)] = differences;
    });
    expect(differing).toEqual({});
    expectFew(refusals, count / 5);
    await removeSurroundings(context, around);
  });

  contractTest(`recipe: generated pods with members are the same${part}`, { on: 'podman' }, async (context) => {
    const around = await surroundings(context);
    const pods = fc.sample(podRequests(around), Math.ceil(count / 6));
    const differing: Record<string, unknown> = {};
    const refusals: string[] = [];
    await concurrently(pods, async ({ pod, members }, index) => {
      const name = context.named(`pod${index}`);
      const infra = pod['infra_name'] === undefined ? {} : { infra_name: `${name}-infra` };
      const { json, status, text } = await context.raw('POST', '/pods/create', { name, ...pod, ...infra });
      if (status !== 201) throw new Error(`${JSON.stringify(pod)}: ${text}`);
      const keys = [context.track(nodeKey(ENGINE, 'pod', (json as { Id: string }).Id))];
      for (const [number, one] of members.entries()) {
        const body = isDemo ? demoRequest(one) : one;
        const member = context.create({ name: `pod${index}-member${number}`, pod: name, ...body }, false);
        keys.push(...[await created(member, refusals)].filter((key) => key !== undefined));
      }
      const { keys: now, differences } = await recreate(context, keys);
      if (Object.keys(differences).length > 0) differing[JSON.stringify({ pod, members })] = differences;
      for (const key of [...now].reverse()) await removeOnly(context, key);
    });
    expect(differing).toEqual({});
    expectFew(refusals, count / 5);
    await removeSurroundings(context, around);
  });
}

/** Removal and creation from recipes. */
export function recipes(): void {
  // In parts, each of which ends in time on a busy machine.
  for (let first = 0; first < requests; first += partSize) {
    generatedRecipes(Math.min(partSize, requests - first), requests > partSize ? `, from ${first + 1}` : '');
  }

  contractTest('recipe: edges lead to the new containers', {}, async (context) => {
    const base = await context.container({ name: 'base', volumes: ['/data'] });
    const spec = { network: 'base', pid: 'base', ipc: 'base', volumesFrom: ['base'] };
    const dependent = await context.container({ name: 'dependent', ...spec });
    const { keys, recipes: read, differences } = await recreate(context, [base, dependent]);
    expect(read.map(({ wasRunning }) => wasRunning)).toEqual([true, true]);
    expect(differences).toEqual({});
    expect(await context.dependenciesOf(keys[1]!, { base: keys[0]! })).toEqual({
      base: ['ipc', 'network', 'pid', 'volumes-from'],
    });
    for (const key of keys) await context.engine.start(key);
    expect((await context.listed(keys[1]!)).state).toBe('running');
  });

  contractTest('recipe: a pod with its members, started', { on: 'podman' }, async (context) => {
    const pod = await context.pod('shop', { app: 'shop' });
    const db = await context.container({ name: 'db', pod: 'shop', volumes: ['/data'] });
    const web = await context.container({ name: 'web', pod: 'shop', requires: ['db'] });
    const before = (await context.inspect(db)).node.details?.anonymousVolumes;
    const { keys, recipes: read, differences } = await recreate(context, [pod, db, web]);
    expect(read.map(({ wasRunning }) => wasRunning)).toEqual([true, true, true]);
    expect(differences).toEqual({});
    expect(await context.dependenciesOf(keys[2]!, { pod: keys[0]!, db: keys[1]! })).toEqual({
      db: ['requires'],
      pod: ['member'],
    });
    expect((await context.inspect(keys[1]!)).node.details?.anonymousVolumes).toEqual(before);
    await context.engine.start(keys[0]!);
    expect((await context.listed(keys[2]!)).state).toBe('running');
  });

  contractTest('recipe: exposed ports in the network of another container', { on: 'real podman' }, async (context) => {
    const base = await context.container({ name: 'base', start: false });
    const shared = { nsmode: 'container', value: context.named('base') };
    const key = await context.create({ name: 'web', netns: shared, expose: { '8080': 'tcp,udp' } }, false);
    const { differences } = await recreate(context, [base, key]);
    expect(differences).toEqual({});
  });

  contractTest('recipe: init containers stay so', { on: 'real podman' }, async (context) => {
    const pod = await context.pod('shop');
    const name = context.named('shop');
    const init = await context.create({ name: 'prepare_db', pod: name, init_container_type: 'always' }, false);
    const web = await context.create({ name: 'web', pod: name, command: IGNORES_SIGTERM }, false);
    const { differences } = await recreate(context, [pod, init, web]);
    expect(differences).toEqual({});
    const { text } = await context.raw('GET', `/generate/kube?names=${name}`);
    expect([...parseInitContainers(text)]).toEqual([context.named('preparedb')]);
  });

  if (hasProjects) projectRecipes();

  contractTest('recipe: an anonymous volume is mounted again, or replaced', {}, async (context) => {
    const key = await context.container({ name: 'db', volumes: ['/data'], start: false });
    const [volume] = (await context.inspect(key)).node.details?.anonymousVolumes ?? [];
    const recipe = await context.engine.readRecipe(key);
    await removeOnly(context, key);
    const kept = await context.engine.createFromRecipe(recipe, (id) => id);
    const again = context.track(nodeKey(ENGINE, 'container', kept.id));
    expect((await context.inspect(again)).node.details?.anonymousVolumes).toEqual([volume]);
    await context.engine.remove(again, { force: false });
    await context.raw('DELETE', `/volumes/${volume}`);
    const problems = await context.engine.checkRecipe(recipe, (id) => id);
    expect(problems).toEqual([{ kind: 'volumeMissing', volume, isAnonymous: true }]);
    const replaced = await context.engine.createFromRecipe(recipe, (id) => id);
    const last = context.track(nodeKey(ENGINE, 'container', replaced.id));
    const [other] = (await context.inspect(last)).node.details?.anonymousVolumes ?? [];
    expect(other).toMatch(/^[0-9a-f]{64}$/);
    expect(other).not.toBe(volume);
  });

  contractTest('recipe: problems are known beforehand', { on: 'real' }, async (context) => {
    const [network, volume] = [context.named('net'), context.named('vol')];
    await accepted(context.raw('POST', '/networks/create', { Name: network, name: network }));
    const body = isDocker
      ? { HostConfig: { NetworkMode: network, Binds: [`${volume}:/data`] } }
      : {
          netns: { nsmode: 'bridge' },
          Networks: { [network]: {} },
          volumes: [{ Name: volume, Dest: '/data' }],
        };
    const base = await context.container({ name: 'base', start: false });
    const key = await context.create({ name: 'web', ...body }, false);
    const dependent = await context.container({ name: 'dependent', network: 'base', start: false });
    const [web, joined] = [await context.engine.readRecipe(key), await context.engine.readRecipe(dependent)];
    expect(await context.engine.checkRecipe(web, (id) => id)).toEqual([
      { kind: 'nameTaken', name: web.name, owner: web.id },
    ]);
    await removeOnly(context, key);
    expect(await context.engine.checkRecipe(web, (id) => id)).toEqual([]);
    await accepted(context.raw('DELETE', `/networks/${network}`));
    await accepted(context.raw('DELETE', `/volumes/${volume}`));
    const inspect = web.inspect as { Image: string; Config: { Image: string } };
    const missing = {
      ...inspect,
      Image: `sha256:${'0'.repeat(64)}`,
      Config: { ...inspect.Config, Image: 'none.example/x:1' },
    };
    expect(await context.engine.checkRecipe({ ...web, inspect: missing }, (id) => id)).toEqual([
      { kind: 'imageMissing', image: 'none.example/x:1' },
      { kind: 'networkMissing', network },
      { kind: 'volumeMissing', volume, isAnonymous: false },
    ]);
    const { id } = parseKey(base);
    const withoutBase: IdOf = (former) => (former === id ? undefined : former);
    expect(await context.engine.checkRecipe(joined, withoutBase)).toContainEqual({ kind: 'dependencyMissing', id });
  });

  contractTest('recipe: a port that another container publishes', { on: 'podman' }, async (context) => {
    const spec = { ports: ['28181:80'] };
    const first = await context.container({ name: 'first', start: false, ...spec });
    const recipe = await context.engine.readRecipe(first);
    await removeOnly(context, first);
    const isFree = await context.engine.checkRecipe(recipe, (id) => id);
    expect(isFree).toEqual([]);
    if (context.running.noNetworking !== undefined) return;
    await context.container({ name: 'second', ...spec });
    expect(await context.engine.checkRecipe(recipe, (id) => id)).toEqual([
      { kind: 'portInUse', port: '28181/tcp', owner: context.named('second') },
    ]);
  });

  contractTest('recipe: one that is not valid or of another engine', {}, async (context) => {
    const key = await context.container({ name: 'x', start: false });
    const recipe = await context.engine.readRecipe(key);
    const other = isDocker ? 'podman' : 'docker';
    const variants: readonly Recipe[] = [
      { ...recipe, inspect: null },
      { ...recipe, name: '../x' },
      { ...recipe, id: 'x' },
      { ...recipe, engine: { name: other, version: '5.0.0' } },
    ];
    for (const variant of variants) {
      const error = await rejection(context.engine.createFromRecipe(variant, (id) => id));
      expect([error.reason, error.details.sent]).toEqual(['unsupported', false]);
    }
  });
}

/** Projects made by other tools. */
function projectRecipes(): void {
  contractTest('recipe: a project of Docker Compose', { on: 'real' }, async (context, testContext) => {
    await makeComposeProject(context.running, context.named('shop'), (reason) => testContext.skip(reason));
    await recreateProject(context);
  });

  contractTest('recipe: a project of podman-compose', { on: 'real podman' }, async (context, testContext) => {
    await makePodmanProject(context.running, context.named('shop'), (reason) => testContext.skip(reason));
    await recreateProject(context);
  });

  contractTest('recipe: pods of kube play', { on: 'real podman' }, async (context) => {
    await makeKubePods(context.running, context.named('kube'));
    await recreateProject(context);
  });
}
