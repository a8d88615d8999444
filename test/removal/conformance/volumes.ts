import { expect } from 'vitest';
import { EXITS_ON_SIGTERM } from '../../../scripts/engines/fleet';
import { type NodeKey, nodeKey, parseKey } from '../../../src/graph/model/model';
import type { Plan } from '../../../src/graph/plan/plan';
import { pruneScope } from '../../../src/graph/plan/prune';
import {
  container,
  conformanceTest,
  engineId,
  isDocker,
  outcomes,
  pod,
  raw,
  remove,
  samplePlan,
  theService,
} from './fixture';

/** Names of all volumes on the engine. */
async function volumeNames(): Promise<readonly string[]> {
  const { json } = await raw('GET', isDocker ? '/volumes' : '/volumes/json');
  const list = isDocker ? (json as { Volumes: unknown }).Volumes : json;
  return ((list ?? []) as { Name: string }[]).map(({ Name }) => Name).sort();
}

/** Creates a container with an createAnonymous volume; optionally removes the container but not the volume. */
async function createAnonymous(name: string, isLeftOver: boolean): Promise<string> {
  const before = await volumeNames();
  const { id } = parseKey(await container({ name, volumes: ['/data'], start: false }));
  const [created = ''] = (await volumeNames()).filter((volume) => !before.includes(volume));
  if (isLeftOver) await raw('DELETE', `/containers/${id}`);
  return created;
}

/** The plan of a prune of volumes, like the command's. */
async function prunePlan() {
  await theService().refresh();
  const { found } = await theService().listResources();
  const options = { containers: false, pods: false, volumes: true, labels: [] };
  const { chosen } = pruneScope(theService().snapshot.graph, options, found);
  return samplePlan(chosen, { dependents: 'block', running: 'block' });
}

/** The plan's volumes by the name of their first container. */
function byContainer(plan: Plan): Record<string, NodeKey> {
  return Object.fromEntries(
    plan.volumes.map(({ key, containers: [first] }) => [first ? (plan.nodes.get(first)?.node.name ?? '') : '', key]),
  );
}

export function volumes(): void {
  conformanceTest(
    'a pod is removed after its members with volumes that are kept; those of the others are deleted',
    'podman',
    async () => {
      const key = await pod('shop');
      await container({ name: 'db', pod: 'shop', volumes: ['/data'] });
      await container({ name: 'web', pod: 'shop', requires: ['db'] });
      await container({ name: 'cache', pod: 'shop', volumes: ['/data'] });
      const { cache, db } = byContainer(await samplePlan([key]));
      const plan = await samplePlan([key], { deletedVolumes: [cache!] });
      expect(plan.units.map(({ targets }) => targets.map((one) => plan.nodes.get(one)?.node.name))).toEqual([
        ['web', 'db', 'shop'],
      ]);
      const report = await remove(plan);
      const removed = { shop: 'removed', db: 'removed', web: 'removed', cache: 'removed' };
      expect(outcomes(report)).toEqual(removed);
      expect(Object.fromEntries(report.volumes)).toEqual({ [db!]: 'present', [cache!]: 'gone' });
      expect(await volumeNames()).toEqual([parseKey(db!).id]);
      await raw('DELETE', `/volumes/${parseKey(db!).id}`);
    },
  );

  conformanceTest(
    'the anonymous volumes of a running container with --rm are deleted as planned',
    'everywhere',
    async () => {
      const spec = isDocker
        ? {
            Image: 'bb:1',
            Cmd: EXITS_ON_SIGTERM,
            Volumes: { '/data': {} },
            HostConfig: { AutoRemove: true, NetworkMode: 'none' },
          }
        : {
            image: 'localhost/bb:1',
            name: 'brief',
            command: EXITS_ON_SIGTERM,
            remove: true,
            volumes: [{ Dest: '/data' }],
          };
      const { json } = await raw('POST', `/containers/create${isDocker ? '?name=brief' : ''}`, spec);
      const { Id } = json as { Id: string };
      await raw('POST', `/containers/${Id}/start`);
      const plan = await samplePlan([nodeKey(engineId, 'container', Id)]);
      expect(plan.volumes).toMatchObject([{ choice: 'delete', fixed: 'autoRemove' }]);
      expect(outcomes(await remove(plan))).toEqual({ brief: 'removed' });
      expect(await volumeNames()).toEqual([]);
    },
  );

  conformanceTest(
    'volume prune removes unused anonymous volumes; named and used ones are kept',
    'everywhere',
    async () => {
      await raw('POST', '/volumes/create', { Name: 'kept' });
      const used = await createAnonymous('keeper', false);
      const left = [await createAnonymous('one', true), await createAnonymous('two', true)];
      const plan = await prunePlan();
      const late = await createAnonymous('late', true);
      expect(outcomes(await remove(plan))).toEqual(Object.fromEntries(left.map((name) => [name, 'removed'])));
      expect(await volumeNames()).toEqual([used, late, 'kept'].sort());
      for (const name of ['kept', late]) await raw('DELETE', `/volumes/${name}`);
    },
  );

  conformanceTest(
    'a volume that comes into use after the plan is kept, and its container too',
    'everywhere',
    async () => {
      const left = await createAnonymous('one', true);
      const plan = await prunePlan();
      const mount = isDocker
        ? { Image: 'bb:1', HostConfig: { Binds: [`${left}:/again`], NetworkMode: 'none' } }
        : { image: 'localhost/bb:1', name: 'user', volumes: [{ Name: left, Dest: '/again' }] };
      const { json } = await raw('POST', `/containers/create${isDocker ? '?name=user' : ''}`, mount);
      const [entry] = (await remove(plan)).nodes.values();
      expect(entry?.outcome).toMatchObject({ kind: 'failed', reason: 'inUse' });
      expect(entry?.attempts).toBe(1);
      expect(await volumeNames()).toEqual([left]);
      expect((await prunePlan()).nodes.size).toBe(0);
      await raw('DELETE', `/containers/${(json as { Id: string }).Id}`);
      expect([...(await prunePlan()).nodes.values()].map(({ node }) => node.name)).toEqual([left]);
      await raw('DELETE', `/volumes/${left}`);
    },
  );
}
