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
