import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type { Clock } from '../../clock';
import type { Address, SshAddress } from '../address';
import { EngineError, fromSystemError } from '../error';
import { TlsConnector } from './tls';

/** A transport below HTTP: socket, TLS or ssh. */
export interface Connector {
  /** Opens the transport before the first connection. Rejects with an `EngineError`; has its own timeout. */
  open?(signal: AbortSignal | undefined): Promise<void>;
  /** A new connection, possibly still connecting: failures are emitted as `error`. May throw. */
  connect(): Duplex;
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
      return new LazySshConnector(address, clock);
  }
}

/** Loads the ssh transport when the first connection is opened. */
class LazySshConnector implements Connector {
  private loading: Promise<Connector> | undefined;
  private connector: Connector | undefined;
  private closed = false;

  constructor(
    private readonly address: SshAddress,
    private readonly clock: Clock,
  ) {}

  async open(signal: AbortSignal | undefined): Promise<void> {
    this.loading ??= import('./ssh/connector').then(({ SshConnector }) => new SshConnector(this.address, this.clock));
    this.connector = await this.loading;
    if (this.closed) this.connector.close();
    return this.connector.open?.(signal);
  }

  connect(): Duplex {
    if (!this.connector) throw new EngineError('unreachable', 'ssh is not connected');
    return this.connector.connect();
  }

  toEngineError(thrown: unknown): EngineError | Promise<EngineError> {
    return this.connector?.toEngineError(thrown) ?? fromSystemError(thrown);
  }

  close(): void {
    this.closed = true;
    this.connector?.close();
  }
}

function socketConnector(where: net.NetConnectOpts): Connector {
  return { connect: () => net.connect(where), toEngineError: fromSystemError, close: () => undefined };
}

/**
 * An HTTP agent over a connector: a new connection per request, or reused ones if `cached`. Idle ones close after 1 s,
 * because Podman's service exits only without connections.
 *
 * docker-modem 5.0.7 formats its options for debug output before each request, also if disabled: with eight pending
 * calls, the sockets of the agent cost 100 ms per call. So the agent hides its content from `inspect`.
 */
export class ConnectorAgent extends http.Agent {
  constructor(
    private readonly connector: Connector,
    cached: boolean,
  ) {
    super(cached ? { keepAlive: true, timeout: 1000 } : { keepAlive: false });
  }

  /** Called by Node's agent; the connector knows the address. */
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
