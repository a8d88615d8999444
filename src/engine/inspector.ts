import type { NodeKey } from '../graph/model/model';
import type { CallOptions } from './engine';

/**
 * What an engine lets a person look into: nothing here changes what it holds, but for what is typed into a program that
 * `exec` starts.
 */
export interface ContainerInspector {
  /** All that the engine says of a container or a pod, as it says it: for people to read. */
  inspectRaw(key: NodeKey, options?: CallOptions): Promise<unknown>;

  /**
   * Hands over what a container has printed, entry by entry, and with `follow` what it goes on to print. Resolves when the
   * engine ends the answer (the container is down, or it is all there was) or the signal is aborted; rejects when it breaks.
   * Podman 5.8.6 may end it early while the container runs on: see `inspectRaw`.
   */
  logs(key: NodeKey, options: LogOptions): Promise<void>;

  /** Whether there is a file at a path inside a container. */
  fileExists(key: NodeKey, path: string, options?: CallOptions): Promise<boolean>;

  /** Starts a program inside a running container, at a terminal of its own. */
  exec(key: NodeKey, options: ExecOptions): Promise<ExecSession>;

  /** Starts a program inside a running container and waits for nothing. */
  execDetached(key: NodeKey, command: readonly string[], options?: CallOptions): Promise<void>;
}

export interface LogOptions {
  /** Ends it at any time. */
  readonly signal: AbortSignal;
  readonly follow: boolean;
  /** Seconds since the epoch; entries before it are left out. */
  readonly since?: number | undefined;
  /** At most so many of the newest entries to begin with. */
  readonly tail?: number | undefined;
  /** Called with the entries of one chunk. No more is read from the engine until it has resolved. */
  readonly onEntries: (entries: readonly LogEntry[]) => Promise<void> | void;
}

/** A piece of what a container has printed: a line, or a part of one where it was long or came slowly. */
export interface LogEntry {
  readonly stream: 'stdout' | 'stderr';
  /** As the engine writes it, to the second on Podman 4.3; '' where it gives none (a line's later parts). */
  readonly time: string;
  /** With the line's end, where it is whole. */
  readonly text: string;
}

export interface ExecOptions extends CallOptions {
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly size: TerminalSize;
  readonly onData: (chunk: Uint8Array) => void;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A program that runs at a terminal inside a container. */
export interface ExecSession {
  /** Resolves when its connection has ended, with the exit code where the engine still knows it. Never rejects. */
  readonly done: Promise<number | undefined>;
  write(text: string): void;
  resize(size: TerminalSize): Promise<void>;
  /** Lets go of the connection. No engine ends the program because of that. */
  close(): void;
}
