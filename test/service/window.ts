import type fc from 'fast-check';
import type { Clock } from '../../src/clock';
import type { Engine } from '../../src/engine/engine';
import { createService, Journal, type Service } from '../../src/service';
import { nullLog } from '../silent';
import type { Disk } from './disk';
import type { FakeEngine } from './world';

/**
 * One window of the editor: the production service with its journal. Killed, it does nothing any more and hears nothing;
 * what it had sent goes on.
 */
export class SimulatedWindow {
  readonly service: Service;
  readonly journal: Journal;
  private lives = true;

  constructor(name: string, world: FakeEngine, disk: Disk, clock: Clock, concurrency: number, journalClock = clock) {
    const mine: Clock = {
      now: () => clock.now(),
      wallTime: () => clock.wallTime(),
      after: (ms, fn) => clock.after(ms, () => (this.lives ? fn() : undefined)),
    };
    this.journal = new Journal(
      '',
      name,
      { ...mine, after: (ms, fn) => journalClock.after(ms, () => (this.lives ? fn() : undefined)) },
      nullLog,
      disk.seenBy(() => this.lives),
    );
    const host = {
      clock: mine,
      log: nullLog,
      concurrency: () => concurrency,
      random: () => 0.5,
      journal: this.journal,
    };
    this.service = createService(host, [{ id: world.id, label: world.id, engine: this.reaching(world) }]);
  }

  kill() {
    this.lives = false;
  }

  private reaching(world: FakeEngine): Engine {
    const lives = () => this.lives;
    return new Proxy<Engine>(world, {
      get: (_, name) => {
        const value: unknown = Reflect.get(world, name, world);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          if (!lives()) return new Promise(() => undefined);
          const answer: unknown = Reflect.apply(value, world, given);
          if (!(answer instanceof Promise)) return answer;
          return new Promise((resolve, reject) => {
            answer.then(
              (said) => (lives() ? resolve(said) : undefined),
              (thrown: Error) => (lives() ? reject(thrown) : undefined),
            );
          });
        };
      },
    });
  }
}

/** A clock that also moves on when told to. */
export function advance(clock: Clock): Clock & { pass(ms: number): void } {
  let passed = 0;
  return {
    now: () => clock.now() + passed,
    wallTime: () => clock.wallTime() + passed,
    after: (ms, fn) => clock.after(ms, fn),
    pass: (ms) => void (passed += ms),
  };
}

/** Resolves once the scheduler has given it so many turns: a moment anywhere in what goes on beside. */
export async function microtasks(s: fc.Scheduler, count: number, label: string): Promise<void> {
  for (let left = count; left >= 0; left--) await s.schedule(Promise.resolve(), label);
}
