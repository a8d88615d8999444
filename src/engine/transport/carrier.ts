import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Address } from '../address';
import type { Clock } from '../../clock';
import type { EngineError } from '../error';
import { SshCarrier } from './ssh/carrier';
import { systemError } from './systemError';
import { TlsCarrier } from './tls';

/** The way to an engine, below HTTP: what differs between a socket, TLS and ssh ends here. */
export interface Carrier {
  /** Where the way has to be opened before the first connection. Rejects with an `EngineError`; bounds itself. */
  open?(signal: AbortSignal | undefined): Promise<void>;
  /** A connection of its own, perhaps not yet established: what goes wrong is told by its `error`. May throw. */
  connect(): Duplex;
  /** What a failure on this way means. */
  explain(thrown: unknown): EngineError | Promise<EngineError>;
  close(): void;
}

export function carrierTo(address: Address, clock: Clock): Carrier {
  switch (address.kind) {
    case 'unix':
    case 'npipe':
      return direct({ path: address.path });
    case 'tcp':
      return direct({ host: address.host, port: address.port });
    case 'tls':
      return new TlsCarrier(address);
    case 'ssh':
      return new SshCarrier(address, clock);
  }
}

function direct(where: net.NetConnectOpts): Carrier {
  return { connect: () => net.connect(where), explain: systemError, close: () => undefined };
}
