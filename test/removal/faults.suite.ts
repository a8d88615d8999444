import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningEngine, startEngine } from '../../scripts/engines/engine';
import { line } from '../engine/contract/engineVersion';
import { interruptionFor } from './faults/interruption';
import { faultKinds } from './faults/kinds';
import { runWithFault } from './faults/trial';

// A sample of `npm run test:faults`: each kind of fault once, with the interruptions in turn.
let running: RunningEngine;

beforeAll(async () => {
  running = await startEngine(line);
});
afterAll(async () => {
  await running.stop();
});

faultKinds.forEach((kind, number) => {
  const interruption = interruptionFor(kind, number);
  test(`${kind.name}, interruption: ${interruption}: the fault occurs, nothing is lost or wrong (N5)`, async () => {
    const result = await runWithFault({ kind, interruption, seed: 1000 + number, running });
    expect(result).toEqual({ missed: [], lost: [], wrong: [] });
  });
});
