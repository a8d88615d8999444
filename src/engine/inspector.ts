import type { NodeKey } from '../graph/model/model';
import type { CallOptions } from './engine';

/** Inspection of one container. Nothing here changes the engine, except programs started by `exec`. */
export interface ContainerInspector {
  /** The engine's own inspect output of a container or pod. */
  inspectRaw(key: NodeKey, options?: CallOptions): Promise<unknown>;

  /**
   * Reads a container's logs, and with `follow` its further output. Resolves when the engine ends the response or the
   * signal is aborted; rejects on failure. Podman 5.8.6 may end it while the container still runs.
   */
  logs(key: NodeKey, options: LogOptions): Promise<void>;

  fileExists(key: NodeKey, path: string, options?: CallOptions): Promise<boolean>;

  /** Starts a program with a terminal in a running container. */
  exec(key: NodeKey, options: ExecOptions): Promise<ExecSession>;

  /** Starts a program in a running container, without waiting for it. */
  execDetached(key: NodeKey, command: readonly string[], options?: CallOptions): Promise<void>;
}

export interface LogOptions {
  readonly signal: AbortSignal;
  readonly follow: boolean;
  /** Seconds since the epoch; earlier entries are skipped. */
  readonly since?: number | undefined;
  /** The number of newest entries to start with. */
  readonly tail?: number | undefined;
  /** Called with the entries of one chunk. Reading pauses until it resolves. */
  readonly onEntries: (entries: readonly LogEntry[]) => Promise<void> | void;
}

/** A log line, or a part of a long or slowly written one. */
export interface LogEntry {
  readonly stream: 'stdout' | 'stderr';
  /** In the engine's format, to the second on Podman 4.3; empty for the later parts of a line. */
  readonly time: string;
  /** Includes the newline, if complete. */
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

/** A program with a terminal in a container. */
export interface ExecSession {
  /** Resolves when the connection has ended, with the exit code if the engine still has it. Never rejects. */
  readonly done: Promise<number | undefined>;
  write(text: string): void;
  resize(size: TerminalSize): Promise<void>;
  /** Closes the connection. The program continues to run. */
  close(): void;
}
