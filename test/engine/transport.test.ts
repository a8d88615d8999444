import util from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { formatAddress } from '../../src/engine/address';
import { systemClock } from '../../src/clock';
import { Transport } from '../../src/engine/transport/transport';
import { respond, serve, serveTcp } from './server';
import { rejection } from './rejection';
import { version } from './request';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('connections', () => {
  /** The connection number of each request. */
  async function countConnections(handler: Parameters<typeof serve>[0] = (_, response) => respond(response, {})) {
    const sockets: unknown[] = [];
    const came: number[] = [];
    const server = await serve((request, response) => {
      if (!sockets.includes(request.socket)) sockets.push(request.socket);
      came.push(sockets.indexOf(request.socket));
      handler(request, response);
    });
    return { server, came, transport: new Transport(server.address, systemClock) };
  }

  test('GET reuses connections, other requests do not', async () => {
    const { server, came, transport } = await countConnections();
    for (const method of ['GET', 'GET', 'DELETE', 'GET', 'POST'] as const)
      await transport.request({ ...version, method });
    expect(came).toEqual([0, 0, 1, 0, 2]);
    transport.close();
    await server.noConnections();
  });

  test('idle connections are closed soon, so that the engine can exit', async () => {
    const { server, transport } = await countConnections();
    await transport.request(version);
    await server.noConnections();
  });

  test('a GET on a stale connection is repeated', async () => {
    const { came, transport } = await countConnections((request, response) => {
      if (came.length === 2) request.socket.destroy();
      else respond(response, {});
    });
    await transport.request(version);
    expect((await transport.request(version)).status).toBe(200);
    expect(came).toEqual([0, 0, 1]);
  });

  test('other requests are never sent twice', async () => {
    const { came, transport } = await countConnections((request) => request.socket.destroy());
    const { reason } = await rejection(transport.request({ ...version, method: 'DELETE' }));
    expect([reason, came]).toEqual(['unreachable', [0]]);
  });
});

describe('requests and responses', () => {
  test('any path and query is received unchanged', async () => {
    const server = await serve((_, response) => respond(response, {}));
    const transport = new Transport(server.address, systemClock);
    await transport.request({ ...version, path: '/a' });
    await transport.request({ ...version, path: '/a', query: { all: true, x: undefined, filters: '{"pod":["é&="]}' } });
    await transport.request({ ...version, method: 'DELETE', path: '/a', query: { timeout: 0 } });
    expect(server.requests.map(({ method, target }) => [method, target.replace(/&$/, '')])).toEqual([
      ['GET', '/a'],
      ['GET', `/a?${new URLSearchParams({ all: 'true', filters: '{"pod":["é&="]}' }).toString()}`],
      ['DELETE', '/a?timeout=0'],
    ]);
  });

  test('every status resolves', async () => {
    const server = await serve((request, response) => respond(response, {}, Number(request.url?.slice(1))));
    const transport = new Transport(server.address, systemClock);
    for (const status of [200, 304, 404, 409, 500, 503]) {
      expect((await transport.request({ ...version, path: `/${status}` })).status).toBe(status);
    }
  });

  test('a body in several chunks', async () => {
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
    const server = await serveTcp((_, response) => respond(response, { here: true }));
    const transport = new Transport({ kind: 'tcp', host: '127.0.0.1', port: server.port }, systemClock);
    expect(transport.endpoint).toBe(`tcp://127.0.0.1:${server.port}`);
    expect((await transport.request({ ...version, query: { a: 'b' } })).body).toBe('{"here":true}');
    expect(server.requests[0]?.target).toMatch(/^\/version\?a=b&?$/);
  });

  test('DOCKER_HOST and related variables are ignored', async () => {
    const wrong = await serveTcp((_, response) => respond(response, { wrong: true }));
    const right = await serve((_, response) => respond(response, { right: true }));
    vi.stubEnv('DOCKER_HOST', `tcp://127.0.0.1:${wrong.port}`);
    vi.stubEnv('DOCKER_TLS_VERIFY', '1');
    vi.stubEnv('DOCKER_CERT_PATH', '/nowhere/at/all');
    vi.stubEnv('DOCKER_PATH_PREFIX', '/prefix');
    const transport = new Transport(right.address, systemClock);
    expect((await transport.request(version)).body).toBe('{"right":true}');
    expect(wrong.requests).toEqual([]);
    expect(process.env['DOCKER_HOST']).toBe(`tcp://127.0.0.1:${wrong.port}`);
  });
});

test('debug output of docker-modem does not grow with pending requests', async () => {
  const printed = vi.spyOn(util, 'inspect');
  const server = await serve((_, response) => void setImmediate(() => respond(response, {})));
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
