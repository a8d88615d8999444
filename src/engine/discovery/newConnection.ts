import { type Address, parseAddress } from '../address';
import type { NamedAddress } from './connection';

/** Why a typed address is no address: its scheme, or what must follow it. `unencrypted` is a warning. */
export type ConnectionProblem = 'scheme' | 'unix' | 'npipe' | 'ssh' | 'tcp' | 'unencrypted';

/** Undefined for a good address; for `unencrypted`, the address is valid. */
export function connectionProblem(text: string): ConnectionProblem | undefined {
  const address = parseAddress(text);
  if (address) return address.kind === 'tcp' && !isLoopback(address.host) ? 'unencrypted' : undefined;
  const scheme = /^([a-z+]+):/i.exec(text.trim())?.[1]?.toLowerCase();
  if (scheme === 'unix' || scheme === 'npipe' || scheme === 'ssh') return scheme;
  return scheme === 'tcp' || scheme === 'http' || scheme === 'https' ? 'tcp' : 'scheme';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** The default name of a new connection; undefined for a local engine, which is named by its type. */
export function defaultConnectionName(address: Address): string | undefined {
  return 'host' in address ? address.host : undefined;
}

/** The entry of `podgraph.connections`: only the address if there is nothing else. */
export function toConnectionSetting({ address, name, identity, tls }: NamedAddress): string | NamedAddress {
  if (!name && !identity && !tls) return address;
  return { address, ...(name && { name }), ...(identity && { identity }), ...(tls && { tls }) };
}

/** The value of `podgraph.connections` with one more entry; an invalid value is replaced. */
export function withConnection(value: unknown, entry: string | NamedAddress): unknown[] {
  const entries: unknown[] = Array.isArray(value) ? value : [];
  return [...entries, entry];
}
