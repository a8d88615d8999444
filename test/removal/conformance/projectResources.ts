import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, type TestContext } from 'vitest';
import { composeProject } from '../../../src/graph/model/labels';
import { parseKey } from '../../../src/graph/model/model';
import type { PlanOptions } from '../../../src/graph/plan/plan';
import { composeProjects, projectScope } from '../../../src/graph/plan/projectScope';
import { privateFiles, type Service } from '../../../src/service';
import { family, isThorough, line } from '../../engine/contract/engineVersion';
import { type ComposeProgram, composeDown, makeProjectWithResources } from '../../engine/project';
import { nullLog } from '../../silent';
import { conformanceTest, isDocker, outcomes, raw, remaining, remove, theEngine, theService, window } from './fixture';

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
async function removeProject(
  name: string,
  ticks: readonly string[],
  service: Service = theService(),
  options: Partial<PlanOptions> = {},
) {
  await service.refresh();
  const project = composeProjects(service.snapshot.graph).find((one) => one.name === name);
  if (!project) throw new Error(`there is no project ${name}`);
  const resources = await service.listWithSizes(project.engine);
  const { scope, offered } = projectScope(service.snapshot.graph, project, resources);
  const ticked = new Set(resources.flatMap((one) => (ticks.some((tick) => one.name === tick) ? [one.key] : [])));
  const excluded = offered.filter((key) => !ticked.has(key));
  const plan = await service.plan(scope, { dependents: 'block', running: 'stop', excluded, ...options });
  expect(plan.blockers).toEqual([]);
  return remove(plan, service);
}

/** Whatever a test of the project `till` left, without checking it. */
async function deleteAll() {
  for (const key of await remaining()) await raw('DELETE', `/containers/${parseKey(key).id}?force=true`);
  const cli = (...args: string[]) => theEngine().cli(args);
  await cli('network', 'rm', 'till-net');
  for (const network of ['till_inner', 'till_default']) await cli('network', 'rm', network);
  for (const volume of ['till_data', 'till_logs', 'till_shared']) await cli('volume', 'rm', volume);
  await cli('rmi', 'localhost/till-own:1');
  await theService().refresh();
}

async function removesOnlyTicked(program: ComposeProgram, context: Pick<TestContext, 'skip'>) {
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
    await deleteAll();
  }
}

/** Removes the project once by *Remove Project* with all that it offers, and once by its own program. */
async function leavesWhatComposeLeaves(program: ComposeProgram, context: Pick<TestContext, 'skip'>) {
  const skip = (reason: string) => context.skip(reason);
  const volumes = ['till_data', 'till_logs', 'till_shared'];
  const removals = [() => removeProject('till', volumes), () => composeDown(theEngine(), 'till', program, skip)];
  const left: unknown[] = [];
  for (const removal of removals) {
    await makeProjectWithResources(theEngine(), 'till', program, skip);
    try {
      await removal();
      await theService().refresh();
      const containers = [...theService().snapshot.graph.nodes.values()].map(({ name }) => name);
      left.push({ containers, ...(await resourceNames()) });
    } finally {
      await deleteAll();
    }
  }
  const [ours, theirs] = left;
  expect(ours).toEqual(theirs);
  expect(ours).toMatchObject({ containers: ['outsider'], volumes: expect.arrayContaining(['till_shared']) as unknown });
}

/** Removes the project with a backup of a volume, and brings it back. */
async function comesBackWithContent(program: ComposeProgram, context: Pick<TestContext, 'skip'>) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-backup-'));
  const recipes = { files: privateFiles(path.join(folder, 'recipes')), retentionMs: () => 1e9 };
  const service = window('auto', nullLog, recipes);
  await makeProjectWithResources(theEngine(), 'till', program, (reason) => context.skip(reason));
  const inDb = async (script: string) => {
    await service.refresh();
    const db = [...service.snapshot.graph.nodes.values()].find(({ name }) => /^till[-_]db[-_]1$/.test(name));
    return theEngine().cli(['exec', db?.name ?? '', '/busybox', 'sh', '-c', script]);
  };
  try {
    expect(await inDb('echo rows > /data/file')).toMatchObject({ code: 0 });
    const before = await resourceNames();
    const report = await removeProject('till', ['till_data'], service, { backupFolder: folder });
    expect(report.backups?.map(({ volume }) => parseKey(volume).id)).toContain('till_data');
    expect(readdirSync(folder).filter((name) => name.endsWith('.tar'))).not.toEqual([]);
    expect((await resourceNames())['volumes']).not.toContain('till_data');
    const chosen = [...report.nodes.keys()];
    const again = { action: 'bringBack', removal: report.plan.id, dependents: 'block', running: 'stop' } as const;
    const back = await service.run(await service.plan({ chosen, isAll: false }, again)).done;
    expect(Object.values(outcomes(back)).filter((kind) => kind !== 'done')).toEqual([]);
    expect(await resourceNames()).toEqual(before);
    expect((await inDb('cat /data/file')).stdout).toBe('rows\n');
    const listed = await service.listWithSizes(parseKey(chosen[0]!).engine);
    const labels = listed.flatMap((one) => (/^till_(data|inner)$/.test(one.name) ? [composeProject(one)] : []));
    expect(labels).toEqual(['till', 'till']);
  } finally {
    await deleteAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What becomes of the networks, volumes and images of a compose project. */
export function projectResources(): void {
  conformanceTest('of a project of Docker Compose, only what is ticked', 'real', (context) =>
    removesOnlyTicked('docker-compose', context),
  );

  if (isThorough || line === 'podman-5-rootless')
    conformanceTest('of a project of podman-compose, only what is ticked', 'real podman', (context) =>
      removesOnlyTicked('podman-compose', context),
    );

  // In `npm test`, one pair of program and engine: each takes half a minute.
  if (isThorough || line === 'docker')
    conformanceTest('Remove Project with all volumes leaves what Docker Compose leaves', 'real', (context) =>
      leavesWhatComposeLeaves('docker-compose', context),
    );

  // On Podman 4.3.1, `podman-compose down` leaves a network of the project.
  if (isThorough && family !== 'podman-4.3')
    conformanceTest('Remove Project with all volumes leaves what podman-compose leaves', 'real podman', (context) =>
      leavesWhatComposeLeaves('podman-compose', context),
    );

  if (isThorough || line === 'podman-5-rootless')
    conformanceTest('a project comes back with its networks and the content of a volume', 'real', (context) =>
      comesBackWithContent('docker-compose', context),
    );
}
