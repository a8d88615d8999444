import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type RunningEngine, startEngine } from '../../scripts/engines/engine';
import { Authority, type CertificateOptions, type KeyPair, prepareTls, TlsProxy } from '../../scripts/remote/tls';
import type { Address, TlsFiles } from '../../src/engine/address';
import { systemClock } from '../../src/clock';
import { Transport } from '../../src/engine/transport/transport';
import { rejection } from '../engine/rejection';
import { engineAt } from './expectations';

// TLS with a CA of the test, and OpenSSL as a proxy for the engine's socket.
let running: RunningEngine;
let folder: string;
let authority: Authority;
let client: KeyPair;
let count = 0;
const proxies: TlsProxy[] = [];

beforeAll(async () => {
  await prepareTls();
  folder = mkdtempSync('/tmp/podgraph-tls-');
  running = await startEngine('demo');
  authority = await Authority.create(path.join(folder, 'authority'));
  client = await authority.issue('client', { names: ['DNS:client'] });
});
afterAll(async () => {
  await Promise.all(proxies.map((startProxy) => startProxy.stop()));
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A TLS proxy with such a certificate, optionally requiring client certificates. */
async function startProxy(options: Partial<CertificateOptions> = {}, clients = false): Promise<TlsProxy> {
  const name = `engine${++count}`;
  const pair = await authority.issue(name, { names: ['DNS:localhost', 'IP:127.0.0.1'], ...options });
  const started = await TlsProxy.start(path.join(folder, name), running.socket, {
    pair,
    ...(clients && { clients: authority.ca }),
  });
  proxies.push(started);
  return started;
}

const at = ({ port }: { port: number }, files: TlsFiles = { ca: authority.ca }, host = 'localhost'): Address => ({
  kind: 'tls',
  host,
  port,
  files,
});

test('connects by name and by address, with a required client certificate', async () => {
  const open = await startProxy();
  for (const host of ['localhost', '127.0.0.1'])
    expect((await engineAt(at(open, { ca: authority.ca }, host)).connect()).type).toBe('podman');
  const strict = await startProxy({}, true);
  expect((await engineAt(at(strict, { ca: authority.ca, ...client })).connect()).type).toBe('podman');
});

test('an expired certificate', async () => {
  const server = await startProxy({ validity: ['20200101000000Z', '20210101000000Z'] });
  const error = await rejection(engineAt(at(server)).connect());
  expect(error).toMatchObject({ reason: 'tlsExpired', details: { host: `localhost:${server.port}` } });
});

test('a certificate that is not yet valid', async () => {
  const server = await startProxy({ validity: ['20900101000000Z', '20910101000000Z'] });
  expect((await rejection(engineAt(at(server)).connect())).reason).toBe('tlsNotYetValid');
});

test('a certificate for another name, by name and by address', async () => {
  const server = await startProxy({ names: ['DNS:elsewhere.example', 'IP:127.0.0.9'] });
  for (const host of ['localhost', '127.0.0.1']) {
    const error = await rejection(engineAt(at(server, { ca: authority.ca }, host)).connect());
    expect(error).toMatchObject({ reason: 'tlsHostnameMismatch', details: { host: `${host}:${server.port}` } });
    expect(error.detail).toContain('127.0.0.9');
  }
});

test('an unknown CA, whatever the environment', async () => {
  const server = await startProxy();
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  onTestFinished(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });
  expect((await rejection(engineAt(at(server, {})).connect())).reason).toBe('tlsUntrustedCa');
});

test('a missing or untrusted client certificate', async () => {
  const server = await startProxy({}, true);
  expect((await rejection(engineAt(at(server)).connect())).reason).toBe('tlsClient');
  const unknownAuthority = await Authority.create(path.join(folder, 'unknownAuthority'));
  const unknownClient = await unknownAuthority.issue('unknownClient', { names: ['DNS:unknownClient'] });
  const error = await rejection(engineAt(at(server, { ca: authority.ca, ...unknownClient })).connect());
  expect(error.reason).toBe('tlsClient');
});

test('missing, invalid and mismatched key files', async () => {
  const server = await startProxy();
  const rubbish = path.join(folder, 'rubbish.pem');
  writeFileSync(rubbish, 'hello');
  const other = await authority.issue('other', { names: ['DNS:other'] });
  for (const files of [
    { ca: path.join(folder, 'nothing.pem') },
    { ca: authority.ca, cert: rubbish, key: rubbish },
    { ca: authority.ca, cert: client.cert, key: other.key },
  ]) {
    const error = await rejection(engineAt(at(server, files)).connect());
    expect(error.reason).toBe('tlsFiles');
    expect(error.detail).toContain(folder);
  }
});

test('renewed certificates are used after a failure', async () => {
  const server = await startProxy();
  const ca = path.join(folder, 'late.pem');
  const engine = engineAt(at(server, { ca }));
  expect((await rejection(engine.connect())).reason).toBe('tlsFiles');
  writeFileSync(ca, await import('node:fs').then(({ readFileSync }) => readFileSync(authority.ca)));
  expect((await engine.connect()).type).toBe('podman');
});

test('a server without TLS', async () => {
  const server = net.createServer((socket) =>
    socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect((await rejection(engineAt(at({ port })).connect())).reason).toBe('tlsNotSpoken');
});

test('inspecting a transport and its errors shows no keys', async () => {
  const server = await startProxy({}, true);
  const transport = new Transport(at(server, { ca: authority.ca, ...client }), systemClock);
  onTestFinished(() => transport.close());
  await transport.request({ method: 'GET', path: '/_ping', timeoutMs: 60_000 });
  expect(inspect(transport, { depth: 20, showHidden: true })).not.toMatch(/PRIVATE KEY|-----BEGIN/);
});

test('(C6) a renewed file is used for the next connection without a failure', async () => {
  const engine = await startProxy();
  const ca = path.join(folder, 'renewed-ca.pem');
  writeFileSync(ca, readFileSync(authority.ca));
  const transport = new Transport(at(engine, { ca }), systemClock);
  onTestFinished(() => transport.close());
  // Only GET uses cached connections.
  const call = { method: 'POST', path: '/_ping', timeoutMs: 10_000 } as const;
  await transport.request(call);
  const other = await Authority.create(path.join(folder, 'other-authority'));
  writeFileSync(ca, readFileSync(other.ca));
  expect((await rejection(transport.request(call))).reason).toBe('tlsUntrustedCa');
  writeFileSync(ca, readFileSync(authority.ca));
  await transport.request(call);
});
