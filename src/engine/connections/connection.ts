import type { EngineId } from '../../graph/model';
import type { Address } from '../address';

/** Who named an address: the person or their shell (then it is always shown, with its error), or this extension's own list. */
export type ConnectionSource = 'setting' | 'CONTAINER_HOST' | 'DOCKER_HOST' | 'default';

/** An engine that may be there. */
export interface Connection {
  /** Made from the address alone: the same engine has the same id tomorrow, whoever names it. */
  readonly id: EngineId;
  /** Proper names and paths, the same in every language: `podman`, `docker (rootless)`, `/tmp/lab/podman.sock`. */
  readonly label: string;
  readonly address: Address;
  readonly source: ConnectionSource;
}

/** Why an address cannot be used; the floors above word it, and the step that helps. */
export type UnsupportedReason =
  /** `ssh://`: no transport carries it yet. Forward the socket (`ssh -L`) and name the forwarded one. */
  | 'ssh'
  /** `https://`, `DOCKER_TLS_VERIFY`, port 2376: no transport carries it yet. Name a socket, or a plain port on this machine. */
  | 'tls'
  /** Not an address at all. */
  | 'unreadable';

/** An address that was named and cannot be used yet: shown, never ignored. */
export interface UnsupportedConnection {
  /** As it was written, without user and password. */
  readonly text: string;
  readonly source: ConnectionSource;
  readonly reason: UnsupportedReason;
}
