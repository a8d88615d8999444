import assert from 'node:assert/strict';
import type { HostEngine } from '../../scripts/testing/hostEngines';
import { type ContainerSpec, type Fleet, createFleet, LIBPOD } from '../../scripts/engines/fleet';
import { type Answer, request } from '../../scripts/engines/http';

/** Seconds. A process that is stopped while it still sets its trap does not hear of it. */
const grace = 1;

/** A container as its engine tells of it; moments in milliseconds since the epoch. */
export interface ObservedState {
  readonly state: string;
  readonly exitCode: number;
  readonly began: number;
  readonly ended: number;
}

/**
 * What a suite makes on an engine of the run, and how the engine itself says that it is: all past the production code. The
 * engine is private and was empty.
 */
export class EngineFleet {
  private readonly fleet: Fleet;
  private readonly made: { readonly path: string; readonly name: string; readonly runs: boolean }[] = [];
  private readonly ids = new Map<string, string>();

  constructor(readonly engine: HostEngine) {
    this.fleet = createFleet(engine);
  }

  get hasPods(): boolean {
    return this.engine.flavour === 'podman';
  }

  async pod(name: string): Promise<void> {
    const id = await this.fleet.pod(name);
    this.ids.set(name, id);
    this.made.push({ path: `/pods/${id}`, name, runs: false });
  }

  async container(wish: ContainerSpec): Promise<void> {
    const id = await this.fleet.container({ stopTimeout: grace, ...wish });
    this.ids.set(wish.name, id);
    const { state } = await this.look(wish.name);
    this.made.push({ path: `/containers/${id}`, name: wish.name, runs: state === 'running' });
  }

  /** Leaves the anonymous volume of a container that is gone. Its name. */
  async leaveVolume(): Promise<string> {
    const id = await this.fleet.container({ name: 'volumed', volumes: ['/data'], start: false });
    const { json } = await this.ask('GET', `/containers/${id}/json`);
    const [volume] = (json as { Mounts: { Name: string }[] }).Mounts.map(({ Name }) => Name);
    assert.ok(volume, `a volume on ${this.engine.name}`);
    this.made.push({ path: `/volumes/${volume}`, name: volume, runs: false });
    const answer = await this.ask('DELETE', `/containers/${id}`);
    assert.ok(answer.status < 300, answer.text);
    return volume;
  }

  /** Names of all volumes. */
  async volumes(): Promise<string[]> {
    const { json } = await this.ask('GET', this.hasPods ? '/volumes/json' : '/volumes');
    const list = this.hasPods ? json : (json as { Volumes: unknown }).Volumes;
    return ((list ?? []) as { Name: string }[]).map(({ Name }) => Name).sort();
  }

  idOf(name: string): string {
    return this.ids.get(name) ?? assert.fail(`${name} was not made on ${this.engine.name}`);
  }

  /** Ids of all that is there, pods too. */
  async everything(): Promise<string[]> {
    return [...(await this.fleet.podIds()), ...(await this.fleet.containerIds())].sort();
  }

  /** Names of those among these that are there. */
  async there(...names: string[]): Promise<string[]> {
    const all = await this.everything();
    return names.filter((name) => all.includes(this.idOf(name)));
  }

  async look(name: string): Promise<ObservedState> {
    const answer = await this.ask('GET', `/containers/${this.idOf(name)}/json`);
    assert.equal(answer.status, 200, `${name} on ${this.engine.name}: ${answer.text}`);
    const { State } = answer.json as {
      State: { Status: string; ExitCode: number; StartedAt: string; FinishedAt: string };
    };
    // What Podman has not cleaned up behind yet is `stopped`.
    const state = State.Status === 'stopped' ? 'exited' : State.Status;
    const [began, ended] = [Date.parse(State.StartedAt), Date.parse(State.FinishedAt)];
    return { state, exitCode: State.ExitCode, began, ended };
  }

  /** Whether a stop has reached it and it still runs. */
  async isBeingStopped(name: string): Promise<boolean> {
    if (this.hasPods) return (await this.look(name)).state === 'stopping';
    const filters = encodeURIComponent(JSON.stringify({ container: [this.idOf(name)], event: ['kill'] }));
    const { text } = await this.ask('GET', `/events?since=0&until=${Date.now() / 1000}&filters=${filters}`);
    return text.trim() !== '';
  }

  /** The states of these, by name. */
  async states(names: readonly string[]): Promise<Record<string, string>> {
    const seen = await Promise.all(names.map(async (name) => [name, (await this.look(name)).state] as const));
    return Object.fromEntries(seen);
  }

  /** Lets what ran when it was made run again. */
  async restore(): Promise<void> {
    for (const { path, name, runs } of this.made) {
      if (!runs) continue;
      const { state } = await this.look(name);
      if (state === 'running') continue;
      await this.ask('POST', `${path}/${state === 'paused' ? 'unpause' : 'start'}`);
      assert.equal((await this.look(name)).state, 'running', `${name} on ${this.engine.name}`);
    }
  }

  /** Takes away what was made, as far as it is still there. */
  async clear(): Promise<void> {
    for (const { path } of this.made.splice(0).reverse()) {
      await this.ask('DELETE', `${path}?force=true&timeout=0`);
    }
    assert.deepEqual(await this.everything(), [], `left on ${this.engine.name}`);
  }

  private ask(method: string, path: string): Promise<Answer> {
    return request(this.engine.socket, method, this.hasPods ? LIBPOD + path : path);
  }
}
