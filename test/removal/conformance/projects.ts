import { expect } from 'vitest';
import { keyDeps, type NodeKey } from '../../../src/graph/model/model';
import { makeComposeProject, makeKubePods, makePodmanProject } from '../../engine/project';
import {
  isDocker,
  isUp,
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
} from './yard';

/** Removes all that there is but these; every outcome is `removed`, and nothing but these is left. */
async function removeAllBut(keep: readonly NodeKey[]) {
  await theService().refresh();
  const chosen = [...theService().snapshot.graph.nodes.keys()].filter((key) => !keep.includes(key));
  const made = await samplePlan(chosen);
  const report = await remove(made);
  for (const { node, outcome } of report.nodes.values()) {
    expect({ name: node.name, kind: outcome.kind }).toEqual({ name: node.name, kind: 'removed' });
  }
  expect((await remaining()).sort()).toEqual([...keep].sort());
  return made;
}

/** Containers in the network that is not the project's own. */
async function beside(name: string): Promise<NodeKey> {
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

/** Tries a project, and then deletes what no removal takes: the network and the volume that it found. */
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
    // What went wrong first is the news.
    for (const key of await remaining()) await raw('DELETE', `/containers/${keyDeps(key).id}?force=true&timeout=0`);
    await deleteAll();
    throw thrown;
  }
  expect(await deleteAll()).toEqual({ network: 'deleted', volume: 204 });
}

/** Projects and pods that other tools made are removed like any others: whole, in order, and nothing beside them. */
export function projects(): void {
  conformanceTest('all of a project of Docker Compose, dependents first', 'real', async (context) => {
    await makeComposeProject(theEngine(), 'shop', (reason) => context.skip(reason));
    const outsider = await beside('outsider');
    await withExternals(async () => {
      const made = await removeAllBut([outsider]);
      const order = (await removedInOrder(made.nodes.keys())).map((key) => made.nodes.get(key)?.node.name ?? '');
      const wrong = (pairs: readonly (readonly [string, string])[]) =>
        pairs.filter(([first, second]) => order.indexOf(first) >= order.indexOf(second));
      const webs = ['shop-web-1', 'shop-web-2'];
      const pairs = webs.flatMap((web) => [
        ['shop-debug-1', web] as const,
        [web, 'shop-migrate-1'] as const,
        [web, 'shop-db-1'] as const,
      ]);
      expect({ order, wrong: wrong(pairs) }).toEqual({ order, wrong: [] });
      expect(order.at(-1)).toBe('shop-db-1');
      expect(await isUp(outsider)).toBe(true);
      await raw('DELETE', `/containers/outsider?force=true${isDocker ? '' : '&timeout=0'}`);
    });
  });

  conformanceTest(
    'a service of Docker Compose takes along what joined its network, and nothing else',
    'real',
    async (context) => {
      await makeComposeProject(theEngine(), 'shop', (reason) => context.skip(reason));
      await withExternals(async () => {
        await theService().refresh();
        const { nodes } = theService().snapshot.graph;
        const db = [...nodes.values()].find(({ name }) => name === 'shop-db-1')?.key as NodeKey;
        const made = await samplePlan([db]);
        expect(outcomes(await remove(made))).toEqual({ 'shop-db-1': 'removed', 'shop-sidecar-1': 'removed' });
        expect((await remaining()).sort()).toEqual([...nodes.keys()].filter((key) => !made.nodes.has(key)).sort());
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

  conformanceTest('all that kube play made', 'real podman', async () => {
    await makeKubePods(theEngine(), 'kube');
    const made = await removeAllBut([]);
    expect(made.counts).toMatchObject({ pods: 2 });
  });
}
