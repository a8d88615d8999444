import util from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { formatAddress } from '../../src/engine/address';
import { systemClock } from '../../src/clock';
import { Transport } from '../../src/engine/transport/transport';
import { answer, serve, serveTcp } from './server';
import { rejection } from './rejection';
import { version } from './request';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('connections', () => {
  /** The connection by which each request came, by number. */
  async function counted(handler: Parameters<typeof serve>[0] = (_, response) => answer(response, {})) {
    const sockets: unknown[] = [];
    const came: number[] = [];
    const server = await serve((request, response) => {
      if (!sockets.includes(request.socket)) sockets.push(request.socket);
      came.push(sockets.indexOf(request.socket));
      handler(request, response);
    });
    return { server, came, transport: new Transport(server.address, systemClock) };
  }

  test('questions go by the connection of the one before, what changes something by its own', async () => {
    const { server, came, transport } = await counted();
    for (const method of ['GET', 'GET', 'DELETE', 'GET', 'POST'] as const)
      await transport.request({ ...version, method });
    expect(came).toEqual([0, 0, 1, 0, 2]);
    transport.close();
    await server.quiet();
  });

  test('none is kept for long: an engine that ends when nobody is connected may end', async () => {
    const { server, transport } = await counted();
    await transport.request(version);
    await server.quiet();
  });

  test('a kept connection that turns out to be dead costs nothing: the question is asked anew', async () => {
    const { came, transport } = await counted((request, response) => {
      if (came.length === 2) request.socket.destroy();
      else answer(response, {});
    });
    await transport.request(version);
    expect((await transport.request(version)).status).toBe(200);
    expect(came).toEqual([0, 0, 1]);
  });

  test('what changes something is never sent twice', async () => {
    const { came, transport } = await counted((request) => request.socket.destroy());
    const { reason } = await rejection(transport.request({ ...version, method: 'DELETE' }));
    expect([reason, came]).toEqual(['unreachable', [0]]);
  });
});

describe('what arrives', () => {
  test('path and query arrive as they were given, whatever they hold', async () => {
    const server = await serve((_, response) => answer(response, {}));
    const transport = new Transport(server.address, systemClock);
    await transport.request({ ...version, path: '/a' });
    await transport.request({ ...version, path: '/a', query: { all: true, x: undefined, filters: '{"pod":["é&="]}' } });
    await transport.request({ ...version, method: 'DELETE', path: '/a', query: { timeout: 0 } });
    expect(server.asked.map(({ method, target }) => [method, target.replace(/&$/, '')])).toEqual([
      ['GET', '/a'],
      ['GET', `/a?${new URLSearchParams({ all: 'true', filters: '{"pod":["é&="]}' }).toString()}`],
      ['DELETE', '/a?timeout=0'],
    ]);
  });

  test('every status is an answer', async () => {
    const server = await serve((request, response) => answer(response, {}, Number(request.url?.slice(1))));
    const transport = new Transport(server.address, systemClock);
    for (const status of [200, 304, 404, 409, 500, 503]) {
      expect((await transport.request({ ...version, path: `/${status}` })).status).toBe(status);
    }
  });

  test('a body that comes in pieces is put together', async () => {
    const server = await serve((_, response) => {
      const whole = Buffer.from('{"é":"日本"}');
      response.writeHead(200);
      for (const byte of whole) response.write(Buffer.from([byte]));
      response.end();
    });
    const { body } = await new Transport(server.address, systemClock).request(version);
    expect(body).toBe('{"é":"日本"}');
  });

  test('plain tcp', async () => {
    const server = await serveTcp((_, response) => answer(response, { here: true }));
    const transport = new Transport({ kind: 'tcp', host: '127.0.0.1', port: server.port }, systemClock);
    expect(transport.endpoint).toBe(`tcp://127.0.0.1:${server.port}`);
    expect((await transport.request({ ...version, query: { a: 'b' } })).body).toBe('{"here":true}');
    expect(server.asked[0]?.target).toMatch(/^\/version\?a=b&?$/);
  });

  test('DOCKER_HOST and its companions have no say', async () => {
    const wrong = await serveTcp((_, response) => answer(response, { wrong: true }));
    const right = await serve((_, response) => answer(response, { right: true }));
    vi.stubEnv('DOCKER_HOST', `tcp://127.0.0.1:${wrong.port}`);
    vi.stubEnv('DOCKER_TLS_VERIFY', '1');
    vi.stubEnv('DOCKER_CERT_PATH', '/nowhere/at/all');
    vi.stubEnv('DOCKER_PATH_PREFIX', '/prefix');
    const transport = new Transport(right.address, systemClock);
    expect((await transport.request(version)).body).toBe('{"right":true}');
    expect(wrong.asked).toEqual([]);
    expect(process.env['DOCKER_HOST']).toBe(`tcp://127.0.0.1:${wrong.port}`);
  });
});

test('what docker-modem prints of each request, read or not, is short however many are under way', async () => {
  const printed = vi.spyOn(util, 'inspect');
  const server = await serve((_, response) => void setImmediate(() => answer(response, {})));
  const transport = new Transport(server.address, systemClock);
  await Promise.all(Array.from({ length: 8 }, () => transport.request(version)));
  const lengths = printed.mock.results.map(({ value }) => String(value).length);
  printed.mockRestore();
  expect(lengths.length).toBeGreaterThanOrEqual(8);
  expect(Math.max(...lengths)).toBeLessThan(2000);
});

test.each([
  [{ kind: 'unix', path: '/run/podman/podman.sock' }, 'unix:///run/podman/podman.sock'],
  [{ kind: 'npipe', path: '//./pipe/docker_engine' }, 'npipe:////./pipe/docker_engine'],
  [{ kind: 'tcp', host: 'localhost', port: 2375 }, 'tcp://localhost:2375'],
  [{ kind: 'tcp', host: '::1', port: 2375 }, 'tcp://[::1]:2375'],
] as const)('%j is written %s', (address, written) => {
  expect(formatAddress(address)).toBe(written);
});
