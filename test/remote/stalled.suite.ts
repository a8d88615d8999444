import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { onTestFinished, expect, test } from 'vitest';
import type { Address } from '../../src/engine/address';
import { systemClock } from '../../src/clock';
import { SshConnector } from '../../src/engine/transport/ssh/connector';
import { Transport } from '../../src/engine/transport/transport';
import { SshTestbed } from '../../scripts/hosts/sshWorld';
import { ManualClock } from '../../src/manualClock';
import { rejection } from '../engine/rejection';

/** A proxy that takes connections and lets nothing through, ever. */
async function stalledProxy(): Promise<{ port: number; taken(): Promise<void>; quiet(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    server.emit('taken');
    socket.on('error', () => undefined).resume();
    socket.once('close', () => {
      sockets.delete(socket);
      server.emit('left');
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
    taken: async () => {
      if (sockets.size === 0) await once(server, 'taken');
    },
    quiet: async () => {
      while (sockets.size > 0) await once(server, 'left');
    },
  };
}

const ways: [string, (port: number) => Address][] = [
  ['tcp', (port) => ({ kind: 'tcp', host: '127.0.0.1', port })],
  ['TLS, before any key is agreed on', (port) => ({ kind: 'tls', host: '127.0.0.1', port, files: {} })],
];

test.each(ways)('a proxy that stalls is a timeout, and its connection is let go: %s', async (_, address) => {
  const proxy = await stalledProxy();
  const transport = new Transport(address(proxy.port), systemClock);
  onTestFinished(() => transport.close());
  const error = await rejection(transport.request({ method: 'GET', path: '/_ping', deadline: 300 }));
  expect(error).toMatchObject({ reason: 'timeout', detail: 'GET /_ping: no whole answer in 0.3 s' });
  await proxy.quiet();
});

test('a proxy that stalls before ssh has greeted is a timeout of the login, and ssh is ended', async () => {
  const world = await SshTestbed.create();
  const before = process.env['PATH'];
  process.env['PATH'] = `${world.bin}:${before}`;
  onTestFinished(async () => {
    process.env['PATH'] = before;
    await world.stop();
  });
  const proxy = await stalledProxy();
  const clock = new ManualClock();
  const carrier = new SshConnector({ kind: 'ssh', host: '127.0.0.1', port: proxy.port, path: '/x.sock' }, clock);
  const error = rejection(carrier.open(undefined));
  await proxy.taken();
  clock.advanceNow(60_000);
  expect(await error).toMatchObject({ reason: 'sshTimeout', details: { host: '127.0.0.1' } });
  await proxy.quiet();
});
