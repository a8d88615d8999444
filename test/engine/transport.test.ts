import { writeFileSync } from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { formatAddress } from '../../src/engine/address';
import { systemClock } from '../../src/engine/clock';
import { createEngine } from '../../src/engine/createEngine';
import type { EngineError } from '../../src/engine/error';
import { systemError } from '../../src/engine/transport/systemError';
import { type Request, Transport } from '../../src/engine/transport/transport';
import { HandClock } from './handClock';
import { answer, serve, serveTcp, temporaryFolder } from './server';

const version: Request = { method: 'GET', path: '/version', deadline: 5000 };

async function rejection(call: Promise<unknown>): Promise<EngineError> {
  return call.then(
    (value) => Promise.reject(new Error(`did not reject: ${JSON.stringify(value)}`)),
    (thrown: unknown) => thrown as EngineError,
  );
}

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

describe('bad days', () => {
  test('nobody serves: no socket, a file that is none, a socket that was left behind', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'file'), '');
    for (const name of ['nothing', 'file']) {
      const transport = new Transport({ kind: 'unix', path: path.join(folder, name) }, systemClock);
      expect((await rejection(transport.request(version))).reason).toBe('unreachable');
    }
    const server = await serve(() => undefined);
    await server.close();
    expect((await rejection(new Transport(server.address, systemClock).request(version))).reason).toBe('unreachable');
  });

  test.each(['EACCES', 'EPERM'])('%s is a matter of rights', (code) => {
    const error = systemError(Object.assign(new Error(`connect ${code} /run/podman/podman.sock`), { code }));
    expect([error.reason, error.words]).toEqual(['denied', `connect ${code} /run/podman/podman.sock`]);
  });

  test.each(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', ''])(
    '%s is a lost connection',
    (code) => {
      expect(systemError(Object.assign(new Error('socket hang up'), { code })).reason).toBe('unreachable');
    },
  );

  test('what speaks no HTTP is malformed', async () => {
    const server = await serve((request) => request.socket.end('SSH-2.0-OpenSSH_9.2p1\r\n'));
    expect((await rejection(new Transport(server.address, systemClock).request(version))).reason).toBe('malformed');
  });

  test.each([
    ['HTML', 'text/html', '<html><body>Please log in</body></html>'],
    ['half JSON', 'application/json', '{"Version":"5.4.2","ApiVer'],
    ['nothing', 'application/json', ''],
    ['JSON of something else', 'application/json', '{"hello":"world"}'],
    ['a list', 'application/json', '[]'],
    ['a number', 'application/json', '7'],
  ])('%s in place of a version is malformed', async (_, type, body) => {
    const server = await serve((__, response) => response.writeHead(200, { 'content-type': type }).end(body));
    const engine = createEngine({ id: 'e', address: server.address }, systemClock);
    expect((await rejection(engine.connect())).reason).toBe('malformed');
  });

  test('a connection cut in mid-body is unreachable, long before the deadline', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{"Version":', () => response.destroy());
    });
    const transport = new Transport(server.address, new HandClock());
    expect((await rejection(transport.request(version))).reason).toBe('unreachable');
  });

  test('an answer that never comes is a timeout, and its connection is let go', async () => {
    const clock = new HandClock();
    const server = await serve(() => undefined);
    const call = new Transport(server.address, clock).request(version);
    const error = rejection(call);
    await server.nextRequest();
    clock.advance(4999);
    expect(clock.due).toBe(1);
    clock.advance(1);
    expect(await error).toMatchObject({ reason: 'timeout', words: 'GET /version: no whole answer in 5 s' });
    await server.quiet();
  });

  test('an answer that never ends is a timeout', async () => {
    const clock = new HandClock();
    const server = await serve((_, response) => response.writeHead(200).write('['));
    const error = rejection(new Transport(server.address, clock).request(version));
    await server.nextRequest();
    clock.advance(5000);
    expect((await error).reason).toBe('timeout');
    await server.quiet();
  });

  test('a call that is called off rejects as aborted, and its connection is let go', async () => {
    const clock = new HandClock();
    const server = await serve(() => undefined);
    const caller = new AbortController();
    const error = rejection(new Transport(server.address, clock).request({ ...version, signal: caller.signal }));
    await server.nextRequest();
    caller.abort();
    expect((await error).reason).toBe('aborted');
    expect(clock.due).toBe(0);
    await server.quiet();
  });

  test('closing rejects calls under way and later ones', async () => {
    const server = await serve(() => undefined);
    const transport = new Transport(server.address, new HandClock());
    const error = rejection(transport.request(version));
    await server.nextRequest();
    transport.close();
    expect((await error).reason).toBe('aborted');
    expect((await rejection(transport.request(version))).reason).toBe('aborted');
    expect(server.asked).toHaveLength(1);
    await server.quiet();
  });

  test('a stream that is opened and then called off ends', async () => {
    const server = await serve((_, response) => response.writeHead(200).write('x'));
    const transport = new Transport(server.address, systemClock);
    const caller = new AbortController();
    const stream = await transport.open(version, caller.signal);
    const read = rejection(
      (async () => {
        for await (const chunk of stream) if (chunk) caller.abort();
      })(),
    );
    expect((await read).name).toBe('AbortError');
    await server.quiet();
  });

  test('a stream whose head never comes is a timeout', async () => {
    const clock = new HandClock();
    const server = await serve(() => undefined);
    const error = rejection(new Transport(server.address, clock).open(version, new AbortController().signal));
    await server.nextRequest();
    clock.advance(5000);
    expect((await error).reason).toBe('timeout');
  });
});

test.each([
  [{ kind: 'unix', path: '/run/podman/podman.sock' }, 'unix:///run/podman/podman.sock'],
  [{ kind: 'npipe', path: '//./pipe/docker_engine' }, 'npipe:////./pipe/docker_engine'],
  [{ kind: 'tcp', host: 'localhost', port: 2375 }, 'tcp://localhost:2375'],
  [{ kind: 'tcp', host: '::1', port: 2375 }, 'tcp://[::1]:2375'],
] as const)('%j is written %s', (address, written) => {
  expect(formatAddress(address)).toBe(written);
});
