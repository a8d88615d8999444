import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { SshTestbed } from '../../../scripts/remote/sshWorld';
import { Authority, prepareTls, TlsProxy } from '../../../scripts/remote/tls';
import type { Address } from '../../../src/engine/address';

/** The transport of this run: the engine's socket, or ssh or TLS through the loopback interface. */
export const selectedTransport = process.env['PODGRAPH_TRANSPORT'] ?? 'socket';

/** An engine's address over the selected transport. */
export interface Transport {
  readonly address: Address;
  close(): Promise<void>;
}

export async function connectVia(running: RunningEngine): Promise<Transport> {
  switch (selectedTransport) {
    case 'socket':
      return { address: { kind: 'unix', path: running.socket }, close: async () => undefined };
    case 'ssh':
      return bySsh(running);
    case 'tls':
      return byTls(running);
    default:
      throw new Error(`PODGRAPH_TRANSPORT=${selectedTransport}: use socket, ssh or tls.`);
  }
}

/** With a jump host. */
async function bySsh(running: RunningEngine): Promise<Transport> {
  const testbed = await SshTestbed.create();
  await testbed.host('jump');
  await testbed.host('box', { through: 'jump' });
  process.env['PATH'] = `${testbed.bin}:${process.env['PATH']}`;
  return { address: { kind: 'ssh', host: 'box', path: running.socket }, close: () => testbed.stop() };
}

/** With a client certificate. */
async function byTls(running: RunningEngine): Promise<Transport> {
  await prepareTls();
  const folder = mkdtempSync('/tmp/podgraph-tls-');
  const authority = await Authority.create(path.join(folder, 'authority'));
  const pair = await authority.issue('engine', { names: ['DNS:localhost'] });
  const proxy = await TlsProxy.start(path.join(folder, 'front'), running.socket, { pair, clients: authority.ca });
  const files = { ca: authority.ca, ...(await authority.issue('client', { names: ['DNS:client'] })) };
  return {
    address: { kind: 'tls', host: 'localhost', port: proxy.port, files },
    close: async () => {
      await proxy.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
