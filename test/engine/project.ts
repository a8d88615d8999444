import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunningEngine } from '../../scripts/engines/engine';
import { EXITS_ON_SIGTERM, IGNORES_SIGTERM } from '../../scripts/engines/fleet';
import { dockerCompose, type NoTool, podmanCompose, type ProjectTool } from '../../scripts/engines/projectTools';

/** Skips the test with a reason. */
export type Skip = (reason: string) => never;

const image = { image: 'localhost/bb:1', stop_grace_period: '1s' };

export type ComposeProgram = 'docker-compose' | 'podman-compose';

async function composeTool(engine: RunningEngine, program: ComposeProgram, skip: Skip): Promise<ProjectTool> {
  return asTool(await (program === 'docker-compose' ? dockerCompose : podmanCompose)(engine), skip);
}

/** Writes JSON, a subset of YAML, where the engine and its tools can read it. */
async function put(engine: RunningEngine, name: string, ...documents: readonly object[]): Promise<string> {
  const file = path.join(path.dirname(engine.socket), `${name}.yaml`);
  await writeFile(file, documents.map((one) => JSON.stringify(one)).join('\n---\n'));
  return file;
}

function asTool(tool: ProjectTool | NoTool, skip: Skip): ProjectTool {
  return 'missing' in tool ? skip(tool.missing) : tool;
}

async function succeed(tool: ProjectTool, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await tool(args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
}

/** External networks and volumes of a project: `NAME-net`, `NAME-data`. */
async function externals(engine: RunningEngine, name: string, skip: Skip): Promise<void> {
  if (engine.noNetworking !== undefined) return skip(engine.noNetworking);
  await succeed((args) => engine.cli([...args]), ['network', 'create', `${name}-net`]);
  await succeed((args) => engine.cli([...args]), ['volume', 'create', `${name}-data`]);
}

/**
 * A Docker Compose project: conditions of `depends_on`, a shared network, two replicas, a profile, an external network
 * and volume, and on Docker `links`, which Podman refuses. Podman runs no health checks without systemd.
 */
export async function makeComposeProject(engine: RunningEngine, name: string, skip: Skip): Promise<void> {
  const compose = asTool(await dockerCompose(engine), skip);
  await externals(engine, name, skip);
  const isDocker = engine.flavour === 'docker';
  const file = await put(engine, `${name}-compose`, {
    name,
    services: {
      db: {
        ...image,
        command: EXITS_ON_SIGTERM,
        volumes: ['data:/data'],
        healthcheck: { test: ['CMD', '/busybox', 'true'], interval: '1s' },
      },
      migrate: { ...image, command: ['/busybox', 'true'], depends_on: ['db'] },
      web: {
        ...image,
        command: EXITS_ON_SIGTERM,
        depends_on: {
          db: { condition: isDocker ? 'service_healthy' : 'service_started' },
          migrate: { condition: 'service_completed_successfully' },
        },
        deploy: { replicas: 2 },
      },
      ...(isDocker && { linked: { ...image, command: EXITS_ON_SIGTERM, links: ['db:database'] } }),
      sidecar: { ...image, command: EXITS_ON_SIGTERM, network_mode: 'service:db' },
      debug: {
        ...image,
        command: IGNORES_SIGTERM,
        profiles: ['debug'],
        depends_on: ['web'],
        networks: ['default', 'outer'],
      },
      unused: { ...image, command: EXITS_ON_SIGTERM, profiles: ['other'] },
    },
    networks: { outer: { external: true, name: `${name}-net` } },
    volumes: { data: { external: true, name: `${name}-data` } },
  });
  await succeed(compose, ['-f', file, '--profile', 'debug', 'up', '-d', '--pull', 'never']);
}

/**
 * A project of either program with an external network, an image of its own (`localhost/NAME-own:1`), and three volumes:
 * `data`, `logs` and `shared`, which a container outside of the project (`outsider`) mounts, too.
 */
export async function makeProjectWithResources(
  engine: RunningEngine,
  name: string,
  program: ComposeProgram,
  skip: Skip,
): Promise<void> {
  const compose = await composeTool(engine, program, skip);
  if (engine.noNetworking !== undefined) return skip(engine.noNetworking);
  const own = `localhost/${name}-own:1`;
  const cli = (...args: string[]) => succeed((all) => engine.cli([...all]), args);
  await cli('create', '--name', `${name}-source`, '--network=none', image.image, ...EXITS_ON_SIGTERM);
  await cli('commit', `${name}-source`, own);
  await cli('rm', `${name}-source`);
  await cli('network', 'create', `${name}-net`);
  const file = await put(engine, `${name}-resources`, {
    version: '3',
    services: {
      db: {
        image: own,
        command: EXITS_ON_SIGTERM,
        volumes: ['data:/data', 'shared:/shared'],
        networks: ['inner'],
      },
      web: {
        image: image.image,
        command: EXITS_ON_SIGTERM,
        depends_on: ['db'],
        volumes: ['data:/data', 'logs:/logs'],
        networks: ['inner', 'outer'],
      },
    },
    networks: { inner: {}, outer: { external: true, name: `${name}-net` } },
    volumes: { data: {}, logs: {}, shared: {} },
  });
  const pull = program === 'docker-compose' ? ['--pull', 'never'] : [];
  await succeed(compose, ['-f', file, '-p', name, 'up', '-d', ...pull]);
  await cli(
    ...['run', '-d', '--name', 'outsider', '--network', `${name}-net`, '-v', `${name}_shared:/shared`],
    ...[image.image, ...EXITS_ON_SIGTERM],
  );
}

/** `down -v` of a project that `makeProjectWithResources` made. It may fail: a volume is in use outside of the project. */
export async function composeDown(
  engine: RunningEngine,
  name: string,
  program: ComposeProgram,
  skip: Skip,
): Promise<void> {
  const compose = await composeTool(engine, program, skip);
  await compose(['-f', path.join(path.dirname(engine.socket), `${name}-resources.yaml`), '-p', name, 'down', '-v']);
}

/** A podman-compose project: `depends_on`, a shared network, an external network and volume. */
export async function makePodmanProject(engine: RunningEngine, name: string, skip: Skip): Promise<void> {
  const compose = asTool(await podmanCompose(engine), skip);
  await externals(engine, name, skip);
  const file = await put(engine, `${name}-podman`, {
    version: '3',
    services: {
      db: { image: image.image, command: EXITS_ON_SIGTERM, volumes: ['data:/data'], networks: ['outer'] },
      web: { image: image.image, command: EXITS_ON_SIGTERM, depends_on: ['db'], networks: ['outer'] },
    },
    networks: { outer: { external: true, name: `${name}-net` } },
    volumes: { data: { external: true, name: `${name}-data` } },
  });
  await succeed(compose, ['-f', file, '-p', name, 'up', '-d']);
}

/** A pod with an init container and a deployment, from `podman kube play`. */
export async function makeKubePods(engine: RunningEngine, name: string): Promise<void> {
  const container = (own: string, command: readonly string[]) => ({
    name: own,
    image: image.image,
    imagePullPolicy: 'Never',
    command,
  });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-shop`,
      labels: { app: `${name}-shop` },
      // Kept in the pod after it finished: Podman 4.3.1 may remove `once` containers too early, and then fails.
      annotations: { 'io.podman.annotations.init.container.type': 'always' },
    },
    spec: {
      terminationGracePeriodSeconds: 1,
      initContainers: [container('prepare', ['/busybox', 'true'])],
      containers: [container('web', EXITS_ON_SIGTERM), container('cache', EXITS_ON_SIGTERM)],
    },
  };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `${name}-workers` },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: `${name}-workers` } },
      template: {
        metadata: { labels: { app: `${name}-workers` } },
        spec: { containers: [container('worker', EXITS_ON_SIGTERM)] },
      },
    },
  };
  const file = await put(engine, `${name}-kube`, pod, deployment);
  await succeed((args) => engine.cli([...args]), ['kube', 'play', file]);
}
