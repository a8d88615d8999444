import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type { Clock } from '../../clock';
import type { Address } from '../address';
import { type EngineError, fromSystemError } from '../error';
import { SshConnector } from './ssh/connector';
import { TlsConnector } from './tls';

/** The way to an engine, below HTTP: what differs between a socket, TLS and ssh ends here. */
export interface Connector {
  /** Where the way has to be opened before the first connection. Rejects with an `EngineError`; bounds itself. */
  open?(signal: AbortSignal | undefined): Promise<void>;
  /** A connection of its own, perhaps not yet established: what goes wrong is told by its `error`. May throw. */
  connect(): Duplex;
  /** What a failure on this way means. */
  toEngineError(thrown: unknown): EngineError | Promise<EngineError>;
  close(): void;
}

export function createConnector(address: Address, clock: Clock): Connector {
  switch (address.kind) {
    case 'unix':
    case 'npipe':
      return socketConnector({ path: address.path });
    case 'tcp':
      return socketConnector({ host: address.host, port: address.port });
    case 'tls':
      return new TlsConnector(address);
    case 'ssh':
      return new SshConnector(address, clock);
  }
}

function socketConnector(where: net.NetConnectOpts): Connector {
  return { connect: () => net.connect(where), toEngineError: fromSystemError, close: () => undefined };
}

/**
 * Gives each request a connection of the carrier: one of its own, or, where `cached`, one on which another was answered. What
 * is kept goes after a second: Podman's service ends by itself when nobody is connected.
 *
 * docker-modem 5.0.7 prints its options in full before each request, whether anybody reads that or not: with the sockets of
 * eight calls under way that costs 100 ms of processor time a call. So an agent shows nothing of itself.
 */
export class ConnectorAgent extends http.Agent {
  constructor(
    private readonly connector: Connector,
    cached: boolean,
  ) {
    super(cached ? { keepAlive: true, timeout: 1000 } : { keepAlive: false });
  }

  /** Called by Node's agent; where it is sent is for the carrier to know. */
  override createConnection(_where: unknown, done?: (error: Error | null, none: Duplex) => void): Duplex | undefined {
    try {
      return this.connector.connect();
    } catch (thrown) {
      done?.(thrown as Error, undefined as never);
      return undefined;
    }
  }

  [inspect.custom](): string {
    return 'agent';
  }
}
