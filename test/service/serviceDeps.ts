import { afterEach, vi } from 'vitest';
import { systemClock } from '../../src/clock';
import { createService, type Service, type ServiceDeps } from '../../src/service';
import { FakeEngine } from './fakeEngine';

const services: Service[] = [];

afterEach(() => {
  for (const service of services.splice(0)) service.dispose();
  vi.useRealTimers();
});

/** Dependencies with the system clock, which tests may fake. */
export function serviceDeps(): ServiceDeps {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };
  return { clock: systemClock, log, concurrency: () => 4, random: () => 0 };
}

export const sourceOf = (engine: FakeEngine) => ({ id: engine.id, label: engine.id, engine });

/** A service over fake engines, disposed with the test. */
export function createServiceFor(...engines: FakeEngine[]): Service {
  const service = createService(serviceDeps(), engines.map(sourceOf));
  services.push(service);
  return service;
}

export const noDelay = () => Promise.resolve();

export const fakeEngine = (id = 'w') => new FakeEngine(id, noDelay);

export const names = (service: Service) => [...service.snapshot.graph.nodes.values()].map(({ name }) => name).sort();

/** Advances the fake timers, with everything that follows. */
export const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms);
