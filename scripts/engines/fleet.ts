import { waitFor } from '../waitFor';
import { type Answer, request } from './http';
import type { RunningEngine } from './engine';

/** Prefix of libpod's API, supported by Podman 4.3 to 6.1. */
export const LIBPOD = '/v4.0.0/libpod';

/** Exits with 0 on SIGTERM, once it has logged `started`. */
export const EXITS_ON_SIGTERM: readonly string[] = [
  ...['/busybox', 'sh', '-c'],
  'trap "exit 0" TERM; echo started; /busybox sleep 100000 & wait',
];
/** Exits with 0 some seconds after SIGTERM, like a database. */
export const exitsAfter = (seconds: number): readonly string[] => [
  ...['/busybox', 'sh', '-c'],
  `trap "/busybox sleep ${seconds}; exit 0" TERM; echo started; /busybox sleep 100000 & wait`,
];
export const EXITS_SLOWLY = exitsAfter(2);
/** Logs each SIGTERM and keeps running. */
export const LOGS_SIGTERM: readonly string[] = [
  ...['/busybox', 'sh', '-c'],
  'trap "echo got TERM" TERM; echo started; while :; do /busybox sleep 100000 & wait $!; done',
];
/** Ignores SIGTERM, because PID 1 has no default signal actions; killed after its stop timeout. */
export const IGNORES_SIGTERM: readonly string[] = ['/busybox', 'sleep', '100000'];
/** Exits immediately. */
export const EXITS_AT_ONCE: readonly string[] = ['/busybox', 'true'];

export interface ContainerSpec {
  readonly name: string;
  readonly command?: readonly string[];
  /** Name of an existing container whose namespace it shares. */
  readonly network?: string;
  readonly pid?: string;
  readonly ipc?: string;
  /** `--requires`; on Docker compose's `depends_on`, which needs a project (`pod`). */
  readonly requires?: readonly string[];
  readonly volumesFrom?: readonly string[];
  /** Pod it is a member of; on Docker its compose project. */
  readonly pod?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Seconds; default 10. */
  readonly stopTimeout?: number;
  readonly restart?: 'no' | 'always' | 'on-failure' | 'unless-stopped';
  /** Ports as `host:container`; not on Docker, whose isolated engine has no network. */
  readonly ports?: readonly string[];
  /** Mount paths of anonymous volumes. */
  readonly volumes?: readonly string[];
  /** The command of a health check that runs each second; `retries` failures make it unhealthy. */
  readonly healthCheck?: { readonly test: readonly string[]; readonly retries: number };
  /** Default true. `EXITS_AT_ONCE` is awaited until it has exited. */
  readonly start?: boolean;
}

/** Creates containers and pods over an engine's raw HTTP API, without code of Podgraph. */
export interface Fleet {
  /** Creates a pod and returns its id. On Docker returns '': the project is a label of its members. */
  pod(name: string, labels?: Readonly<Record<string, string>>): Promise<string>;
  /** Creates a container and starts it unless `start` is false. Returns its id. */
  container(spec: ContainerSpec): Promise<string>;
  /** Ids of all containers, including infra containers. */
  containerIds(): Promise<string[]>;
  podIds(): Promise<string[]>;
}

function accepted(answer: Answer, operation: string, ...statuses: readonly number[]): Answer {
  if (!statuses.includes(answer.status)) throw new Error(`${operation}: ${answer.status} ${answer.text.trim()}`);
  return answer;
}

const idOf = (answer: Answer) => (answer.json as { Id: string }).Id;
const idsIn = (answer: Answer) => ((answer.json ?? []) as { Id: string }[]).map(({ Id }) => Id);

/** Waits until a process has set its trap: a signal sent before that is lost, and costs the full stop timeout. */
async function waitForTrap(
  { name, command = EXITS_ON_SIGTERM }: ContainerSpec,
  logs: () => Promise<Answer>,
): Promise<void> {
  if (!command.some((arg) => arg.includes('echo started'))) return;
  await waitFor(`${name} logs that it started`, async () =>
    accepted(await logs(), `log of ${name}`, 200).text.includes('started'),
  );
}

const SECOND = 1_000_000_000;

function healthCheckBody({ test, retries }: NonNullable<ContainerSpec['healthCheck']>): object {
  return { Test: ['CMD', ...test], Interval: SECOND, Timeout: 5 * SECOND, StartPeriod: 0, Retries: retries };
}

function podmanBody(spec: ContainerSpec): object {
  const shared = (name: string | undefined) => name && { nsmode: 'container', value: name };
  return {
    name: spec.name,
    image: 'localhost/bb:1',
    command: spec.command ?? EXITS_ON_SIGTERM,
    pod: spec.pod,
    netns: shared(spec.network),
    pidns: shared(spec.pid),
    ipcns: shared(spec.ipc),
    dependencyContainers: spec.requires,
    volumes_from: spec.volumesFrom,
    labels: spec.labels,
    stop_timeout: spec.stopTimeout,
    restart_policy: spec.restart,
    healthconfig: spec.healthCheck && healthCheckBody(spec.healthCheck),
    volumes: spec.volumes?.map((Dest) => ({ Dest })),
    portmappings: spec.ports?.map((port) => {
      const [host_port, container_port] = port.split(':').map(Number);
      return { host_port, container_port };
    }),
  };
}

function podmanFleet(socket: string): Fleet {
  const call = (method: string, url: string, body?: unknown) => request(socket, method, LIBPOD + url, body);
  return {
    pod: async (name, labels) =>
      idOf(accepted(await call('POST', '/pods/create', { name, labels }), `create pod ${name}`, 201)),
    container: async (spec) => {
      const created = accepted(await call('POST', '/containers/create', podmanBody(spec)), `create ${spec.name}`, 201);
      const id = idOf(created);
      if (spec.start === false) return id;
      accepted(await call('POST', `/containers/${id}/start`), `start ${spec.name}`, 204, 304);
      await waitForTrap(spec, () => call('GET', `/containers/${id}/logs?stdout=true`));
      if (spec.command === EXITS_AT_ONCE)
        accepted(await call('POST', `/containers/${id}/wait?condition=exited`), `wait for ${spec.name}`, 200);
      return id;
    },
    containerIds: async () => idsIn(accepted(await call('GET', '/containers/json?all=true'), 'list containers', 200)),
    podIds: async () => idsIn(accepted(await call('GET', '/pods/json'), 'list pods', 200)),
  };
}

function dockerBody(spec: ContainerSpec): object {
  const shared = (name: string | undefined) => name && `container:${name}`;
  if (spec.requires && spec.pod === undefined)
    throw new Error(`${spec.name}: depends_on needs a compose project (pod).`);
  const compose = spec.pod !== undefined && {
    'com.docker.compose.project': spec.pod,
    'com.docker.compose.service': spec.name,
    'com.docker.compose.depends_on': (spec.requires ?? []).map((name) => `${name}:service_started:false`).join(','),
  };
  return {
    Image: 'bb:1',
    Cmd: spec.command ?? EXITS_ON_SIGTERM,
    Labels: { ...compose, ...spec.labels },
    StopTimeout: spec.stopTimeout,
    Healthcheck: spec.healthCheck && healthCheckBody(spec.healthCheck),
    Volumes: spec.volumes && Object.fromEntries(spec.volumes.map((path) => [path, {}])),
    HostConfig: {
      NetworkMode: shared(spec.network) ?? 'none',
      PidMode: shared(spec.pid),
      // Other containers can join only a shareable ipc namespace.
      IpcMode: shared(spec.ipc) ?? 'shareable',
      VolumesFrom: spec.volumesFrom,
      RestartPolicy: spec.restart && { Name: spec.restart },
    },
  };
}

function dockerFleet(socket: string): Fleet {
  const call = (method: string, url: string, body?: unknown) => request(socket, method, url, body);
  return {
    pod: async () => '',
    container: async (spec) => {
      const url = `/containers/create?name=${encodeURIComponent(spec.name)}`;
      const id = idOf(accepted(await call('POST', url, dockerBody(spec)), `create ${spec.name}`, 201));
      if (spec.start === false) return id;
      accepted(await call('POST', `/containers/${id}/start`), `start ${spec.name}`, 204, 304);
      await waitForTrap(spec, () => call('GET', `/containers/${id}/logs?stdout=true`));
      if (spec.command === EXITS_AT_ONCE)
        accepted(await call('POST', `/containers/${id}/wait`), `wait for ${spec.name}`, 200);
      return id;
    },
    containerIds: async () => idsIn(accepted(await call('GET', '/containers/json?all=true'), 'list containers', 200)),
    podIds: async () => [],
  };
}

/** Creates containers and pods on a running engine. */
export function createFleet({ flavour, socket }: Pick<RunningEngine, 'flavour' | 'socket'>): Fleet {
  return flavour === 'podman' ? podmanFleet(socket) : dockerFleet(socket);
}
