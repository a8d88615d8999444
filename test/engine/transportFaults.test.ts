import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/createEngine';
import { fromSystemError } from '../../src/engine/error';
import { Transport } from '../../src/engine/transport/transport';
import { ManualClock } from '../../src/manualClock';
import { serve, temporaryFolder } from './server';
import { rejection } from './rejection';
import { version } from './request';

describe('failures', () => {
  test('no server: no socket, a regular file, a stale socket', async () => {
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
    const error = fromSystemError(Object.assign(new Error(`connect ${code} /run/podman/podman.sock`), { code }));
    expect([error.reason, error.detail]).toEqual(['denied', `connect ${code} /run/podman/podman.sock`]);
  });

  test.each(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', ''])(
    '%s is a lost connection',
    (code) => {
      expect(fromSystemError(Object.assign(new Error('socket hang up'), { code })).reason).toBe('unreachable');
    },
  );

  test('a server without HTTP is malformed', async () => {
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
  ])('%s instead of a version is malformed', async (_, type, body) => {
    const server = await serve((__, response) => response.writeHead(200, { 'content-type': type }).end(body));
    const engine = createEngine({ id: 'e', address: server.address }, systemClock);
    expect((await rejection(engine.connect())).reason).toBe('malformed');
  });

  test('a connection cut in mid-body is unreachable, before the timeout', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{"Version":', () => response.destroy());
    });
    const transport = new Transport(server.address, new ManualClock());
    expect((await rejection(transport.request(version))).reason).toBe('unreachable');
  });

  test('a missing response is a timeout, and its connection is closed', async () => {
    const clock = new ManualClock();
    const server = await serve(() => undefined);
    const call = new Transport(server.address, clock).request(version);
    const error = rejection(call);
    await server.nextRequest();
    clock.advanceNow(4999);
    expect(clock.pending).toBe(1);
    clock.advanceNow(1);
    expect(await error).toMatchObject({ reason: 'timeout', detail: 'GET /version: no complete response in 5 s' });
    await server.noConnections();
  });

  test('an endless response is a timeout', async () => {
    const clock = new ManualClock();
    const server = await serve((_, response) => response.writeHead(200).write('['));
    const error = rejection(new Transport(server.address, clock).request(version));
    await server.nextRequest();
    clock.advanceNow(5000);
    expect((await error).reason).toBe('timeout');
    await server.noConnections();
  });

  test('a canceled call rejects as aborted, and its connection is closed', async () => {
    const clock = new ManualClock();
    const server = await serve(() => undefined);
    const caller = new AbortController();
    const error = rejection(new Transport(server.address, clock).request({ ...version, signal: caller.signal }));
    await server.nextRequest();
    caller.abort();
    expect((await error).reason).toBe('aborted');
    expect(clock.pending).toBe(0);
    await server.noConnections();
  });

  test('closing rejects pending and later calls', async () => {
    const server = await serve(() => undefined);
    const transport = new Transport(server.address, new ManualClock());
    const error = rejection(transport.request(version));
    await server.nextRequest();
    transport.close();
    expect((await error).reason).toBe('aborted');
    expect((await rejection(transport.request(version))).reason).toBe('aborted');
    expect(server.requests).toHaveLength(1);
    await server.noConnections();
  });

  test('a canceled stream ends', async () => {
    const server = await serve((_, response) => response.writeHead(200).write('x'));
    const transport = new Transport(server.address, systemClock);
    const caller = new AbortController();
    const stream = await transport.openStream(version, caller.signal);
    const read = async () => {
      for await (const chunk of stream) if (chunk) caller.abort();
    };
    await expect(read()).rejects.toMatchObject({ name: 'AbortError' });
    await server.noConnections();
  });

  test('a stream without response headers is a timeout', async () => {
    const clock = new ManualClock();
    const server = await serve(() => undefined);
    const error = rejection(new Transport(server.address, clock).openStream(version, new AbortController().signal));
    await server.nextRequest();
    clock.advanceNow(5000);
    expect((await error).reason).toBe('timeout');
  });
});
