import { afterAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/clock';
import type { Address } from '../../src/engine/address';
import { createEngine } from '../../src/engine/createEngine';
import { EngineError, type EngineErrorReason, fromSystemError } from '../../src/engine/error';
import type { EngineStatus } from '../../src/service/service';
import { engineHint } from '../../src/view/text/engines';

const folder = mkdtempSync(path.join(tmpdir(), 'podgraph-step-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The hint for an address without an engine. */
async function stepAt(address: Address): Promise<string | undefined> {
  const engine = createEngine({ id: 'away', address }, systemClock);
  try {
    const error = await engine.connect().then(
      () => new Error('unexpected response'),
      (thrown: unknown) => thrown,
    );
    return engineHint({
      state: 'disconnected',
      endpoint: engine.endpoint,
      error: EngineError.from(error),
    });
  } finally {
    engine.close();
  }
}

describe('the hint for an unreachable engine', () => {
  it('is to start it if its socket does not exist', async () => {
    const missing = path.join(folder, 'missing.sock');
    expect(await stepAt({ kind: 'unix', path: missing })).toMatch(
      `unix://${missing} does not exist. Start the engine (`,
    );
  });

  it('is to start it again if its socket remains', async () => {
    const left = path.join(folder, 'left.sock');
    writeFileSync(left, '');
    expect(await stepAt({ kind: 'unix', path: left })).toMatch(`unix://${left} exists, but nothing is listening on it`);
  });

  it('is to check the port if nothing is listening', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const step = await stepAt({ kind: 'tcp', host: '127.0.0.1', port });
    expect(step).toBe(
      `Nothing is listening at tcp://127.0.0.1:${port}. Check the port and that the engine accepts TCP connections.`,
    );
  });

  // Tests do not contact other hosts.
  it.each([
    ['ENOTFOUND', /^Unknown host in tcp:\/\/box:2375\./],
    ['EHOSTUNREACH', /^Can't reach the host of tcp:\/\/box:2375\./],
  ])('depends on the system error: %s', (code, expected) => {
    const error = fromSystemError(Object.assign(new Error('connect'), { code }));
    expect(engineHint({ state: 'disconnected', endpoint: 'tcp://box:2375', error })).toMatch(expected);
  });

  it.each<[EngineErrorReason, string, RegExp]>([
    ['denied', 'unix:///run/docker.sock', /^Permission denied for unix:\/\/\/run\/docker\.sock\. With Podman/],
    ['timeout', 'unix:///run/docker.sock', /overloaded; try restarting it/],
    ['timeout', 'tcp://box:2375', /^tcp:\/\/box:2375 did not respond in time\. Check the network/],
    ['malformed', 'tcp://box:80', /^The server at tcp:\/\/box:80 is neither Podman nor Docker\./],
  ])('depends on the reason: %s at %s', (reason, endpoint, expected) => {
    const status = { state: 'disconnected', endpoint, error: new EngineError(reason, 'detail') } as EngineStatus;
    expect(engineHint(status)).toMatch(expected);
  });

  it('is undefined after a lost connection: it is retried automatically', () => {
    const error = new EngineError('unreachable', 'the event stream ended');
    expect(engineHint({ state: 'disconnected', endpoint: 'unix:///run/x.sock', error })).toBeUndefined();
  });
});
