import { type RunningEngine, startEngine } from '../../../scripts/engines/engine';
import { type Fleet, createFleet } from '../../../scripts/engines/fleet';
import { systemClock } from '../../../src/clock';
import { createEngine } from '../../../src/engine/createEngine';
import type { Engine, EngineEvent } from '../../../src/engine/engine';
import { injectFalseSuccess } from './falseSuccess';
import { line } from './engineVersion';
import { type Transport, connectVia } from './transport';

/** Milliseconds to wait for an expected event. */
const TIMEOUT_MS = 30_000;
/** The engine id in keys. */
export const ENGINE = 'contract';

/** An isolated engine for the whole run, accessed through the production code, with its events. */
export class EngineFixture {
  readonly running: RunningEngine;
  readonly engine: Engine;
  readonly fleet: Fleet;
  readonly events: EngineEvent[] = [];
  private readonly checks = new Set<() => void>();
  private readonly streamAbort = new AbortController();

  private constructor(
    running: RunningEngine,
    readonly transport: Transport,
  ) {
    this.running = running;
    this.engine = createEngine({ id: ENGINE, address: transport.address }, systemClock);
    this.fleet = createFleet(running);
  }

  static async start(): Promise<EngineFixture> {
    const running = await startEngine(line);
    const fixture = new EngineFixture(running, await connectVia(running));
    try {
      await injectFalseSuccess(fixture.running);
      await fixture.engine.connect();
      await fixture.follow();
      return fixture;
    } catch (error) {
      await fixture.stop();
      throw error;
    }
  }

  /** Resolves when the event stream is open. */
  follow(): Promise<void> {
    return new Promise((resolve, reject) => {
      const onEvent = (event: EngineEvent) => {
        this.events.push(event);
        for (const check of this.checks) check();
      };
      this.engine.events({ onOpen: resolve, onEvent }, this.streamAbort).catch(reject);
    });
  }

  /** Resolves with the first defined result of `find`, called now and after each event. */
  when<T>(what: string, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.checks.delete(check);
        clearTimeout(timer);
        settle();
      };
      const timer = setTimeout(() => end(() => reject(new Error(`no event: ${what}`))), TIMEOUT_MS);
      const check = () => {
        const found = find();
        if (found !== undefined) end(() => resolve(found));
      };
      this.checks.add(check);
      check();
    });
  }

  async stop(): Promise<void> {
    this.streamAbort.abort();
    this.engine.close();
    await this.transport.close();
    await this.running.stop();
  }
}
