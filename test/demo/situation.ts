import { normalise } from './normalise';
import { request, type RawAnswer } from './libpodClient';

/** One exchange as it is kept under `test/engine/recorded`: ids are names, nothing tells of the machine. */
export interface Exchange {
  request: string;
  status: number;
  contentType: string;
  body: unknown;
}

/** What an engine is brought into, and what it is asked then. The same on real engines and on the demo engine. */
export interface Scenario {
  name: string;
  /**
   * Answers differ from run to run on a real engine: it is played several times there, and the demo engine's statuses and
   * causes must be among those that were seen.
   */
  race?: boolean;
  play(lab: ScenarioContext): Promise<void>;
}

export const libpod = '/v4.0.0/libpod';
const quick = ['/busybox', 'sh', '-c', 'trap "exit 0" TERM; /busybox sleep 100000 & wait'];
const stubborn = ['/busybox', 'sleep', '100000'];

export interface ContainerOptions {
  name: string;
  pod?: string;
  /** Name of the container whose network, process or ipc namespace it takes. */
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

/** How a race is made sure of on an engine whose time can be stopped. */
export interface ClockGate {
  /** Stops the engine's time. */
  hold(): void;
  /** Waits until all these requests have reached the engine, then lets time go on. */
  goOnAfter(paths: readonly string[]): Promise<void>;
}

/** An engine to play situations on: makes what they need, and keeps what it answers. */
export class ScenarioContext {
  readonly exchanges: Exchange[] = [];
  private readonly names = new Map<string, string>();

  constructor(
    private readonly socketPath: string,
    private readonly pace?: ClockGate,
  ) {}

  /** Before a race: the demo engine ends nothing until all that `recordAtOnce` asks has arrived. Real engines do not wait. */
  hold(): void {
    this.pace?.hold();
  }

  /** Asks, and keeps request and answer. */
  async record(method: string, path: string, body?: unknown): Promise<RawAnswer> {
    const answer = await request(this.socketPath, method, path, body);
    this.exchanges.push(this.exchange(method, path, answer));
    return answer;
  }

  /** Asks all at once, and keeps the answers in the order of their statuses. */
  async recordAtOnce(calls: readonly { method: string; path: string }[]): Promise<void> {
    const answers = calls.map(async ({ method, path }) =>
      this.exchange(method, path, await request(this.socketPath, method, path)),
    );
    await this.pace?.goOnAfter(calls.map((call) => call.path));
    this.exchanges.push(
      ...(await Promise.all(answers)).sort((a, b) => a.status - b.status || (a.request < b.request ? -1 : 1)),
    );
  }

  /** Asks again and again until the containers, infra containers aside, are as wanted. */
  async untilLeft(wanted: (left: readonly string[]) => boolean): Promise<void> {
    for (let tries = 0; tries < 2000; tries++) if (wanted(await this.left())) return;
    throw new Error(`It never came to that: ${(await this.left()).join(', ')}`);
  }

  /** Signals a container until it ends, and watches whether the engine brings it back. */
  async fateOf(name: string, signal: string): Promise<'comes back' | 'stays down'> {
    const path = `${libpod}/containers/${name}`;
    const look = async (): Promise<{ Status: string; StartedAt: string }> => {
      const { json } = await this.do('GET', `${path}/json`);
      return (json as { State: { Status: string; StartedAt: string } }).State;
    };
    const before = await look();
    for (let tries = 0; tries < 5000; tries++) {
      const now = await look();
      if (now.StartedAt !== before.StartedAt) return 'comes back';
      // Down for good only once it is cleaned up: the clean-up process is what restarts containers.
      if (now.Status === 'exited') return 'stays down';
      // A shell that has just been started has no trap yet and misses the signal.
      if (now.Status === 'running') await request(this.socketPath, 'POST', `${path}/kill?signal=${signal}`);
    }
    throw new Error(`${name} did not end`);
  }

  /** Keeps a fact that no single answer shows, such as who is left. */
  note(request: string, body: unknown): void {
    this.exchanges.push({ request, status: 0, contentType: '', body: normalise(body, this.names) });
  }

  /** Asks without keeping. */
  async do(method: string, path: string, body?: unknown): Promise<RawAnswer> {
    const answer = await request(this.socketPath, method, path, body);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  }

  async pod(name: string, spec: Record<string, unknown> = {}): Promise<string> {
    const { json } = await this.do('POST', `${libpod}/pods/create`, { name, ...spec });
    const id = (json as { Id: string }).Id;
    this.names.set(id, name);
    const inspection = await this.do('GET', `${libpod}/pods/${id}/json`);
    const infra = (inspection.json as { InfraContainerID?: string }).InfraContainerID;
    if (infra) this.names.set(infra, `infra of ${name}`);
    return id;
  }

  async container(wish: ContainerOptions): Promise<string> {
    const { json } = await this.do('POST', `${libpod}/containers/create`, specOf(wish));
    const id = (json as { Id: string }).Id;
    this.names.set(id, wish.name);
    if (wish.start ?? true) await this.do('POST', `${libpod}/containers/${id}/start`);
    return id;
  }

  /** The id of the infra container of a pod. */
  infraOf(pod: string): string {
    for (const [id, name] of this.names) if (name === `infra of ${pod}`) return id;
    throw new Error(`${pod} has no infra container`);
  }

  /** Names and states of all containers but infra containers. */
  async left(): Promise<string[]> {
    const { json } = await this.do('GET', `${libpod}/containers/json?all=true`);
    const all = json as { Names: string[]; State: string; IsInfra: boolean }[];
    return all
      .filter((each) => !each.IsInfra)
      .map((each) => `${each.Names[0]} ${each.State}`)
      .sort();
  }

  async volumes(): Promise<string[]> {
    const { json } = await this.do('GET', `${libpod}/volumes/json`);
    return ((json ?? []) as { Name: string }[]).map((volume) => volume.Name).sort();
  }

  /** Takes everything down, so that the next situation finds an empty engine. */
  async clear(): Promise<void> {
    const pods = (await this.do('GET', `${libpod}/pods/json`)).json as { Id: string }[] | null;
    for (const { Id } of pods ?? [])
      await request(this.socketPath, 'DELETE', `${libpod}/pods/${Id}?force=true&timeout=0`);
    for (;;) {
      const { json } = await this.do('GET', `${libpod}/containers/json?all=true`);
      const containers = (json ?? []) as { Id: string }[];
      if (containers.length === 0) break;
      // Dependents come after what they depend on.
      for (const { Id } of containers.reverse()) {
        await request(this.socketPath, 'DELETE', `${libpod}/containers/${Id}?force=true&timeout=0&volumes=true`);
      }
    }
    for (const name of await this.volumes()) await request(this.socketPath, 'DELETE', `${libpod}/volumes/${name}`);
  }

  private exchange(method: string, path: string, answer: RawAnswer): Exchange {
    const body = answer.json === undefined ? answer.text : answer.json;
    return {
      request: normalise(`${method} ${path}`, this.names) as string,
      status: answer.status,
      contentType: answer.contentType,
      body: normalise(body, this.names),
    };
  }
}

function specOf(wish: ContainerOptions): Record<string, unknown> {
  const from = (value: string): Record<string, string> => ({ nsmode: 'container', value });
  return {
    image: 'localhost/bb:1',
    name: wish.name,
    command: wish.command ?? (wish.stubborn ? stubborn : quick),
    ...(wish.pod === undefined ? { netns: { nsmode: 'none' } } : { pod: wish.pod }),
    ...(wish.net === undefined ? {} : { netns: from(wish.net) }),
    ...(wish.pid === undefined ? {} : { pidns: from(wish.pid) }),
    ...(wish.ipc === undefined ? {} : { ipcns: from(wish.ipc) }),
    ...(wish.requires === undefined ? {} : { dependencyContainers: wish.requires }),
    ...wish.spec,
  };
}
