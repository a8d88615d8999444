import { afterEach, vi } from 'vitest';
import { systemClock } from '../../src/clock';
import type { Service, ServiceHost } from '../../src/service/index';
import { createService } from '../../src/service/index';
import { World } from './world';

const opened: Service[] = [];

afterEach(() => {
  for (const service of opened.splice(0)) service.dispose();
  vi.useRealTimers();
});

/** A host whose clock is the one that tests may fake. */
export function host(): ServiceHost {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };
  return { clock: systemClock, log, concurrency: () => 4, random: () => 0 };
}

export const sourceOf = (engine: World) => ({ id: engine.id, label: engine.id, engine });

/** A service over engines in memory, ended with the test. */
export function serviceOver(...worlds: World[]): Service {
  const service = createService(host(), worlds.map(sourceOf));
  opened.push(service);
  return service;
}

export const atOnce = () => Promise.resolve();

export const world = (id = 'w') => new World(id, atOnce);

export const names = (service: Service) => [...service.snapshot.graph.nodes.values()].map(({ name }) => name).sort();

/** Lets timers of the fake clock and everything that follows from them happen. */
export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
