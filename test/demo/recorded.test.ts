import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/clock';
import { DemoEngine } from '../../src/demo/engine';
import { noLatency } from '../../src/demo/core';
import type { ProfileName } from '../../src/demo/profile';
import { differences, normalizeEnd } from './compare';
import { readRecording } from './recordings';
import { ScenarioContext, type Exchange, type ClockGate, type Scenario } from './scenario';
import { scenarios } from './situations/scenarios';

const engines: { recorded: string; profile: ProfileName }[] = [
  { recorded: 'podman-4.3.1', profile: '4.3' },
  { recorded: 'podman-5.8.6', profile: '5' },
  { recorded: 'podman-6.1.1', profile: '6' },
];

/** The system clock at a hundred times the speed; it can be paused. */
class FastForwardClock implements Clock {
  private gate = Promise.resolve();
  private openGate: () => void = () => undefined;

  now(): number {
    return performance.now();
  }

  wallTime(): number {
    return Date.now();
  }

  after(ms: number, action: () => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    let cancelled = false;
    void this.gate.then(() => {
      if (!cancelled) timer = setTimeout(action, ms / 100);
    });
    return () => {
      cancelled = true;
      clearTimeout(timer);
    };
  }

  pause(): void {
    this.gate = new Promise((resolve) => (this.openGate = resolve));
  }

  resume(): void {
    this.openGate();
  }
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'podgraph-demo-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function play(scenario: Scenario, profile: ProfileName): Promise<Exchange[]> {
  const clock = new FastForwardClock();
  // A race needs latency.
  const latency = scenario.race ? { ...noLatency, remove: 100 } : noLatency;
  const engine = new DemoEngine({ profile, clock, latency });
  const gate: ClockGate = {
    pause: () => clock.pause(),
    resumeAfter: async (paths) => {
      await engine.requests.waitFor((request) => paths.includes(request.path), paths.length);
      clock.resume();
    },
  };
  const socket = path.join(folder, 'demo.sock');
  await engine.listen(socket);
  try {
    const context = new ScenarioContext(socket, gate);
    await scenario.play(context);
    return context.exchanges;
  } finally {
    await engine.close();
  }
}

for (const { recorded, profile } of engines) {
  describe(`the demo engine as Podman ${profile} responds like ${recorded}`, () => {
    it.each(scenarios.filter((scenario) => !scenario.race))('$name', async (scenario) => {
      const real = await readRecording(recorded, scenario.name);
      const demo = await play(scenario, profile);
      expect(real.flatMap((exchange, index) => differences(exchange, demo[index]))).toEqual([]);
      expect(demo).toHaveLength(real.length);
    });

    it.each(scenarios.filter((scenario) => scenario.race))('$name (a race)', async (scenario) => {
      const seen = new Set((await readRecording(recorded, scenario.name)).map(normalizeEnd));
      const demo = (await play(scenario, profile)).map(normalizeEnd);
      expect(demo.filter((end) => !seen.has(end))).toEqual([]);
      expect(demo.length).toBeGreaterThan(1);
    });
  });
}
