import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../clock';
import type { Address, SshAddress } from '../address';
import { EngineError, fromSystemError } from '../error';
import type { Connector } from './connector';
import { TlsConnector } from './tls';

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

  get controlPath(): string | undefined {
    return this.connector?.controlPath;
  }

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
