import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningEngine, startEngine } from '../../scripts/engines/engine';
import { line } from '../engine/contract/line';
import { interruptionFor } from './faults/interruption';
import { faultKinds } from './faults/kinds';
import { runWithFault } from './faults/trial';

// A sample of `npm run test:faults`: each kind of fault once, each of the interruptions with a quarter of them.
let running: RunningEngine;

beforeAll(async () => {
  running = await startEngine(line);
});
afterAll(async () => {
  await running.stop();
});

faultKinds.forEach((kind, number) => {
  const interruption = interruptionFor(kind, number);
  test(`${kind.name}, interruption: ${interruption}: hits, and nothing is lost or wrong (N5)`, async () => {
    const trial = await runWithFault({ kind, interruption, seed: 1000 + number, running });
    expect(trial).toEqual({ missed: [], lost: [], wrong: [] });
  });
});
