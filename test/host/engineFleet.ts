import assert from 'node:assert/strict';
import type { HostEngine } from '../../scripts/testing/hostEngines';
import { type ContainerSpec, type Fleet, createFleet, LIBPOD } from '../../scripts/engines/fleet';
import { type Answer, request } from '../../scripts/engines/http';

/** Seconds; short, because a signal sent before the process sets its trap is lost. */
const stopTimeout = 1;

/** A container's state by its engine; times in milliseconds since the epoch. */
export interface ObservedState {
  readonly state: string;
  readonly exitCode: number;
  readonly began: number;
  readonly ended: number;
}

/**
 * Creates and inspects containers on an engine of the run, without production code. The engine is isolated and was empty.
 */
export class EngineFleet {
  private readonly fleet: Fleet;
  private readonly created: { readonly path: string; readonly name: string; readonly runs: boolean }[] = [];
  private readonly ids = new Map<string, string>();
  private readonly removals: (() => Promise<unknown>)[] = [];

  constructor(readonly engine: HostEngine) {
    this.fleet = createFleet(engine);
  }

  get hasPods(): boolean {
    return this.engine.flavour === 'podman';
  }

  async pod(name: string): Promise<void> {
    const id = await this.fleet.pod(name);
    this.ids.set(name, id);
    this.created.push({ path: `/pods/${id}`, name, runs: false });
  }

  async container(spec: ContainerSpec): Promise<void> {
    const id = await this.fleet.container({ stopTimeout, ...spec });
    this.ids.set(spec.name, id);
    const { state } = await this.inspect(spec.name);
    this.created.push({ path: `/containers/${id}`, name: spec.name, runs: state === 'running' });
  }

  /** Knows the containers that a tool has created from now on; `remove` removes them all. */
  async adopt(remove: () => Promise<unknown>): Promise<void> {
    this.removals.push(remove);
    const { json } = await this.send('GET', '/containers/json?all=true');
    for (const { Id, Names } of json as { Id: string; Names: string[] }[])
      this.ids.set((Names[0] ?? '').replace('/', ''), Id);
  }

  /** Creates an unused anonymous volume. Returns its name. */
  async createDanglingVolume(): Promise<string> {
    const id = await this.fleet.container({ name: 'volumed', volumes: ['/data'], start: false });
    const { json } = await this.send('GET', `/containers/${id}/json`);
    const [volume] = (json as { Mounts: { Name: string }[] }).Mounts.map(({ Name }) => Name);
    assert.ok(volume, `a volume on ${this.engine.name}`);
    this.created.push({ path: `/volumes/${volume}`, name: volume, runs: false });
    const answer = await this.send('DELETE', `/containers/${id}`);
    assert.ok(answer.status < 300, answer.text);
    return volume;
  }

  /** Names of all volumes. */
  async volumes(): Promise<string[]> {
    const { json } = await this.send('GET', this.hasPods ? '/volumes/json' : '/volumes');
    const list = this.hasPods ? json : (json as { Volumes: unknown }).Volumes;
    return ((list ?? []) as { Name: string }[]).map(({ Name }) => Name).sort();
  }

  idOf(name: string): string {
    return this.ids.get(name) ?? assert.fail(`${name} was not created on ${this.engine.name}`);
  }

  /** Ids of all containers and pods. */
  async everything(): Promise<string[]> {
    return [...(await this.fleet.podIds()), ...(await this.fleet.containerIds())].sort();
  }

  /** Those of these names that exist. */
  async existing(...names: string[]): Promise<string[]> {
    const all = await this.everything();
    return names.filter((name) => all.includes(this.idOf(name)));
  }

  async inspect(name: string): Promise<ObservedState> {
    const answer = await this.send('GET', `/containers/${this.idOf(name)}/json`);
    assert.equal(answer.status, 200, `${name} on ${this.engine.name}: ${answer.text}`);
    const { State } = answer.json as {
      State: { Status: string; ExitCode: number; StartedAt: string; FinishedAt: string };
    };
    // `stopped` is an exited container that Podman has not cleaned up yet.
    const state = State.Status === 'stopped' ? 'exited' : State.Status;
    const [began, ended] = [Date.parse(State.StartedAt), Date.parse(State.FinishedAt)];
    return { state, exitCode: State.ExitCode, began, ended };
  }

  /** Whether it was sent a stop and still runs. */
  async isBeingStopped(name: string): Promise<boolean> {
    if (this.hasPods) return (await this.inspect(name)).state === 'stopping';
    const filters = encodeURIComponent(JSON.stringify({ container: [this.idOf(name)], event: ['kill'] }));
    const { text } = await this.send('GET', `/events?since=0&until=${Date.now() / 1000}&filters=${filters}`);
    return text.trim() !== '';
  }

  /** States by name. */
  async states(names: readonly string[]): Promise<Record<string, string>> {
    const entries = await Promise.all(names.map(async (name) => [name, (await this.inspect(name)).state] as const));
    return Object.fromEntries(entries);
  }

  /** Starts or unpauses containers that ran after their creation. */
  async restore(): Promise<void> {
    for (const { path, name, runs } of this.created) {
      if (!runs) continue;
      const { state } = await this.inspect(name);
      if (state === 'running') continue;
      await this.send('POST', `${path}/${state === 'paused' ? 'unpause' : 'start'}`);
      assert.equal((await this.inspect(name)).state, 'running', `${name} on ${this.engine.name}`);
    }
  }

  /** Restarts a container without Podgraph. */
  async restart(name: string): Promise<void> {
    const restarted = await this.send('POST', `/containers/${this.idOf(name)}/restart?t=1`);
    assert.ok(restarted.status < 300, restarted.text);
  }

  /** Runs a command in a running container, without waiting for its end. */
  async exec(name: string, command: readonly string[]): Promise<void> {
    const created = await this.send('POST', `/containers/${this.idOf(name)}/exec`, { Cmd: command });
    assert.equal(created.status, 201, created.text);
    const { Id } = created.json as { Id: string };
    const started = await this.send('POST', `/exec/${Id}/start`, { Detach: true });
    assert.equal(started.status, 200, started.text);
  }

  /** When its health check first passed, of the checks that the engine still knows; in milliseconds since the epoch. */
  async passed(name: string): Promise<number> {
    const { json } = await this.send('GET', `/containers/${this.idOf(name)}/json`);
    const { State } = json as { State: { Health: { Log: { ExitCode: number; End: string }[] } } };
    const first = State.Health.Log.find(({ ExitCode }) => ExitCode === 0);
    return Date.parse(first?.End ?? assert.fail(`no check of ${name} passed: ${JSON.stringify(State)}`));
  }

  /** Removes everything that was created. */
  async clear(): Promise<void> {
    for (const remove of this.removals.splice(0)) await remove();
    for (const { path } of this.created.splice(0).reverse()) {
      await this.send('DELETE', `${path}?force=true&timeout=0`);
    }
    assert.deepEqual(await this.everything(), [], `left on ${this.engine.name}`);
  }

  private send(method: string, path: string, body?: unknown): Promise<Answer> {
    return request(this.engine.socket, method, this.hasPods ? LIBPOD + path : path, body);
  }
}
