import type fc from 'fast-check';
import type { Clock } from '../../src/clock';
import type { Engine } from '../../src/engine/engine';
import { createService, Journal, type Service } from '../../src/service';
import { nullLog } from '../silent';
import type { InMemoryJournalFs } from './inMemoryJournalFs';
import type { FakeEngine } from './fakeEngine';

/** One editor window: the production service with its journal. Once killed, it does nothing; sent requests continue. */
export class SimulatedWindow {
  readonly service: Service;
  readonly journal: Journal;
  private isAlive = true;

  constructor(
    name: string,
    fakeEngine: FakeEngine,
    disk: InMemoryJournalFs,
    clock: Clock,
    concurrency: number,
    journalClock = clock,
    /** Milliseconds; 0: no recipes are saved. */
    recipeRetention = 0,
  ) {
    const ownClock: Clock = {
      now: () => clock.now(),
      wallTime: () => clock.wallTime(),
      after: (ms, fn) => clock.after(ms, () => (this.isAlive ? fn() : undefined)),
    };
    this.journal = new Journal(
      '',
      name,
      { ...ownClock, after: (ms, fn) => journalClock.after(ms, () => (this.isAlive ? fn() : undefined)) },
      nullLog,
      disk.viewOf(() => this.isAlive),
    );
    const deps = {
      clock: ownClock,
      log: nullLog,
      concurrency: () => concurrency,
      random: () => 0.5,
      journal: this.journal,
      recipes: { files: disk.viewOf(() => this.isAlive), retentionMs: () => recipeRetention },
    };
    this.service = createService(deps, [{ id: fakeEngine.id, label: fakeEngine.id, engine: this.guarded(fakeEngine) }]);
  }

  kill() {
    this.isAlive = false;
  }

  private guarded(fakeEngine: FakeEngine): Engine {
    const isAlive = () => this.isAlive;
    return new Proxy<Engine>(fakeEngine, {
      get: (_, name) => {
        const value: unknown = Reflect.get(fakeEngine, name, fakeEngine);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (!isAlive()) return new Promise(() => undefined);
          const result: unknown = Reflect.apply(value, fakeEngine, args);
          if (!(result instanceof Promise)) return result;
          return new Promise((resolve, reject) => {
            result.then(
              (settled) => (isAlive() ? resolve(settled) : undefined),
              (thrown: Error) => (isAlive() ? reject(thrown) : undefined),
            );
          });
        };
      },
    });
  }
}

/** A clock that can also be advanced. */
export function advanceableClock(clock: Clock): Clock & { pass(ms: number): void } {
  let passed = 0;
  return {
    now: () => clock.now() + passed,
    wallTime: () => clock.wallTime() + passed,
    after: (ms, fn) => clock.after(ms, fn),
    pass: (ms) => void (passed += ms),
  };
}

/** Resolves after that many scheduler steps. */
export async function scheduledTurns(s: fc.Scheduler, count: number, label: string): Promise<void> {
  for (let left = count; left >= 0; left--) await s.schedule(Promise.resolve(), label);
}
