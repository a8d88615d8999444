import { setTimeout as pause } from 'node:timers/promises';
import { bundleExtension } from '../../../scripts/bundle/bundle';
import { type RunningEngine, startEngine } from '../../../scripts/engines/engine';
import { request } from '../../../scripts/engines/http';
import type { BenchOptions } from '../row';

/** Milliseconds by which a slow host delays each answer: another continent, and a busy line. */
const SLOW = 300;
/** A flapping host is gone for so long after each of so many requests. */
const GONE = 500;
const REQUESTS = 150;
const FLAPS = 50;

/** Demo engines with containers, each a process of its own; the last ones can be made slow, and one to flap. */
export class RemoteFleet {
  private constructor(
    readonly all: readonly RunningEngine[],
    private readonly each: number,
    private readonly troubled: number,
  ) {}

  static async build({ quick, say, atEnd }: BenchOptions): Promise<RemoteFleet> {
    const [hosts, each, troubled] = quick ? [6, 40, 2] : [20, 500, 4];
    await bundleExtension();
    say(`starting ${hosts} demo engines with ${each} containers each`);
    const all: RunningEngine[] = [];
    for (let at = 0; at < hosts; at++) {
      const engine = await startEngine('demo');
      atEnd(() => engine.stop());
      all.push(engine);
    }
    const yard = new RemoteFleet(all, each, troubled);
    await yard.fill();
    return yard;
  }

  get containers(): number {
    return this.all.length * this.each;
  }

  /** How many hosts, from the first on, are well all the time. */
  get well(): number {
    return this.all.length - this.troubled;
  }

  /** Makes the fleet anew wherever nothing is left of it. */
  async fill(): Promise<void> {
    for (const engine of this.all) {
      if ((await this.held(engine)) === 0) await this.ask(engine, 'POST', '/demo/fleet', { size: this.each });
    }
  }

  /** What all hosts together still hold. */
  async left(): Promise<number> {
    let left = 0;
    for (const engine of this.all) left += await this.held(engine);
    return left;
  }

  private async held(engine: RunningEngine): Promise<number> {
    return ((await this.ask(engine, 'GET', '/demo/state')) as { containers: readonly unknown[] }).containers.length;
  }

  /** Makes all but one of the last hosts slow, and the very last one flap. */
  async trouble(): Promise<void> {
    const flap = (at: number) => ({ nth: (at + 1) * REQUESTS, action: { kind: 'stopServer', forMs: GONE } });
    for (const [at, engine] of this.all.slice(this.well).entries()) {
      const flaps = at === this.troubled - 1;
      const add = flaps ? Array.from({ length: FLAPS }, (_, flapAt) => flap(flapAt)) : [{ action: delay }];
      await this.ask(engine, 'POST', '/demo/faults', { add });
    }
  }

  async calm(): Promise<void> {
    for (const engine of this.all.slice(this.well)) await this.ask(engine, 'POST', '/demo/faults', { clear: true });
  }

  /** One that flaps is asked until it is there. */
  private async ask(engine: RunningEngine, method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    for (let tries = 0; ; tries++) {
      try {
        const { status, json, text } = await request(engine.socket, method, path, body);
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
