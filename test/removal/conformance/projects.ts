import { expect } from 'vitest';
import { parseKey, type NodeKey } from '../../../src/graph/model/model';
import { makeComposeProject, makeKubePods, makePodmanProject } from '../../engine/project';
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

  conformanceTest('all pods of kube play', 'real podman', async () => {
    await makeKubePods(theEngine(), 'kube');
    const plan = await removeAllBut([]);
    expect(plan.counts).toMatchObject({ pods: 2 });
  });
}
