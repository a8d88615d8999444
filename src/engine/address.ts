/** Where an engine listens, as far as this code can reach it. */
export type Address =
  | { readonly kind: 'unix'; readonly path: string }
  /** A Windows named pipe by its full path, `//./pipe/docker_engine`. */
  | { readonly kind: 'npipe'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** The address as people and `CONTAINER_HOST` write it. Never holds a secret. */
export function formatAddress(address: Address): string {
  switch (address.kind) {
    case 'unix':
      return `unix://${address.path}`;
    case 'npipe':
      return `npipe://${address.path}`;
    case 'tcp':
      return `tcp://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
  }
}
