import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { ManualClock } from '../../src/manualClock';
import { DemoEngine, type DemoEngineOptions } from '../../src/demo/engine';
import { noLatency } from '../../src/demo/core';
import { request, openLines, type LineStream, type RawResponse } from './libpodClient';

/** A demo engine with a manual clock, closed after the test. */
export interface DemoFixture {
  engine: DemoEngine;
  clock: ManualClock;
  socket: string;
  /** For example `send('DELETE', '/containers/x?force=true')`. */
  send: (method: string, path: string, body?: unknown) => Promise<RawResponse>;
  lines: (path: string) => Promise<LineStream>;
  /** Resolves when `count` requests whose path contains `part` have arrived. */
  arrived: (part: string, count?: number) => Promise<void>;
  /** Names of the existing containers other than infra containers. */
  remaining: () => string[];
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
    send: (method, libpodPath, body) => request(socket, method, `/v4.0.0/libpod${libpodPath}`, body),
    lines: (libpodPath) => openLines(socket, `/v4.0.0/libpod${libpodPath}`),
    arrived: (part, count = 1) => engine.requests.waitFor((request) => request.path.includes(part), count),
    remaining: () =>
      engine
        .state()
        .containers.map((container) => container.name)
        .filter((name) => !name.endsWith('-infra')),
  };
}

/** Tracks whether a promise has settled. */
export function track<T>(promise: Promise<T>): { promise: Promise<T>; settled: boolean } {
  const tracked = { promise, settled: false };
  const mark = (): void => void (tracked.settled = true);
  promise.then(mark, mark);
  return tracked;
}
