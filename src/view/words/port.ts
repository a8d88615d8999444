import type { ContainerNode } from '../../graph/model';
import type { DisplayText } from './plainText';
import { plainText } from './plainText';

/** A port of a container that its engine's machine listens on. */
export interface PublishedPort {
  /** As the tree tells it: `0.0.0.0:8443 -> 443/tcp`. */
  readonly words: DisplayText;
  /** `https://localhost:8443/`; a guess by the port's number. */
  readonly address: string;
}

/** Ports on which web servers speak TLS by convention. */
const secure: ReadonlySet<number> = new Set([443, 8443, 6443, 9443, 4443]);
const anyAddress: ReadonlySet<string> = new Set(['', '0.0.0.0', '[::]', '127.0.0.1', '[::1]']);

/**
 * The ports that can be opened in a browser: published ones, tcp.
 * @param endpoint where the engine is reached; ports of one on another machine are published there
 */
export function publishedPorts({ ports }: Pick<ContainerNode, 'ports'>, endpoint: string): PublishedPort[] {
  const found = new Map<string, PublishedPort>();
  for (const words of ports) {
    const [, host = '', first, inner] = /^(?:(.+):)?(\d+)(?:-\d+)? -> (\d+)(?:-\d+)?\/tcp$/.exec(words) ?? [];
    if (first === undefined || inner === undefined || Number(first) === 0) continue;
    const scheme = secure.has(Number(inner)) || secure.has(Number(first)) ? 'https' : 'http';
    const where = anyAddress.has(host) ? machineOf(endpoint) : host;
    const address = `${scheme}://${where}:${first}/`;
    // The same port on all IPv4 and all IPv6 addresses is one.
    if (!found.has(address)) found.set(address, { words: plainText(words), address });
  }
  return [...found.values()];
}

function machineOf(endpoint: string): string {
  const [, host] = /^(?:tcp|https?|ssh):\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)/.exec(endpoint) ?? [];
  return host ?? 'localhost';
}
