import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, request } from './http';
import type { RunningEngine } from './engine';

/** Prefix of libpod's API that Podman 4.3 to 6.1 all understand. */
export const LIBPOD = '/v4.0.0/libpod';

/** A well-behaved process: ends at once, with 0, when asked to; from when it has said so in its log. */
export const EXITS_ON_SIGTERM: readonly string[] = [
  ...['/busybox', 'sh', '-c'],
  'trap "exit 0" TERM; echo started; /busybox sleep 100000 & wait',
];
/** A database: it needs two seconds to shut down, and ends with 0 if it has them. */
export const SLOW: readonly string[] = [
  ...['/busybox', 'sh', '-c'],
  'trap "/busybox sleep 2; exit 0" TERM; echo started; /busybox sleep 100000 & wait',
];
/** Notes each stop signal in its log, and goes on. */
export const NOTING: readonly string[] = [
  ...['/busybox', 'sh', '-c'],
  'trap "echo got TERM" TERM; echo started; while :; do /busybox sleep 100000 & wait $!; done',
];
/** PID 1 has no default signal actions, so this one ignores TERM and is killed when its grace is over. */
export const IGNORES_SIGTERM: readonly string[] = ['/busybox', 'sleep', '100000'];
/** Ends at once by itself. */
export const EXITS_AT_ONCE: readonly string[] = ['/busybox', 'true'];

export interface ContainerSpec {
  readonly name: string;
  readonly command?: readonly string[];
  /** Names of what it needs; they must exist. */
  readonly network?: string;
  readonly pid?: string;
  readonly ipc?: string;
  /** `--requires`; Docker has none, there it becomes compose's `depends_on`, and a project (`pod`) is needed. */
  readonly requires?: readonly string[];
  readonly volumesFrom?: readonly string[];
  /** Pod it is a member of; on Docker its compose project. */
  readonly pod?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Seconds it may take to stop; 10 without. */
  readonly stopTimeout?: number;
  readonly restart?: 'no' | 'always' | 'on-failure' | 'unless-stopped';
  /** Ports as `host:container`; not on Docker, whose private engine has no network to publish on. */
  readonly ports?: readonly string[];
  /** Paths inside that get an anonymous volume. */
  readonly volumes?: readonly string[];
  /** False leaves it created; BRIEF is waited for until it has exited. */
  readonly start?: boolean;
}

/** Makes containers and pods over an engine's raw HTTP API: nothing of Podgraph takes part. */
export interface Fleet {
  /** Makes a pod (on Docker nothing: the project is a label of its members). Returns its id, '' on Docker. */
  pod(name: string, labels?: Readonly<Record<string, string>>): Promise<string>;
  /** Makes a container and starts it unless told otherwise. Returns its id. */
  container(wish: ContainerSpec): Promise<string>;
  /** Ids of all containers there are, infra containers too. */
  containerIds(): Promise<string[]>;
  podIds(): Promise<string[]>;
}

function accepted(answer: Answer, what: string, ...statuses: readonly number[]): Answer {
  if (!statuses.includes(answer.status)) throw new Error(`${what}: ${answer.status} ${answer.text.trim()}`);
  return answer;
}

const idOf = (answer: Answer) => (answer.json as { Id: string }).Id;
const idsIn = (answer: Answer) => ((answer.json ?? []) as { Id: string }[]).map(({ Id }) => Id);

/** How long a process may take to say that it has started, in milliseconds, and how often it is looked for. */
const STARTED_WITHIN = 60_000;
const LOOK_EVERY = 20;

/** Waits until a process with a trap takes signals: one that is sent before its trap is set is lost, and costs the whole grace. */
async function takesSignals(
  { name, command = EXITS_ON_SIGTERM }: ContainerSpec,
  logs: () => Promise<Answer>,
): Promise<void> {
  if (!command.some((word) => word.includes('echo started'))) return;
  const until = Date.now() + STARTED_WITHIN;
  while (!accepted(await logs(), `log of ${name}`, 200).text.includes('started')) {
    if (Date.now() > until) throw new Error(`${name} was started and did nothing.`);
    await pause(LOOK_EVERY);
  }
}

function podmanBody(wish: ContainerSpec): object {
  const shared = (name: string | undefined) => name && { nsmode: 'container', value: name };
  return {
    name: wish.name,
    image: 'localhost/bb:1',
    command: wish.command ?? EXITS_ON_SIGTERM,
    pod: wish.pod,
    netns: shared(wish.network),
    pidns: shared(wish.pid),
    ipcns: shared(wish.ipc),
    dependencyContainers: wish.requires,
    volumes_from: wish.volumesFrom,
    labels: wish.labels,
    stop_timeout: wish.stopTimeout,
    restart_policy: wish.restart,
    volumes: wish.volumes?.map((Dest) => ({ Dest })),
    portmappings: wish.ports?.map((port) => {
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
    container: async (wish) => {
      const made = accepted(await call('POST', '/containers/create', podmanBody(wish)), `create ${wish.name}`, 201);
      const id = idOf(made);
      if (wish.start === false) return id;
      accepted(await call('POST', `/containers/${id}/start`), `start ${wish.name}`, 204, 304);
      await takesSignals(wish, () => call('GET', `/containers/${id}/logs?stdout=true`));
      if (wish.command === EXITS_AT_ONCE)
        accepted(await call('POST', `/containers/${id}/wait?condition=exited`), `wait for ${wish.name}`, 200);
      return id;
    },
    containerIds: async () => idsIn(accepted(await call('GET', '/containers/json?all=true'), 'list containers', 200)),
    podIds: async () => idsIn(accepted(await call('GET', '/pods/json'), 'list pods', 200)),
  };
}

function dockerBody(wish: ContainerSpec): object {
  const shared = (name: string | undefined) => name && `container:${name}`;
  if (wish.requires && wish.pod === undefined)
    throw new Error(`${wish.name}: depends_on needs a compose project (pod).`);
  const compose = wish.pod !== undefined && {
    'com.docker.compose.project': wish.pod,
    'com.docker.compose.service': wish.name,
    'com.docker.compose.depends_on': (wish.requires ?? []).map((name) => `${name}:service_started:false`).join(','),
  };
  return {
    Image: 'bb:1',
    Cmd: wish.command ?? EXITS_ON_SIGTERM,
    Labels: { ...compose, ...wish.labels },
    StopTimeout: wish.stopTimeout,
    Volumes: wish.volumes && Object.fromEntries(wish.volumes.map((path) => [path, {}])),
    HostConfig: {
      NetworkMode: shared(wish.network) ?? 'none',
      PidMode: shared(wish.pid),
      // Others can join an ipc namespace only if its owner said so.
      IpcMode: shared(wish.ipc) ?? 'shareable',
      VolumesFrom: wish.volumesFrom,
      RestartPolicy: wish.restart && { Name: wish.restart },
    },
  };
}

function dockerFleet(socket: string): Fleet {
  const call = (method: string, url: string, body?: unknown) => request(socket, method, url, body);
  return {
    pod: async () => '',
    container: async (wish) => {
      const url = `/containers/create?name=${encodeURIComponent(wish.name)}`;
      const id = idOf(accepted(await call('POST', url, dockerBody(wish)), `create ${wish.name}`, 201));
      if (wish.start === false) return id;
      accepted(await call('POST', `/containers/${id}/start`), `start ${wish.name}`, 204, 304);
      await takesSignals(wish, () => call('GET', `/containers/${id}/logs?stdout=true`));
      if (wish.command === EXITS_AT_ONCE)
        accepted(await call('POST', `/containers/${id}/wait`), `wait for ${wish.name}`, 200);
      return id;
    },
    containerIds: async () => idsIn(accepted(await call('GET', '/containers/json?all=true'), 'list containers', 200)),
    podIds: async () => [],
  };
}

/** A maker of containers and pods on a running engine. */
export function createFleet({ flavour, socket }: Pick<RunningEngine, 'flavour' | 'socket'>): Fleet {
  return flavour === 'podman' ? podmanFleet(socket) : dockerFleet(socket);
}
