import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningEngine, startEngine } from '../../scripts/engines/engine';
import { line } from '../engine/contract/line';
import { faults } from './faults/proxy';
import { tryFault } from './faults/trial';

// A sample of `npm run test:faults`: one removal under each fault between the adapter and a real engine.
let running: RunningEngine;

beforeAll(async () => {
  running = await startEngine(line);
});
afterAll(async () => {
  await running.stop();
});

faults.forEach((fault, number) => {
  test(`a removal under fault "${fault}": nothing lost, nothing wrong`, async () => {
    expect(await tryFault(running, fault, 1000 + number)).toEqual({ fault, lost: [], wrong: [] });
  });
});
