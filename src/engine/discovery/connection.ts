import type { EngineId } from '../../graph/model/model';
import type { Address, TlsFiles } from '../address';

/**
 * Who named an address: the setting, the shell, Podman's or Docker's own configuration (then it is shown, with its error), or
 * this extension's own list of usual places.
 */
export type ConnectionSource =
  'setting' | 'CONTAINER_HOST' | 'DOCKER_HOST' | 'podman connection' | 'docker context' | 'default';

/** Whose command line means this engine when told nothing. */
export type DefaultFor = 'podman' | 'docker';

/** An engine that may be there. */
export interface Connection {
  /** Made from the address alone: the same engine has the same id tomorrow, whoever names it. */
  readonly id: EngineId;
  /** Proper names and paths, the same in every language: `podman`, `docker (rootless)`, `/tmp/lab/podman.sock`. */
  readonly label: string;
  readonly address: Address;
  readonly source: ConnectionSource;
  /** What Podman's or Docker's own configuration calls it, where it comes from there. */
  readonly ownName?: string | undefined;
  readonly defaultFor: DefaultFor | undefined;
  /** Nobody says that it is there now: a usual place, or a virtual machine that may be off. */
  readonly isImplicit: boolean;
  /** Whether the setting says that it is not to be shown. */
  readonly isHidden: boolean;
}

/** An entry of the setting `podgraph.connections`: an address, or one with a name and what belongs to it. */
export type ConnectionSetting = string | NamedAddress;

export interface NamedAddress {
  readonly address: string;
  readonly name?: string | undefined;
  readonly hidden?: boolean | undefined;
  /** File of a private key, for ssh. */
  readonly identity?: string | undefined;
  readonly tls?: TlsFiles | undefined;
}

/** Why an address cannot be used; the floors above word it, and the step that helps. */
export type UnsupportedReason =
  /** Not an address at all. */
  'unreadable';

/** An address that was named and cannot be used: told, never ignored. */
export interface UnsupportedConnection {
  /** As it was written, without user and password. */
  readonly text: string;
  readonly source: ConnectionSource;
  readonly reason: UnsupportedReason;
}
