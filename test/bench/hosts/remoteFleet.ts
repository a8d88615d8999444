import { setTimeout as pause } from 'node:timers/promises';
import { bundleExtension } from '../../../scripts/bundle/bundle';
import { type RunningEngine, startEngine } from '../../../scripts/engines/engine';
import { request as sendRequest } from '../../../scripts/engines/http';
import type { BenchOptions } from '../benchmark';

/** Milliseconds by which a slow host delays each response: another continent and a busy link. */
const SLOW = 300;
/** A flapping host disconnects for this many milliseconds after this many requests. */
const GONE = 500;
const REQUESTS = 150;
const FLAPS = 50;

export interface FleetSize {
  readonly hosts: number;
  /** Containers of each host. */
  readonly each: number;
  /** Hosts that can be made slow, and hosts that can be made to flap. */
  readonly slow: number;
  readonly flapping: number;
}

/** Demo engines with containers, each a separate process; the last ones can be made slow, and the very last ones flapping. */
export class RemoteFleet {
  private constructor(
    readonly all: readonly RunningEngine[],
    private readonly size: FleetSize,
  ) {}

  /** The engines run until `stop`, or until the end of all benchmarks. */
  static async build(size: FleetSize, { log, atEnd }: BenchOptions): Promise<RemoteFleet> {
    const { hosts, each } = size;
    await bundleExtension();
    log(`starting ${hosts} demo engines with ${each} containers each`);
    const all: RunningEngine[] = [];
    for (let at = 0; at < hosts; at++) {
      const engine = await startEngine('demo');
      atEnd(() => engine.stop());
      all.push(engine);
    }
    const fleet = new RemoteFleet(all, size);
    await fleet.fill();
    return fleet;
  }

  get containers(): number {
    return this.all.length * this.size.each;
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((engine) => engine.stop()));
  }

  /** Number of hosts, from the first, that are never degraded. */
  get healthy(): number {
    return this.all.length - this.size.slow - this.size.flapping;
  }

  /** Creates the containers again on hosts that have none. */
  async fill(): Promise<void> {
    for (const engine of this.all) {
      if ((await this.countContainers(engine)) === 0)
        await this.request(engine, 'POST', '/demo/fleet', { size: this.size.each });
    }
  }

  /** Number of containers left on all hosts. */
  async left(): Promise<number> {
    let left = 0;
    for (const engine of this.all) left += await this.countContainers(engine);
    return left;
  }

  private async countContainers(engine: RunningEngine): Promise<number> {
    return ((await this.request(engine, 'GET', '/demo/state')) as { containers: readonly unknown[] }).containers.length;
  }

  /** Makes the last hosts slow, and the very last ones flapping. */
  async degrade(): Promise<void> {
    const flap = (at: number) => ({ nth: (at + 1) * REQUESTS, action: { kind: 'stopServer', forMs: GONE } });
    for (const [at, engine] of this.all.slice(this.healthy).entries()) {
      const flaps = at >= this.size.slow;
      const add = flaps ? Array.from({ length: FLAPS }, (_, index) => flap(index)) : [{ action: delay }];
      await this.request(engine, 'POST', '/demo/faults', { add });
    }
  }

  async restore(): Promise<void> {
    for (const engine of this.all.slice(this.healthy))
      await this.request(engine, 'POST', '/demo/faults', { clear: true });
  }

  /** Repeats the request while a flapping host is disconnected. */
  private async request(engine: RunningEngine, method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    for (let tries = 0; ; tries++) {
      try {
        const { status, json, text } = await sendRequest(engine.socket, method, path, body);
        if (status >= 300) throw new Error(`${path}: ${text}`);
        return json;
      } catch (error) {
        if (tries === 20) throw error;
        await pause(GONE / 2);
      }
    }
  }
}

const delay = { kind: 'delay', ms: SLOW };
