import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Address } from '../../src/engine/address';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/createEngine';
import type { Engine } from '../../src/engine/engine';

/** Milliseconds to wait for an expected condition. */
const TIMEOUT_MS = 60_000;

/** An engine at an address, closed when the test ends. */
export function engineAt(address: Address): Engine {
  const engine = createEngine({ id: 'remote', address }, systemClock);
  onTestFinished(() => engine.close());
  return engine;
}

/** Polls a condition that no event reports. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`timeout: ${what}`);
    await pause(25);
  }
}
