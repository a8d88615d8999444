/** An engine's parsed address. Contains no secret: keys are referenced by file. */
export type Address =
  | { readonly kind: 'unix'; readonly path: string }
  /** A Windows named pipe by its full path, `//./pipe/docker_engine`. */
  | { readonly kind: 'npipe'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** TCP with TLS; the server certificate is always verified. */
  | { readonly kind: 'tls'; readonly host: string; readonly port: number; readonly files: TlsFiles }
  | SshAddress;

/** Paths of PEM files on this machine. */
export interface TlsFiles {
  /** CA certificates for the server; the system's if undefined. */
  readonly ca?: string | undefined;
  /** The client certificate for `key`. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface SshAddress {
  readonly kind: 'ssh';
  readonly user?: string | undefined;
  /** A host name, or a `Host` of the ssh configuration. Never starts with a dash. */
  readonly host: string;
  /** Undefined: the ssh configuration decides. */
  readonly port?: number | undefined;
  /** Private key file on this machine. */
  readonly identity?: string | undefined;
  /** The socket on the remote host; undefined: found there (`DOCKER_HOST=ssh://box`). */
  readonly path?: string | undefined;
}

/** The address in the syntax of `CONTAINER_HOST`. Contains no secret. */
export function formatAddress(address: Address): string {
  switch (address.kind) {
    case 'unix':
      return `unix://${address.path}`;
    case 'npipe':
      return `npipe://${address.path}`;
    case 'tcp':
      return `tcp://${formatHost(address.host)}:${address.port}`;
    case 'tls':
      return `https://${formatHost(address.host)}:${address.port}`;
    case 'ssh':
      return `ssh://${formatUserHost(address)}${address.path ?? ''}`;
  }
}

/** `ada@box:2222` */
export function formatUserHost({ user, host, port }: SshAddress): string {
  return `${user ? `${user}@` : ''}${formatHost(host)}${port === undefined ? '' : `:${port}`}`;
}

/** Encloses an IPv6 address in brackets. */
export function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Whether an address in text form is a socket or pipe of this machine. */
export function isLocalAddress(address: string): boolean {
  return /^(unix|npipe):/.test(address);
}

const DOCKER_TLS_PORT = 2376;
const DOCKER_PORT = 2375;

/** Further values from the source of an address. */
export interface AddressContext {
  /** TLS is requested, whatever the port; `https://` and port 2376 imply it. */
  readonly tls: boolean;
  readonly files?: TlsFiles | undefined;
  /** Private key file for ssh. */
  readonly identity?: string | undefined;
}

/**
 * Parses an address in the syntax of `CONTAINER_HOST` and `DOCKER_HOST`: `unix:///run/podman/podman.sock`, a bare path,
 * `npipe:////./pipe/docker_engine`, `\\.\pipe\docker_engine`, `tcp://localhost:2375`, `localhost:2375`,
 * `https://box:2376`, `ssh://ada@box:2222/run/podman/podman.sock`. As in Podman, `unix:` accepts one to three slashes;
 * a pipe any number.
 */
export function parseAddress(text: string, context: AddressContext = { tls: false }): Address | undefined {
  const value = text.trim();
  if (/^[\\/]{2}[.?][\\/]/.test(value)) return pipeAddress(value);
  if (value.startsWith('/')) return unixAddress(value);
  if (/^unix:\/(?!\/)/i.test(value)) return unixAddress(value.slice('unix:'.length));
  if (/^npipe:/i.test(value)) return pipeAddress(value.slice('npipe:'.length));
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'unix':
      return unixAddress(value.slice('unix://'.length));
    case 'http+unix': {
      // Python clients encode the path as a host: `http+unix://%2Frun%2Fpodman.sock`.
      const path = value.slice('http+unix://'.length);
      return unixAddress(/^%2f/i.test(path) ? (decode(path) ?? '') : path);
    }
    case 'ssh':
      return sshAddress(value, context.identity);
    case 'https':
      return tcpAddress(value.slice('https://'.length), { ...context, tls: true });
    case 'tcp':
    case 'http':
      return tcpAddress(value.slice(value.indexOf('://') + 3), context);
    case undefined:
      // `DOCKER_HOST=localhost:2375` means tcp.
      return /^[^\s/]*:\d+$/.test(value) ? tcpAddress(value, context) : undefined;
    default:
      return undefined;
  }
}

/** The address without user and password. */
export function redactAddress(text: string): string {
  return text.trim().replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1');
}

function unixAddress(text: string): Address | undefined {
  // In `unix://run/podman.sock`, Podman reads the host as the first folder; a single name is ambiguous.
  const isValid = text.startsWith('/') || /^[^/.~\s][^/]*\/+[^/]/.test(text);
  const path = `/${text}`.replace(/^\/+/, '/').replace(/\/+$/, '');
  return isValid && path.length > 1 && !path.includes('\0') ? { kind: 'unix', path } : undefined;
}

/** Any number of slashes of either kind: `\\.\pipe\name`, `////./pipe/name`, `//./pipe//name`. */
function pipeAddress(text: string): Address | undefined {
  const name = /^\/*[.?]\/+pipe\/+([^/].*?)\/*$/i.exec(text.replaceAll('\\', '/'))?.[1];
  return name === undefined ? undefined : { kind: 'npipe', path: `//./pipe/${name}` };
}

function tcpAddress(text: string, { tls, files = {} }: AddressContext): Address | undefined {
  // `tcp://:2375` is this machine.
  const authority = text.startsWith(':') ? `localhost${text}` : text.replace(/\/+$/, '');
  const url = parseUrl(`http://${authority}`);
  if (!url?.hostname || url.pathname !== '/' || url.search) return undefined;
  // URL removes the default port 80.
  const digits = url.port || (/:0*80(\/|$)/.test(authority) ? '80' : '');
  const port = Number(digits || (tls ? DOCKER_TLS_PORT : DOCKER_PORT));
  const host = stripBrackets(url.hostname);
  if (tls || port === DOCKER_TLS_PORT) return { kind: 'tls', host, port, files };
  return { kind: 'tcp', host, port };
}

function sshAddress(text: string, identity: string | undefined): Address | undefined {
  const url = parseUrl(text);
  if (!url || url.search || url.hash) return undefined;
  const [user, host, path] = [decode(url.username), decode(stripBrackets(url.hostname)), decode(url.pathname)];
  // Both become arguments of ssh, where a leading dash would start an option.
  if (!host || [user, host].some((part) => part === undefined || /^-|[\s\p{Cc}]/u.test(part))) return undefined;
  if (path === undefined || /\p{Cc}/u.test(path)) return undefined;
  const port = url.port ? Number(url.port) : undefined;
  const socket = path === '' || path === '/' ? undefined : path;
  return { kind: 'ssh', user: user || undefined, host, port, identity: identity || undefined, path: socket };
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Undefined for an invalid percent sequence. */
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
