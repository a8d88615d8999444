import type { EngineId } from '../../graph/model/model';
import { type Address, parseAddress, type TlsFiles } from '../address';

/** The source of an address. All but `default` (the known endpoints) are always shown, even if they fail. */
export type ConnectionSource =
  'setting' | 'CONTAINER_HOST' | 'DOCKER_HOST' | 'podman connection' | 'docker context' | 'default';

/** The tool that uses this engine by default. */
export type DefaultFor = 'podman' | 'docker';

/** A discovered engine, not yet connected. */
export interface Connection {
  /** Derived from the address only, so it is stable across sessions and sources. */
  readonly id: EngineId;
  /** Not translated: `podman`, `docker (rootless)`, `/tmp/lab/podman.sock`. */
  readonly label: string;
  readonly address: Address;
  readonly source: ConnectionSource;
  /** Its name in the configuration of Podman or Docker. */
  readonly ownName?: string | undefined;
  readonly defaultFor: DefaultFor | undefined;
  /** A default endpoint, or a virtual machine that may be off. */
  readonly isImplicit: boolean;
  /** Hidden by the setting. */
  readonly isHidden: boolean;
}

/** An entry of `podgraph.connections`. */
export type ConnectionSetting = string | NamedAddress;

export interface NamedAddress {
  readonly address: string;
  readonly name?: string | undefined;
  readonly hidden?: boolean | undefined;
  /** Private key file for ssh. */
  readonly identity?: string | undefined;
  readonly tls?: TlsFiles | undefined;
}

/** A configured address that cannot be parsed. */
export interface UnsupportedConnection {
  /** Without user and password. */
  readonly text: string;
  readonly source: ConnectionSource;
}

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
