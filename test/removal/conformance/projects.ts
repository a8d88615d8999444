import { expect, type TestContext } from 'vitest';
import { parseKey, type NodeKey } from '../../../src/graph/model/model';
import { isThorough, line } from '../../engine/contract/engineVersion';
import { composeProjects, projectScope } from '../../../src/graph/plan/projectScope';
import { makeComposeProject, makeKubePods, makePodmanProject, makeProjectWithResources } from '../../engine/project';
import {
  isDocker,
  isRunning,
  remaining,
  outcomes,
  samplePlan,
  conformanceTest,
  EXITS_ON_SIGTERM,
  raw,
  remove,
  removedInOrder,
  theEngine,
  theService,
} from './fixture';

/** Removes everything but these; every outcome is `removed`, and only these are left. */
async function removeAllBut(keep: readonly NodeKey[]) {
  await theService().refresh();
  const chosen = [...theService().snapshot.graph.nodes.keys()].filter((key) => !keep.includes(key));
  const plan = await samplePlan(chosen);
  const report = await remove(plan);
  for (const { node, outcome } of report.nodes.values()) {
    expect({ name: node.name, kind: outcome.kind }).toEqual({ name: node.name, kind: 'removed' });
  }
  expect((await remaining()).sort()).toEqual([...keep].sort());
  return plan;
}

/** Starts a container outside of the project in the external network. */
async function startOutsider(name: string): Promise<NodeKey> {
  const command = [
    'run',
    '-d',
    '--name',
    name,
    '--network',
    'shop-net',
    '--label',
    'own=no',
    'localhost/bb:1',
    ...EXITS_ON_SIGTERM,
  ];
  const { code, stderr } = await theEngine().cli(command);
  if (code !== 0) throw new Error(`run ${name}: ${stderr}`);
  await theService().refresh();
  const node = [...theService().snapshot.graph.nodes.values()].find((one) => one.name === name);
  if (!node) throw new Error(`${name} is not listed`);
  return node.key;
}

/** Runs a test of a project, then deletes its external network and volume, which no removal deletes. */
async function withExternals(body: () => Promise<void>) {
  const deleteAll = async () => {
    const network = await raw('DELETE', '/networks/shop-net');
    await raw('DELETE', '/networks/shop_default');
    const volume = await raw('DELETE', '/volumes/shop-data');
    return { network: network.status < 300 ? 'deleted' : network.json, volume: volume.status };
  };
  try {
    await body();
  } catch (thrown) {
    // Report the first error, not those of the cleanup.
    for (const key of await remaining()) await raw('DELETE', `/containers/${parseKey(key).id}?force=true&timeout=0`);
    await deleteAll();
    throw thrown;
  }
  expect(await deleteAll()).toEqual({ network: 'deleted', volume: 204 });
}

/** Names of the networks, volumes and images on the engine, without default networks and without ids. */
async function resourceNames(): Promise<Record<string, string[]>> {
  const lines = async (...args: string[]) =>
    (await theEngine().cli(args)).stdout.trim().split('\n').filter(Boolean).sort();
  const networks = await lines('network', 'ls', '--format', '{{.Name}}');
  return {
    networks: networks.filter((name) => !['podman', 'bridge', 'host', 'none'].includes(name)),
    volumes: await lines('volume', 'ls', '-q'),
    images: (await lines('images', '--format', '{{.Repository}}:{{.Tag}}')).filter((name) => name.includes('own')),
  };
}

/** *Remove Project* with these ticks, by name. */
async function removeProject(name: string, ticks: readonly string[]) {
  await theService().refresh();
  const { graph } = theService().snapshot;
  const project = composeProjects(graph).find((one) => one.name === name);
  if (!project) throw new Error(`there is no project ${name}`);
  const resources = await theService().listWithSizes(project.engine);
  const { scope, offered } = projectScope(graph, project, resources);
  const ticked = new Set(resources.flatMap((one) => (ticks.some((tick) => one.name === tick) ? [one.key] : [])));
  const excluded = offered.filter((key) => !ticked.has(key));
  const plan = await theService().plan(scope, { dependents: 'block', running: 'stop', excluded });
  expect(plan.blockers).toEqual([]);
  return remove(plan);
}

async function removesOnlyTicked(program: 'docker-compose' | 'podman-compose', context: Pick<TestContext, 'skip'>) {
  const before = await resourceNames();
  await makeProjectWithResources(theEngine(), 'till', program, (reason) => context.skip(reason));
  try {
    const report = await removeProject('till', ['till_data', 'localhost/till-own:1']);
    const kinds = Object.values(outcomes(report));
    expect(kinds).toEqual(kinds.map(() => 'removed'));
    const retained = Object.fromEntries(report.plan.retained.map(({ node, why }) => [node.name, why.kind]));
    expect(retained).toMatchObject({ till_logs: 'excluded', till_shared: 'neededBy', 'till-net': 'external' });
    expect(retained[isDocker ? 'bb:1' : 'localhost/bb:1']).toBeDefined();
    expect(await resourceNames()).toEqual({
      networks: [...(before['networks'] ?? []), 'till-net'].sort(),
      volumes: [...(before['volumes'] ?? []), 'till_logs', 'till_shared'].sort(),
      images: before['images'],
    });
    await theService().refresh();
    expect([...theService().snapshot.graph.nodes.values()].map(({ name }) => name)).toEqual(['outsider']);
  } finally {
    for (const key of await remaining()) await raw('DELETE', `/containers/${parseKey(key).id}?force=true`);
    await theEngine().cli(['network', 'rm', 'till-net']);
    await theEngine().cli(['volume', 'rm', 'till_logs', 'till_shared']);
  }
}

/** Projects and pods of other tools are removed completely, in order, and nothing else is. */
export function projects(): void {
  conformanceTest('all of a project of Docker Compose, dependents first', 'real', async (context) => {
    await makeComposeProject(theEngine(), 'shop', (reason) => context.skip(reason));
    const outsider = await startOutsider('outsider');
    await withExternals(async () => {
      const plan = await removeAllBut([outsider]);
      const order = (await removedInOrder(plan.nodes.keys())).map((key) => plan.nodes.get(key)?.node.name ?? '');
      const outOfOrder = (pairs: readonly (readonly [string, string])[]) =>
        pairs.filter(([first, second]) => order.indexOf(first) >= order.indexOf(second));
      const webs = ['shop-web-1', 'shop-web-2'];
      const pairs = webs.flatMap((web) => [
        ['shop-debug-1', web] as const,
        [web, 'shop-migrate-1'] as const,
        [web, 'shop-db-1'] as const,
      ]);
      expect({ order, outOfOrder: outOfOrder(pairs) }).toEqual({ order, outOfOrder: [] });
      expect(order.at(-1)).toBe('shop-db-1');
      expect(await isRunning(outsider)).toBe(true);
      await raw('DELETE', `/containers/outsider?force=true${isDocker ? '' : '&timeout=0'}`);
    });
  });

  conformanceTest(
    'a service of Docker Compose is removed with the containers in its network, and nothing else',
    'real',
    async (context) => {
      await makeComposeProject(theEngine(), 'shop', (reason) => context.skip(reason));
      await withExternals(async () => {
        await theService().refresh();
        const { nodes } = theService().snapshot.graph;
        const db = [...nodes.values()].find(({ name }) => name === 'shop-db-1')?.key as NodeKey;
        const plan = await samplePlan([db]);
        expect(outcomes(await remove(plan))).toEqual({ 'shop-db-1': 'removed', 'shop-sidecar-1': 'removed' });
        expect((await remaining()).sort()).toEqual([...nodes.keys()].filter((key) => !plan.nodes.has(key)).sort());
        await removeAllBut([]);
      });
    },
  );

  conformanceTest('all of a project of podman-compose', 'real podman', async (context) => {
    await makePodmanProject(theEngine(), 'shop', (reason) => context.skip(reason));
    await withExternals(async () => {
      await removeAllBut([]);
    });
  });

  conformanceTest('of a project of Docker Compose, only what is ticked', 'real', (context) =>
    removesOnlyTicked('docker-compose', context),
  );

  if (isThorough || line === 'podman-5')
    conformanceTest('of a project of podman-compose, only what is ticked', 'real podman', (context) =>
      removesOnlyTicked('podman-compose', context),
    );

  conformanceTest('all pods of kube play', 'real podman', async () => {
    await makeKubePods(theEngine(), 'kube');
    const plan = await removeAllBut([]);
    expect(plan.counts).toMatchObject({ pods: 2 });
  });
}
