import type { EngineId } from '../../graph/model/model';
import type { Address, TlsFiles } from '../address';

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
