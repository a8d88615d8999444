import http from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type { EngineError } from '../error';

/** A transport below HTTP: socket, TLS or ssh. */
export interface Connector {
  /** Opens the transport before the first connection. Rejects with an `EngineError`; has its own timeout. */
  open?(signal: AbortSignal | undefined): Promise<void>;
  /** A new connection, possibly still connecting: failures are emitted as `error`. May throw. */
  connect(): Duplex;
  /** Of ssh: a socket through which other ssh processes share its login, while it is open. */
  readonly controlPath?: string | undefined;
  toEngineError(thrown: unknown): EngineError | Promise<EngineError>;
  close(): void;
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
