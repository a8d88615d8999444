import type http from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import Dockerode from 'dockerode';
import type DockerModem from 'docker-modem';
import { type Address, formatAddress, formatHost } from '../address';

/** Accept every status: the caller reads the reason from the body. */
const everyStatus: Record<number, true> = Object.fromEntries(
  Array.from({ length: 500 }, (_, n) => [n + 100, true] as const),
);

/**
 * A docker-modem whose connections all come from the agent. It gets a `socketPath` for every transport, because the
 * extension host replaces agents (for proxies) except for socket requests. docker-modem 5.0.7 prefers
 * `DOCKER_HOST=tcp://…` over `socketPath` unless `host` is present and undefined, and throws for an invalid
 * `DOCKER_CERT_PATH`: so all options are set and the variable is removed during construction.
 */
export function createModem(address: Address, agent: http.Agent): DockerModem {
  const unset = { host: undefined, port: undefined, username: undefined, timeout: undefined };
  const noKeys = { ca: undefined, cert: undefined, key: undefined };
  const hasHost = address.kind === 'tcp' || address.kind === 'tls';
  const headers = hasHost ? { Host: `${formatHost(address.host)}:${address.port}` } : {};
  const socket = { socketPath: formatAddress(address), protocol: 'http', pathPrefix: '' };
  const options = { ...unset, ...noKeys, ...socket, headers, agent };
  const hidden = process.env['DOCKER_HOST'];
  delete process.env['DOCKER_HOST'];
  try {
    // The type allows no undefined values and lacks `agent` and `pathPrefix`.
    return new Dockerode(options as Dockerode.DockerOptions).modem;
  } finally {
    if (hidden !== undefined) process.env['DOCKER_HOST'] = hidden;
  }
}

interface ModemRequest {
  readonly method: string;
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  /** A tar, sent as the body. */
  readonly content?: Readable | undefined;
  readonly signal: AbortSignal;
}

/**
 * Sends one request. Resolves with the response headers, whatever the status; with `hijack`, if the engine accepts the
 * upgrade (101), with the raw connection.
 */
export function send(
  httpModem: DockerModem,
  request: ModemRequest,
  hijack: boolean,
): Promise<http.IncomingMessage | Duplex> {
  return new Promise((resolve, reject) => {
    httpModem.dial(
      {
        method: request.method,
        // docker-modem 5.0.7 drops the last character of a path with a query and no `options`.
        path: request.path.includes('?') ? `${request.path}&` : request.path,
        isStream: true,
        statusCodes: everyStatus,
        hijack,
        ...(request.body && { options: { _query: {}, _body: request.body } }),
        ...(request.content && { file: request.content }),
        abortSignal: request.signal,
      },
      (error, response) => {
        if (error) reject(error);
        else resolve(response as http.IncomingMessage | Duplex);
      },
    );
  });
}
