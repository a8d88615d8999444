import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { onTestFinished, expect, test } from 'vitest';
import type { Address } from '../../src/engine/address';
import { systemClock } from '../../src/clock';
import { SshConnector } from '../../src/engine/transport/ssh/connector';
import { Transport } from '../../src/engine/transport/transport';
import { SshTestbed } from '../../scripts/remote/sshWorld';
import { ManualClock } from '../../src/manualClock';
import { rejection } from '../engine/rejection';

/** A proxy that accepts connections and forwards nothing. */
async function stalledProxy(): Promise<{ port: number; connected(): Promise<void>; disconnected(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    server.emit('connected');
    socket.on('error', () => undefined).resume();
    socket.once('close', () => {
      sockets.delete(socket);
      server.emit('disconnected');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    connected: async () => {
      if (sockets.size === 0) await once(server, 'connected');
    },
    disconnected: async () => {
      while (sockets.size > 0) await once(server, 'disconnected');
    },
  };
}

const addresses: [string, (port: number) => Address][] = [
  ['tcp', (port) => ({ kind: 'tcp', host: '127.0.0.1', port })],
  ['TLS, before the handshake', (port) => ({ kind: 'tls', host: '127.0.0.1', port, files: {} })],
];

test.each(addresses)('a stalled proxy is a timeout, and its connection is closed: %s', async (_, address) => {
  const proxy = await stalledProxy();
  const transport = new Transport(address(proxy.port), systemClock);
  onTestFinished(() => transport.close());
  const error = await rejection(transport.request({ method: 'GET', path: '/_ping', timeoutMs: 300 }));
  expect(error).toMatchObject({ reason: 'timeout', detail: 'GET /_ping: no complete response in 0.3 s' });
  await proxy.disconnected();
});

test('a proxy that stalls before the login is a login timeout, and ssh is terminated', async () => {
  const testbed = await SshTestbed.create();
  const before = process.env['PATH'];
  process.env['PATH'] = `${testbed.bin}:${before}`;
  onTestFinished(async () => {
    process.env['PATH'] = before;
    await testbed.stop();
  });
  const proxy = await stalledProxy();
  const clock = new ManualClock();
  const connector = new SshConnector({ kind: 'ssh', host: '127.0.0.1', port: proxy.port, path: '/x.sock' }, clock);
  const error = rejection(connector.open(undefined));
  await proxy.connected();
  clock.advanceNow(60_000);
  expect(await error).toMatchObject({ reason: 'sshTimeout', details: { host: '127.0.0.1' } });
  await proxy.disconnected();
});
