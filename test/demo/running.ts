import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { ManualClock } from '../../src/manualClock';
import { DemoEngine, type DemoEngineOptions } from '../../src/demo/engine';
import { noLatency } from '../../src/demo/faults';
import { request, openLines, type LineStream, type RawAnswer } from './libpodClient';

/** A demo engine on a socket of its own, on a clock that stands still, gone when the test is. */
export interface DemoFixture {
  engine: DemoEngine;
  clock: ManualClock;
  socket: string;
  /** Asks libpod: `ask('DELETE', '/containers/x?force=true')`. */
  ask: (method: string, path: string, body?: unknown) => Promise<RawAnswer>;
  lines: (path: string) => Promise<LineStream>;
  /** Resolves when `count` requests whose path contains `part` have arrived. */
  arrived: (part: string, count?: number) => Promise<void>;
  /** Names of the containers that are there, infra containers aside. */
  left: () => string[];
}

export async function startDemo(options: Partial<DemoEngineOptions> = {}): Promise<DemoFixture> {
  const folder = await mkdtemp(path.join(tmpdir(), 'podgraph-demo-'));
  const socket = path.join(folder, 'demo.sock');
  const clock = new ManualClock();
  const engine = new DemoEngine({ profile: '5', clock, latency: noLatency, ...options });
  await engine.listen(socket);
  onTestFinished(async () => {
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    engine,
    clock,
    socket,
    ask: (method, libpodPath, body) => request(socket, method, `/v4.0.0/libpod${libpodPath}`, body),
    lines: (libpodPath) => openLines(socket, `/v4.0.0/libpod${libpodPath}`),
    arrived: (part, count = 1) => engine.requests.until((request) => request.path.includes(part), count),
    left: () =>
      engine
        .state()
        .containers.map((container) => container.name)
        .filter((name) => !name.endsWith('-infra')),
  };
}

/** Follows a promise: says whether it has settled yet. */
export function openEvents<T>(promise: Promise<T>): { promise: Promise<T>; settled: boolean } {
  const follower = { promise, settled: false };
  const mark = (): void => void (follower.settled = true);
  promise.then(mark, mark);
  return follower;
}
