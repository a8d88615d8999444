import type { TlsFiles } from '../../address';

/** A connection as another tool's configuration names one, before its address is understood. */
export interface Destination {
  readonly name: string;
  /** As it is written there. */
  readonly address: string;
  /** File of a private key, for ssh. */
  readonly identity?: string | undefined;
  readonly files?: TlsFiles | undefined;
  /** Whether the tool says that this is a virtual machine of its own, which may well be switched off. */
  readonly isMachine?: boolean | undefined;
}

/** What one or several configuration files name. */
export interface Destinations {
  readonly all: readonly Destination[];
  /** Name of the one that the tool uses when told nothing. */
  readonly current: string | undefined;
  /** Why part of the file was left out. Says where, never what stands there. */
  readonly unreadable?: string | undefined;
}

/** A configuration file that cannot be read as what it should be. Says where, never what stands there: that may be a secret. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}
