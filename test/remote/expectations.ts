import { onTestFinished } from 'vitest';
import type { Address } from '../../src/engine/address';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/createEngine';
import type { Engine } from '../../src/engine/engine';

/** An engine at an address, closed when the test ends. */
export function engineAt(address: Address): Engine {
  const engine = createEngine({ id: 'remote', address }, systemClock);
  onTestFinished(() => engine.close());
  return engine;
}
