import type { Address } from '../address';
import type { UnsupportedReason } from './connection';

const DOCKER_TLS_PORT = 2376;
const DOCKER_PORT = 2375;

export type ParsedAddress = { readonly address: Address } | { readonly unsupported: UnsupportedReason };

const unreadable: ParsedAddress = { unsupported: 'unreadable' };

/**
 * An address as `CONTAINER_HOST`, `DOCKER_HOST` and people write it: `unix:///run/podman/podman.sock`, a bare path,
 * `npipe:////./pipe/docker_engine`, `\\.\pipe\docker_engine`, `tcp://localhost:2375`, `localhost:2375`, `ssh://…`.
 */
export function parseAddress(written: string, options: { readonly tls: boolean }): ParsedAddress {
  const value = written.trim();
  if (/^\\\\[.?]\\pipe\\./i.test(value)) return { address: pipe(value) };
  if (value.startsWith('//./pipe/')) return { address: pipe(value) };
  if (value.startsWith('/')) return { address: { kind: 'unix', path: value } };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'unix':
    case 'http+unix':
      return unixPath(value.slice(value.indexOf('://') + 3));
    case 'npipe':
      return namedPipe(value.slice('npipe://'.length));
    case 'ssh':
      return { unsupported: 'ssh' };
    case 'https':
      return { unsupported: 'tls' };
    case 'tcp':
    case 'http':
      return hostAndPort(value.slice(value.indexOf('://') + 3), options.tls);
    case undefined:
      // `DOCKER_HOST=localhost:2375` means tcp.
      return /^[^\s/]+:\d+$/.test(value) ? hostAndPort(value, options.tls) : unreadable;
    default:
      return unreadable;
  }
}

/** The address without what must not be shown: user and password. */
export function withoutSecrets(written: string): string {
  return written.trim().replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1');
}

function unixPath(path: string): ParsedAddress {
  return path.startsWith('/') && path.length > 1 ? { address: { kind: 'unix', path } } : unreadable;
}

function namedPipe(path: string): ParsedAddress {
  const address = pipe(path);
  return /^\/\/[.?]\/pipe\/./i.test(address.path) ? { address } : unreadable;
}

function pipe(path: string): Extract<Address, { kind: 'npipe' }> {
  return { kind: 'npipe', path: path.replaceAll('\\', '/') };
}

function hostAndPort(authority: string, tls: boolean): ParsedAddress {
  let url: URL;
  try {
    url = new URL(`http://${authority}`);
  } catch {
    return unreadable;
  }
  // URL drops 80, the default of http.
  const port = Number(url.port || (/:80(\/|$)/.test(authority) ? 80 : DOCKER_PORT));
  if (tls || port === DOCKER_TLS_PORT) return { unsupported: 'tls' };
  if (url.pathname !== '/' || url.search) return unreadable;
  return { address: { kind: 'tcp', host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port } };
}
