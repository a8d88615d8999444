import { expect } from 'vitest';
import { parseKey } from '../../../src/graph/model/model';
import { pruneScope } from '../../../src/graph/plan/prune';
import { container, isDocker, outcomes, samplePlan, conformanceTest, raw, remove, theService } from './fixture';

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
  const { found } = await theService().danglingVolumes();
  const options = { containers: false, pods: false, volumes: true, labels: [] };
  const { chosen } = pruneScope(theService().snapshot.graph, options, found);
  return samplePlan(chosen, { dependents: 'block', running: 'block' });
}

export function volumes(): void {
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
