import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DemoEngine, type DemoEngineOptions } from '../src/demo/engine';
import type { FakeFleet } from '../src/demo/fleet';

/** A demo engine in this process, at a socket in a folder of its own: which a window under test shows. */
export class DemoEngineServer {
  private constructor(
    readonly engine: DemoEngine,
    private readonly folder: string,
  ) {}

  static async start(fleet: FakeFleet, options: Partial<DemoEngineOptions> = {}): Promise<DemoEngineServer> {
    const engine = new DemoEngine({ profile: '5', ...options });
    const served = new DemoEngineServer(engine, mkdtempSync(path.join(os.tmpdir(), 'podgraph-served-')));
    engine.addFleet(fleet);
    await served.listen();
    return served;
  }

  get socket(): string {
    return path.join(this.folder, 'engine.sock');
  }

  /** Once more, after the server was dropped. */
  listen(): Promise<void> {
    return this.engine.listen(this.socket);
  }

  /** Of pods and containers that are there; infra containers aside. */
  names(): string[] {
    const { containers, pods } = this.engine.state();
    const members = containers.filter((one) => !one.name.endsWith('-infra'));
    return [...pods, ...members].map((one) => one.name).sort();
  }

  /** Empty where there is no such container. */
  idOf(name: string): string {
    return this.engine.state().containers.find((one) => one.name === name)?.id ?? '';
  }

  /** States of containers by their names: of these, or of all. */
  states(...names: string[]): Record<string, string> {
    const { containers } = this.engine.state();
    const chosen = containers.filter(({ name }) => names.length === 0 || names.includes(name));
    return Object.fromEntries(chosen.map(({ name, state }) => [name, state]));
  }

  /** Names of the containers of which this was asked, in the order in which the engine took the calls. */
  asked(verb: string): string[] {
    const { requests, containers } = this.engine.state();
    return requests.flatMap(({ method, path: where }) => {
      const [, id] = new RegExp(`/containers/(\\w+)/${verb}\\b`).exec(where) ?? [];
      return method === 'POST' && id ? [containers.find((one) => one.id === id)?.name ?? id] : [];
    });
  }

  /** Requests that ask for a change. */
  writes() {
    return this.engine.state().requests.filter(({ method }) => method !== 'GET');
  }

  /** Adds what is missing of a fleet. */
  refill(fleet: FakeFleet) {
    this.engine.refill(fleet);
  }

  async stop(): Promise<void> {
    await this.engine.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
