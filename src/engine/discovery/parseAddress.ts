import type { Address, TlsFiles } from '../address';
import type { UnsupportedReason } from './connection';

const DOCKER_TLS_PORT = 2376;
const DOCKER_PORT = 2375;

export type ParsedAddress = { readonly address: Address } | { readonly unsupported: UnsupportedReason };

/** What stands beside an address, in the variable or file that it comes from. */
export interface AddressContext {
  /** TLS is asked for, whatever the port; `https://` and port 2376 ask for it themselves. */
  readonly tls: boolean;
  /** For an address with TLS. */
  readonly files?: TlsFiles | undefined;
  /** File of a private key, for ssh. */
  readonly identity?: string | undefined;
}

const unreadable: ParsedAddress = { unsupported: 'unreadable' };

/**
 * An address as `CONTAINER_HOST`, `DOCKER_HOST` and people write it: `unix:///run/podman/podman.sock`, a bare path,
 * `npipe:////./pipe/docker_engine`, `\\.\pipe\docker_engine`, `tcp://localhost:2375`, `localhost:2375`, `https://box:2376`,
 * `ssh://ada@box:2222/run/podman/podman.sock`. `unix:/run/podman/podman.sock` and `unix://run/podman/podman.sock` mean the same
 * as with three slashes (Podman reads them so, and printed them in its help), any number of slashes does for a pipe.
 */
export function parseAddress(written: string, beside: AddressContext = { tls: false }): ParsedAddress {
  const value = written.trim();
  if (/^[\\/]{2}[.?][\\/]/.test(value)) return namedPipe(value);
  if (value.startsWith('/')) return unixPath(value);
  if (/^unix:\/(?!\/)/i.test(value)) return unixPath(value.slice('unix:'.length));
  if (/^npipe:/i.test(value)) return namedPipe(value.slice('npipe:'.length));
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'unix':
      return unixPath(value.slice('unix://'.length));
    case 'http+unix': {
      // Python's clients write the whole path as if it were a host: `http+unix://%2Frun%2Fpodman.sock`.
      const path = value.slice('http+unix://'.length);
      return unixPath(/^%2f/i.test(path) ? (decode(path) ?? '') : path);
    }
    case 'ssh':
      return remote(value, beside.identity);
    case 'https':
      return hostAndPort(value.slice('https://'.length), { ...beside, tls: true });
    case 'tcp':
    case 'http':
      return hostAndPort(value.slice(value.indexOf('://') + 3), beside);
    case undefined:
      // `DOCKER_HOST=localhost:2375` means tcp.
      return /^[^\s/]*:\d+$/.test(value) ? hostAndPort(value, beside) : unreadable;
    default:
      return unreadable;
  }
}

/** The address without what must not be shown: user and password. */
export function redactAddress(written: string): string {
  return written.trim().replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1');
}

function unixPath(written: string): ParsedAddress {
  // Of `unix://run/podman.sock` Podman takes what would be the host for the first folder; one name alone says too little.
  const isWhole = written.startsWith('/') || /^[^/.~\s][^/]*\/+[^/]/.test(written);
  const path = `/${written}`.replace(/^\/+/, '/').replace(/\/+$/, '');
  return isWhole && path.length > 1 && !path.includes('\0') ? { address: { kind: 'unix', path } } : unreadable;
}

/** `\\.\pipe\name`, `////./pipe/name`, `//./pipe//name`: one pipe, however many slashes of whichever kind. */
function namedPipe(written: string): ParsedAddress {
  const name = /^\/*[.?]\/+pipe\/+([^/].*?)\/*$/i.exec(written.replaceAll('\\', '/'))?.[1];
  return name === undefined ? unreadable : { address: { kind: 'npipe', path: `//./pipe/${name}` } };
}

function hostAndPort(written: string, { tls, files = {} }: AddressContext): ParsedAddress {
  // `tcp://:2375` means this machine.
  const authority = written.startsWith(':') ? `localhost${written}` : written.replace(/\/+$/, '');
  const url = parseUrl(`http://${authority}`);
  if (!url?.hostname || url.pathname !== '/' || url.search) return unreadable;
  // URL drops 80, the default of http.
  const digits = url.port || (/:0*80(\/|$)/.test(authority) ? '80' : '');
  const port = Number(digits || (tls ? DOCKER_TLS_PORT : DOCKER_PORT));
  const host = stripBrackets(url.hostname);
  if (tls || port === DOCKER_TLS_PORT) return { address: { kind: 'tls', host, port, files } };
  return { address: { kind: 'tcp', host, port } };
}

function remote(written: string, identity: string | undefined): ParsedAddress {
  const url = parseUrl(written);
  if (!url || url.search || url.hash) return unreadable;
  const [user, host, path] = [decode(url.username), decode(stripBrackets(url.hostname)), decode(url.pathname)];
  // Both are handed to ssh as arguments of their own: one that begins with a dash would be an option there.
  if (!host || [user, host].some((part) => part === undefined || /^-|[\s\p{Cc}]/u.test(part))) return unreadable;
  if (path === undefined || /\p{Cc}/u.test(path)) return unreadable;
  const port = url.port ? Number(url.port) : undefined;
  const socket = path === '' || path === '/' ? undefined : path;
  return {
    address: { kind: 'ssh', user: user || undefined, host, port, identity: identity || undefined, path: socket },
  };
}

function parseUrl(written: string): URL | undefined {
  return URL.canParse(written) ? new URL(written) : undefined;
}

/** Undefined where a percent sign stands for nothing. */
function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function stripBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
