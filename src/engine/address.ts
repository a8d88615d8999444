/** Where an engine listens: plain data, parsed once. Never holds a secret: keys are named by the files they stand in. */
export type Address =
  | { readonly kind: 'unix'; readonly path: string }
  /** A Windows named pipe by its full path, `//./pipe/docker_engine`. */
  | { readonly kind: 'npipe'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** TCP with TLS; the other side is always verified. */
  | { readonly kind: 'tls'; readonly host: string; readonly port: number; readonly files: TlsFiles }
  | SshAddress;

/** Paths of PEM files on this machine. */
export interface TlsFiles {
  /** Authorities that vouch for the engine; those that the system trusts where there is none. */
  readonly ca?: string | undefined;
  /** With `key`: who we are. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface SshAddress {
  readonly kind: 'ssh';
  readonly user?: string | undefined;
  /** A name that the user's ssh knows: of a machine, or of a `Host` in its configuration. Never begins with a dash. */
  readonly host: string;
  /** Undefined leaves it to the configuration of ssh, which knows better than a 22. */
  readonly port?: number | undefined;
  /** File of a private key on this machine, as Podman's connections name one. */
  readonly identity?: string | undefined;
  /** The engine's socket on the other machine; undefined where its own command line is to know (`DOCKER_HOST=ssh://box`). */
  readonly path?: string | undefined;
}

/** The address as people and `CONTAINER_HOST` write it. Never holds a secret. */
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

/** `ada@box:2222`: who is asked, without what for. */
export function formatUserHost({ user, host, port }: SshAddress): string {
  return `${user ? `${user}@` : ''}${formatHost(host)}${port === undefined ? '' : `:${port}`}`;
}

/** An IPv6 address in its brackets. */
export function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Whether an address, as it is written, leads to a socket or a pipe of this machine. */
export function isOnThisMachine(written: string): boolean {
  return /^(unix|npipe):/.test(written);
}
