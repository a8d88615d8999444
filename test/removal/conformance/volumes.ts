import { expect } from 'vitest';
import { keyDeps } from '../../../src/graph/model/model';
import { pruneScope } from '../../../src/graph/plan/prune';
import { container, isDocker, outcomes, samplePlan, conformanceTest, raw, remove, theService } from './yard';

/** Names of all volumes that the engine holds. */
async function held(): Promise<readonly string[]> {
  const { json } = await raw('GET', isDocker ? '/volumes' : '/volumes/json');
  const list = isDocker ? (json as { Volumes: unknown }).Volumes : json;
  return ((list ?? []) as { Name: string }[]).map(({ Name }) => Name).sort();
}

/** The anonymous volume of a container that is made, and taken away without it if it is to be left over. */
async function anonymous(name: string, isLeftOver: boolean): Promise<string> {
  const before = await held();
  const { id } = keyDeps(await container({ name, volumes: ['/data'], start: false }));
  const [made = ''] = (await held()).filter((volume) => !before.includes(volume));
  if (isLeftOver) await raw('DELETE', `/containers/${id}`);
  return made;
}

/** The plan of a prune of volumes, as the command makes it. */
async function prunePlan() {
  await theService().refresh();
  const { found } = await theService().danglingVolumes();
  const wish = { containers: false, pods: false, volumes: true, labels: [] };
  const { chosen } = pruneScope(theService().snapshot.graph, wish, found);
  return samplePlan(chosen, { dependents: 'block', running: 'block' });
}

export function volumes(): void {
  conformanceTest('volume prune takes what no container uses; named and used volumes stay', 'everywhere', async () => {
    await raw('POST', '/volumes/create', { Name: 'kept' });
    const used = await anonymous('keeper', false);
    const left = [await anonymous('one', true), await anonymous('two', true)];
    const made = await prunePlan();
    const late = await anonymous('late', true);
    expect(outcomes(await remove(made))).toEqual(Object.fromEntries(left.map((name) => [name, 'removed'])));
    expect(await held()).toEqual([used, late, 'kept'].sort());
    for (const name of ['kept', late]) await raw('DELETE', `/volumes/${name}`);
  });

  conformanceTest(
    'a volume that comes into use after the plan stays, and its container too',
    'everywhere',
    async () => {
      const left = await anonymous('one', true);
      const made = await prunePlan();
      const mount = isDocker
        ? { Image: 'bb:1', HostConfig: { Binds: [`${left}:/again`], NetworkMode: 'none' } }
        : { image: 'localhost/bb:1', name: 'user', volumes: [{ Name: left, Dest: '/again' }] };
      const { json } = await raw('POST', `/containers/create${isDocker ? '?name=user' : ''}`, mount);
      const [entry] = (await remove(made)).nodes.values();
      expect(entry?.outcome).toMatchObject({ kind: 'failed', reason: 'inUse' });
      expect(entry?.attempts).toBe(1);
      expect(await held()).toEqual([left]);
      expect((await prunePlan()).nodes.size).toBe(0);
      await raw('DELETE', `/containers/${(json as { Id: string }).Id}`);
      expect([...(await prunePlan()).nodes.values()].map(({ node }) => node.name)).toEqual([left]);
      await raw('DELETE', `/volumes/${left}`);
    },
  );
}
