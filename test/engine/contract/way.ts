import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { RunningEngine } from '../../../scripts/engines/engine';
import { SshTestbed } from '../../../scripts/hosts/sshWorld';
import { Authority, prepareTls, TlsProxy } from '../../../scripts/hosts/tls';
import type { Address } from '../../../src/engine/address';

/** How this run reaches its engine: by its socket, or as if it were on another host. */
export const selectedTransport = process.env['PODGRAPH_TRANSPORT'] ?? 'socket';

/** An engine's address on the way that was chosen, until it is closed. */
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
      throw new Error(`PODGRAPH_TRANSPORT=${selectedTransport}: there are socket, ssh and tls.`);
  }
}

/** Through a jump host, as the far ones are. */
async function bySsh(running: RunningEngine): Promise<Transport> {
  const world = await SshTestbed.create();
  await world.host('jump');
  await world.host('box', { through: 'jump' });
  process.env['PATH'] = `${world.bin}:${process.env['PATH']}`;
  return { address: { kind: 'ssh', host: 'box', path: running.socket }, close: () => world.stop() };
}

/** With a client certificate. */
async function byTls(running: RunningEngine): Promise<Transport> {
  await prepareTls();
  const folder = mkdtempSync('/tmp/podgraph-tls-');
  const authority = await Authority.create(path.join(folder, 'authority'));
  const pair = await authority.issue('engine', { names: ['DNS:localhost'] });
  const front = await TlsProxy.start(path.join(folder, 'front'), running.socket, { pair, clients: authority.ca });
  const files = { ca: authority.ca, ...(await authority.issue('client', { names: ['DNS:client'] })) };
  return {
    address: { kind: 'tls', host: 'localhost', port: front.port, files },
    close: async () => {
      await front.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
