import fc from 'fast-check';
import { expect } from 'vitest';
import { EXITS_ON_SIGTERM } from '../../../scripts/engines/fleet';
import { request } from '../../../scripts/engines/http';
import { type NodeKey, parseKey } from '../../../src/graph/model/model';
import { isResource } from '../../../src/graph/model/resources';
import { composeProjects, projectScope } from '../../../src/graph/plan/projectScope';
import {
  conformanceTest,
  engineId,
  isDocker,
  outcomes,
  raw,
  remaining,
  remove,
  theEngine,
  theService,
} from './fixture';

const labels = { 'com.docker.compose.project': 'shop' };
const post = async (path: string, body: unknown) => {
  const { status, text } = await raw('POST', path, body);
  if (status >= 300) throw new Error(`${path}: ${status} ${text}`);
};

async function create(name: string, volumes: readonly string[], networks: readonly string[], more: object = {}) {
  const [network = 'none', ...others] = networks;
  const spec = isDocker
    ? {
        Image: 'bb:1',
        Cmd: EXITS_ON_SIGTERM,
        Labels: labels,
        HostConfig: { Binds: volumes.map((volume) => `${volume}:/${volume}`), NetworkMode: network },
      }
    : {
        image: 'localhost/bb:1',
        name,
        command: EXITS_ON_SIGTERM,
        labels,
        volumes: volumes.map((volume) => ({ Name: volume, Dest: `/${volume}` })),
        netns: { nsmode: network === 'none' ? 'none' : 'bridge' },
        Networks: Object.fromEntries([network, ...others].filter((one) => one !== 'none').map((one) => [one, {}])),
      };
  await post(`/containers/create${isDocker ? `?name=${name}` : ''}`, { ...spec, ...more });
}

/** Two containers with two networks and three volumes of their own, one of each external. */
async function makeProject(): Promise<void> {
  for (const name of ['front', 'back', 'outer'])
    await post('/networks/create', {
      ...(isDocker ? { Name: name } : { name }),
      ...(name !== 'outer' && (isDocker ? { Labels: labels } : { labels })),
    });
  for (const name of ['data', 'logs', 'given'])
    await post('/volumes/create', { Name: name, Labels: name === 'given' ? {} : labels });
  await create('web', ['data', 'given'], ['front']);
  await create('db', ['data', 'logs'], ['back']);
}

async function clear(): Promise<void> {
  for (const key of await remaining()) await raw('DELETE', `/containers/${parseKey(key).id}?force=true`);
  for (const name of ['front', 'back', 'outer']) await raw('DELETE', `/networks/${name}`);
  for (const name of ['data', 'logs', 'given']) await raw('DELETE', `/volumes/${name}`);
}

/** The plan of *Remove Project* with the ticks of the user. */
async function projectPlan(isTicked: (key: NodeKey) => boolean) {
  await theService().refresh();
  const { graph } = theService().snapshot;
  const project = composeProjects(graph).find(({ name }) => name === 'shop');
  if (!project) throw new Error('there is no project');
  const { scope, offered } = projectScope(graph, project, await theService().listWithSizes(engineId));
  const excluded = offered.filter((key) => !isTicked(key));
  return theService().plan(scope, { dependents: 'block', running: 'stop', excluded });
}

export function resources(): void {
  conformanceTest('only what is ticked is ever sent a DELETE, and nothing by force', 'scripted', async () => {
    const logged = async () => {
      const { json } = await request(theEngine().socket, 'GET', '/demo/state');
      return (json as { requests: { method: string; path: string }[] }).requests;
    };
    const ticks = fc.record({ data: fc.boolean(), logs: fc.boolean(), given: fc.boolean(), image: fc.boolean() });
    const check = async (ticked: Readonly<Record<string, boolean>>) => {
      await makeProject();
      const before = (await logged()).length;
      const plan = await projectPlan(
        (key) => ticked[parseKey(key).kind === 'image' ? 'image' : parseKey(key).id] ?? false,
      );
      await remove(plan);
      const deleted = (await logged()).slice(before).filter(({ method }) => method === 'DELETE');
      const own = deleted.flatMap(
        ({ path }) => /\/(networks|volumes|images)\/([^/]+)$/.exec(path)?.slice(1).join(' ') ?? [],
      );
      const image = [...plan.nodes.keys()].filter((key) => parseKey(key).kind === 'image');
      const expected = [
        ...['networks front', 'networks back'],
        ...['data', 'logs'].flatMap((name) => (ticked[name] ? [`volumes ${name}`] : [])),
        ...image.map((key) => `images ${parseKey(key).id}`),
      ];
      expect(own.sort()).toEqual(expected.sort());
      expect(image.length > 0).toBe(ticked['image']);
      expect(deleted.filter(({ path }) => /(networks|volumes|images).*force/.test(path))).toEqual([]);
      await clear();
    };
    await fc.assert(fc.asyncProperty(ticks, check), { numRuns: 12 });
  });

  conformanceTest('a container that joins after the plan keeps its network and volume', 'everywhere', async () => {
    try {
      await makeProject();
      const plan = await projectPlan((key) => parseKey(key).id === 'data');
      expect(
        [...plan.nodes.keys()]
          .filter(isResource)
          .map((key) => parseKey(key).id)
          .sort(),
      ).toEqual(['back', 'data', 'front']);
      await create('late', ['data'], ['front']);
      const report = await remove(plan);
      expect(outcomes(report)).toEqual({
        web: 'removed',
        db: 'removed',
        back: 'removed',
        front: 'failed',
        data: 'failed',
      });
      for (const { outcome } of report.nodes.values())
        if (outcome.kind === 'failed') expect(outcome.reason).toBe('inUse');
      const left = await theService().listWithSizes(engineId);
      const names = left.filter(({ kind }) => kind !== 'image').map(({ name }) => name);
      expect(['front', 'outer', 'data', 'logs', 'given'].filter((name) => !names.includes(name))).toEqual([]);
      expect(await remaining()).toHaveLength(1);
    } finally {
      await clear();
    }
  });
}
