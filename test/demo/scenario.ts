import { waitFor } from '../../scripts/waitFor';
import { normalize } from './normalize';
import { request, type RawResponse } from './libpodClient';

/** One exchange as stored under `test/engine/recorded`, normalized. */
export interface Exchange {
  request: string;
  status: number;
  contentType: string;
  body: unknown;
}

/** A setup and its requests, for real engines and the demo engine. */
export interface Scenario {
  name: string;
  /** Results vary: recorded several times on real engines; the demo engine's statuses and causes must be among them. */
  race?: boolean;
  play(context: ScenarioContext): Promise<void>;
}

export const libpod = '/v4.0.0/libpod';
const exitsOnSigterm = ['/busybox', 'sh', '-c', 'trap "exit 0" TERM; /busybox sleep 100000 & wait'];
const ignoresSigterm = ['/busybox', 'sleep', '100000'];

interface ContainerOptions {
  name: string;
  pod?: string;
  /** Name of the container whose namespace it shares. */
  net?: string;
  pid?: string;
  ipc?: string;
  requires?: string[];
  stubborn?: boolean;
  command?: string[];
  /** Further members of libpod's `SpecGenerator`. */
  spec?: Record<string, unknown>;
  /** Default true. */
  start?: boolean;
}

/** Pauses the engine's clock to force a race. */
export interface ClockGate {
  pause(): void;
  /** Waits until all requests have reached the engine, then resumes. */
  resumeAfter(paths: readonly string[]): Promise<void>;
}

/** Creates objects on an engine and records its responses. */
export class ScenarioContext {
  readonly exchanges: Exchange[] = [];
  private readonly names = new Map<string, string>();

  constructor(
    private readonly socketPath: string,
    private readonly gate?: ClockGate,
  ) {}

  /** Before a race: pauses the demo engine until all requests of `recordConcurrently` have arrived. */
  pauseClock(): void {
    this.gate?.pause();
  }

  /** Sends a request and records the exchange. */
  async record(method: string, path: string, body?: unknown): Promise<RawResponse> {
    const response = await request(this.socketPath, method, path, body);
    this.exchanges.push(this.exchange(method, path, response));
    return response;
  }

  /** Sends requests concurrently and records the exchanges by status. */
  async recordConcurrently(requests: readonly { method: string; path: string }[]): Promise<void> {
    const exchanges = requests.map(async ({ method, path }) =>
      this.exchange(method, path, await request(this.socketPath, method, path)),
    );
    await this.gate?.resumeAfter(requests.map(({ path }) => path));
    this.exchanges.push(
      ...(await Promise.all(exchanges)).sort((a, b) => a.status - b.status || (a.request < b.request ? -1 : 1)),
    );
  }

  /** Polls until the containers other than infra containers match. */
  async waitForRemaining(condition: (remaining: readonly string[]) => boolean): Promise<void> {
    await waitFor('the remaining containers', async () => condition(await this.remaining()));
  }

  /** Signals a container until it exits, and returns whether the engine restarts it. */
  async outcomeOf(name: string, signal: string): Promise<'comes back' | 'stays down'> {
    const path = `${libpod}/containers/${name}`;
    const inspectState = async (): Promise<{ Status: string; StartedAt: string }> => {
      const { json } = await this.send('GET', `${path}/json`);
      return (json as { State: { Status: string; StartedAt: string } }).State;
    };
    const before = await inspectState();
    for (let tries = 0; tries < 5000; tries++) {
      const now = await inspectState();
      if (now.StartedAt !== before.StartedAt) return 'comes back';
      // Final only when `exited`: the cleanup process restarts containers.
      if (now.Status === 'exited') return 'stays down';
      // A shell that has just started may miss the signal before it sets its trap.
      if (now.Status === 'running') await request(this.socketPath, 'POST', `${path}/kill?signal=${signal}`);
    }
    throw new Error(`${name} did not end`);
  }

  /** Records a result that no single response contains, such as the remaining containers. */
  recordResult(request: string, body: unknown): void {
    this.exchanges.push({ request, status: 0, contentType: '', body: normalize(body, this.names) });
  }

  /** Sends a request without recording it; rejects on an error status. */
  async send(method: string, path: string, body?: unknown): Promise<RawResponse> {
    const response = await request(this.socketPath, method, path, body);
    if (response.status >= 400) throw new Error(`${method} ${path}: ${response.status} ${response.text}`);
    return response;
  }

  async pod(name: string, spec: Record<string, unknown> = {}): Promise<string> {
    const { json } = await this.send('POST', `${libpod}/pods/create`, { name, ...spec });
    const id = (json as { Id: string }).Id;
    this.names.set(id, name);
    const inspection = await this.send('GET', `${libpod}/pods/${id}/json`);
    const infra = (inspection.json as { InfraContainerID?: string }).InfraContainerID;
    if (infra) this.names.set(infra, `infra of ${name}`);
    return id;
  }

  async container(options: ContainerOptions): Promise<string> {
    const { json } = await this.send('POST', `${libpod}/containers/create`, toSpec(options));
    const id = (json as { Id: string }).Id;
    this.names.set(id, options.name);
    if (options.start ?? true) await this.send('POST', `${libpod}/containers/${id}/start`);
    return id;
  }

  /** The id of the infra container of a pod. */
  infraOf(pod: string): string {
    for (const [id, name] of this.names) if (name === `infra of ${pod}`) return id;
    throw new Error(`${pod} has no infra container`);
  }

  /** Names and states of all containers other than infra containers. */
  async remaining(): Promise<string[]> {
    const { json } = await this.send('GET', `${libpod}/containers/json?all=true`);
    const all = json as { Names: string[]; State: string; IsInfra: boolean }[];
    return all
      .filter((each) => !each.IsInfra)
      .map((each) => `${each.Names[0]} ${each.State}`)
      .sort();
  }

  async volumes(): Promise<string[]> {
    const { json } = await this.send('GET', `${libpod}/volumes/json`);
    return ((json ?? []) as { Name: string }[]).map((volume) => volume.Name).sort();
  }

  /** Removes everything, so that the next scenario starts with an empty engine. */
  async clear(): Promise<void> {
    const pods = (await this.send('GET', `${libpod}/pods/json`)).json as { Id: string }[] | null;
    for (const { Id } of pods ?? [])
      await request(this.socketPath, 'DELETE', `${libpod}/pods/${Id}?force=true&timeout=0`);
    for (;;) {
      const { json } = await this.send('GET', `${libpod}/containers/json?all=true`);
      const containers = (json ?? []) as { Id: string }[];
      if (containers.length === 0) break;
      // Dependents are listed after their dependencies.
      for (const { Id } of containers.reverse()) {
        await request(this.socketPath, 'DELETE', `${libpod}/containers/${Id}?force=true&timeout=0&volumes=true`);
      }
    }
    for (const name of await this.volumes()) await request(this.socketPath, 'DELETE', `${libpod}/volumes/${name}`);
  }

  private exchange(method: string, path: string, response: RawResponse): Exchange {
    const body = response.json === undefined ? response.text : response.json;
    return {
      request: normalize(`${method} ${path}`, this.names) as string,
      status: response.status,
      contentType: response.contentType,
      body: normalize(body, this.names),
    };
  }
}

function toSpec(options: ContainerOptions): Record<string, unknown> {
  const from = (value: string): Record<string, string> => ({ nsmode: 'container', value });
  return {
    image: 'localhost/bb:1',
    name: options.name,
    command: options.command ?? (options.stubborn ? ignoresSigterm : exitsOnSigterm),
    ...(options.pod === undefined ? { netns: { nsmode: 'none' } } : { pod: options.pod }),
    ...(options.net === undefined ? {} : { netns: from(options.net) }),
    ...(options.pid === undefined ? {} : { pidns: from(options.pid) }),
    ...(options.ipc === undefined ? {} : { ipcns: from(options.ipc) }),
    ...(options.requires === undefined ? {} : { dependencyContainers: options.requires }),
    ...options.spec,
  };
}
