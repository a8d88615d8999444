import { describe, expect, test } from 'vitest';
import { DockerAdapter } from '../../src/engine/docker';
import type { EngineInfo } from '../../src/engine/engine';
import { PodmanAdapter } from '../../src/engine/podman';
import { ContainerNameIndex } from '../../src/engine/nameIndex';
import { parseInspection } from '../../src/engine/responses/containers';
import type { Request, Transport } from '../../src/engine/transport/transport';
import { nodeKey } from '../../src/graph/model/model';
import { ManualClock } from '../../src/manualClock';

const id = 'a'.repeat(64);
const key = nodeKey('e', 'container', id);

/** A transport that records requests and responds with 204. */
function recorder(clock = new ManualClock(), onRequest: (request: Request) => void = () => undefined) {
  const sent: Request[] = [];
  const request = async (one: Request) => {
    sent.push(one);
    onRequest(one);
    return { request: '', status: 204, headers: {}, body: '' };
  };
  return { sent, clock, transport: { request } as unknown as Transport };
}

const info = (version: string, apiVersion: string) => ({ version, apiVersion }) as EngineInfo;
const docker = (made: ReturnType<typeof recorder>) =>
  new DockerAdapter('e', made.transport, info('20.10.24', '1.41'), made.clock);
const podman = (made: ReturnType<typeof recorder>) => new PodmanAdapter('e', made.transport, info('5.8.6', '1.41'));

test.each([
  ['null', 10],
  ['-1', 'unlimited'],
  ['0', 0],
  ['2592000', 2_592_000],
  ['4294967295', 'unlimited'],
  ['18446744073709551615', 'unlimited'],
  ['"30"', 30],
  ['"soon"', 10],
] as const)('an inspect with a StopTimeout of %s (T1)', (text, read) => {
  const response: unknown = JSON.parse(`{"Id":"${id}","State":{"Status":"running"},"Config":{"StopTimeout":${text}}}`);
  expect(parseInspection(response, 'e', new ContainerNameIndex()).node.details?.stopTimeout).toBe(read);
});

describe('an unlimited stop timeout (T1, T2)', () => {
  test('is sent to Docker as -1, and to Podman as a number that does not overflow', async () => {
    const toDocker = recorder();
    await docker(toDocker).stop(key, { timeout: 'unlimited' });
    await docker(toDocker).restart(key, { timeout: 'unlimited' });
    await docker(toDocker).remove(key, { force: true, timeout: 'unlimited' });
    expect(toDocker.sent.map(({ query }) => query?.['t'])).toEqual([-1, -1, -1, undefined]);
    const toPodman = recorder();
    await podman(toPodman).stop(key, { timeout: 'unlimited' });
    await podman(toPodman).restart(key, { timeout: 'unlimited' });
    await podman(toPodman).remove(key, { force: true, timeout: 'unlimited' });
    expect(toPodman.sent.map(({ query }) => query?.['timeout'])).toEqual([2147483647, 2147483647, 2147483647]);
  });

  test('has no call timeout; others have one beyond the stop timeout', async () => {
    for (const adapterOf of [docker, podman]) {
      const made = recorder();
      await adapterOf(made).stop(key, { timeout: 'unlimited' });
      await adapterOf(made).stop(key, { timeout: 2_592_000 });
      await adapterOf(made).stop(key, { timeout: 0 });
      expect(made.sent.map(({ timeoutMs }) => timeoutMs)).toEqual([Infinity, 2_592_060_000, 60_000]);
    }
  });
});

describe('Docker’s removal in two calls (T5)', () => {
  test.each([3600_000, -3600_000])('keeps its time when the clock is set by %d ms between them', async (jump) => {
    const clock = new ManualClock();
    const made = recorder(clock, ({ path }) => {
      if (path.endsWith('/stop')) clock.shiftWallTime(jump);
    });
    await docker(made).remove(key, { force: true, timeout: 10, timeoutMs: 70_000 });
    expect(made.sent.map(({ method, timeoutMs }) => [method, timeoutMs])).toEqual([
      ['POST', 70_000],
      ['DELETE', 70_000],
    ]);
  });

  test('gives the second call its full timeout after a long first one or a suspension', async () => {
    const clock = new ManualClock();
    const made = recorder(clock, ({ path }) => {
      if (path.endsWith('/stop')) clock.stall(8 * 3600_000);
    });
    await docker(made).remove(key, { force: true, timeout: 10, timeoutMs: 70_000 });
    expect(made.sent.at(-1)).toMatchObject({ method: 'DELETE', timeoutMs: 60_000 });
  });
});
