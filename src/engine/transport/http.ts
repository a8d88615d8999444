import type http from 'node:http';
import type { Duplex } from 'node:stream';
import Dockerode from 'dockerode';
import type DockerModem from 'docker-modem';
import { type Address, formatAddress, formatHost } from '../address';

/** Every status is an answer for us: what it means is read from the body, in one place. */
const everyStatus: Record<number, true> = Object.fromEntries(
  Array.from({ length: 500 }, (_, n) => [n + 100, true] as const),
);

/**
 * A modem that talks to this address and to nothing else: each connection is the agent's. It is told of a socket whatever the
 * way, because the editor's extension host, which puts an agent of its own (for proxies) in the place of ours, leaves
 * requests to sockets alone. docker-modem 5.0.7 lets `DOCKER_HOST=tcp://…` in the environment win over a given `socketPath`
 * unless `host` is there and undefined, and a bad `DOCKER_CERT_PATH` throws in its constructor: so everything it would take
 * from the environment is spelled out, and the environment is out of its sight.
 */
export function createModem(address: Address, agent: http.Agent): DockerModem {
  const unset = { host: undefined, port: undefined, username: undefined, timeout: undefined };
  const keys = { ca: undefined, cert: undefined, key: undefined };
  const named = address.kind === 'tcp' || address.kind === 'tls';
  const headers = named ? { Host: `${formatHost(address.host)}:${address.port}` } : {};
  const where = { socketPath: formatAddress(address), protocol: 'http', pathPrefix: '' };
  const options = { ...unset, ...keys, ...where, headers, agent };
  const hidden = process.env['DOCKER_HOST'];
  delete process.env['DOCKER_HOST'];
  try {
    // exactOptionalPropertyTypes: undefined is what matters here, and its type does not name `agent` and `pathPrefix`.
    return new Dockerode(options as Dockerode.DockerOptions).modem;
  } finally {
    if (hidden !== undefined) process.env['DOCKER_HOST'] = hidden;
  }
}

interface Dialled {
  readonly method: string;
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  readonly signal: AbortSignal;
}

/** Sends one request. Resolves as soon as the head of the answer is there, whatever its status. */
export function sendRequest(httpModem: DockerModem, request: Dialled): Promise<http.IncomingMessage> {
  return send(httpModem, request, false) as Promise<http.IncomingMessage>;
}

/** The same, asking to go on with the bare connection: that is what it resolves with where the engine agrees (101). */
export function sendUpgrade(httpModem: DockerModem, request: Dialled): Promise<http.IncomingMessage | Duplex> {
  return send(httpModem, request, true);
}

function send(httpModem: DockerModem, request: Dialled, hijack: boolean): Promise<http.IncomingMessage | Duplex> {
  return new Promise((resolve, reject) => {
    httpModem.dial(
      {
        method: request.method,
        // A path with a query and no `options` loses its last character (docker-modem 5.0.7).
        path: request.path.includes('?') ? `${request.path}&` : request.path,
        isStream: true,
        statusCodes: everyStatus,
        hijack,
        ...(request.body && { options: { _query: {}, _body: request.body } }),
        abortSignal: request.signal,
      },
      (error, answer) => {
        if (error) reject(error);
        else resolve(answer as http.IncomingMessage | Duplex);
      },
    );
  });
}
