import { type RunningEngine, startEngine } from '../../../scripts/engines/engine';
import { type Fleet, createFleet } from '../../../scripts/engines/fleet';
import { systemClock } from '../../../src/clock';
import { createEngine } from '../../../src/engine/createEngine';
import type { Engine, EngineEvent } from '../../../src/engine/engine';
import { injectFalseSuccess } from './lie';
import { line } from './line';
import { type Transport, connectVia } from './way';

/** Milliseconds to wait for what is bound to come. */
export const TIMEOUT_MS = 30_000;
/** The id by which the engine stands in keys. */
export const ENGINE = 'contract';

/** One private engine for the whole run, asked through the production code, and followed. */
export class EngineFixture {
  readonly running: RunningEngine;
  readonly engine: Engine;
  readonly fleet: Fleet;
  readonly events: EngineEvent[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly following = new AbortController();

  private constructor(
    running: RunningEngine,
    readonly way: Transport,
  ) {
    this.running = running;
    this.engine = createEngine({ id: ENGINE, address: way.address }, systemClock);
    this.fleet = createFleet(running);
  }

  static async start(): Promise<EngineFixture> {
    const running = await startEngine(line);
    const bench = new EngineFixture(running, await connectVia(running));
    try {
      await injectFalseSuccess(bench.running);
      await bench.engine.connect();
      await bench.follow();
      return bench;
    } catch (error) {
      await bench.stop();
      throw error;
    }
  }

  /** Resolves once the engine tells its events. */
  follow(): Promise<void> {
    return new Promise((resolve, reject) => {
      const onEvent = (event: EngineEvent) => {
        this.events.push(event);
        for (const look of this.waiting) look();
      };
      this.engine.events({ onOpen: resolve, onEvent }, this.following).catch(reject);
    });
  }

  /** Resolves with what `find` gives, asked now and after each event. */
  when<T>(what: string, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.waiting.delete(look);
        clearTimeout(timer);
        settle();
      };
      const timer = setTimeout(() => end(() => reject(new Error(`no event: ${what}`))), TIMEOUT_MS);
      const look = () => {
        const found = find();
        if (found !== undefined) end(() => resolve(found));
      };
      this.waiting.add(look);
      look();
    });
  }

  async stop(): Promise<void> {
    this.following.abort();
    this.engine.close();
    await this.way.close();
    await this.running.stop();
  }
}
