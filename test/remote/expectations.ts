import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Address } from '../../src/engine/address';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/createEngine';
import type { Engine } from '../../src/engine/engine';

/** Milliseconds to wait for what is bound to come. */
const PATIENCE = 60_000;

/** An engine at an address, closed when the test ends. */
export function engineAt(address: Address): Engine {
  const engine = createEngine({ id: 'remote', address }, systemClock);
  onTestFinished(() => engine.close());
  return engine;
}

/** Waits for what no event tells. */
export async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await pause(25);
  }
}
