import { type Clock, sleep } from '../../clock';
import { EngineError } from '../../engine/error';
import type { ContainerInspector, ExecSession, TerminalSize } from '../../engine/engine';
import type { NodeKey } from '../../graph/model/model';
import { type ContainerStatus, getContainerStatus } from './containerStatus';

/** Shells by preference; busybox images without links provide one as an applet. */
const shells: readonly (readonly [string, ...string[]])[] = [
  ['/bin/bash'],
  ['/usr/bin/bash'],
  ['/usr/local/bin/bash'],
  ['/bin/sh'],
  ['/usr/bin/sh'],
  ['/bin/busybox', 'sh'],
  ['/busybox/sh'],
  ['/busybox', 'sh'],
];

/** Milliseconds to wait for the shell's PID, and for its exit after each signal. */
const terminateTimeout = 3000;

interface ShellDeps {
  readonly inspector: Pick<ContainerInspector, 'inspectRaw' | 'exec' | 'fileExists' | 'execDetached'>;
  readonly clock: Clock;
}

interface ShellOptions {
  readonly key: NodeKey;
  readonly size: TerminalSize;
  readonly onData: (chunk: Uint8Array) => void;
}

/** The result of a shell, and its container's status afterwards. */
export interface ShellExit {
  readonly exitCode: number | undefined;
  readonly container: ContainerStatus;
}

/** An interactive shell inside a container. */
export interface Shell {
  /** `/bin/bash` */
  readonly program: string;
  /** Resolves when the shell exits or its connection is lost; never rejects. */
  readonly done: Promise<ShellExit>;
  write(text: string): void;
  /** Errors are ignored. */
  resize(size: TerminalSize): void;
  /** Ends the shell and its processes. Resolves when done or timed out; never rejects. */
  terminate(): Promise<void>;
}

/** Opens a shell. Rejects with `unsupported` if none is found, or with the engine's error, as for a stopped container. */
export async function openShell({ inspector, clock }: ShellDeps, options: ShellOptions): Promise<Shell> {
  const program = await findShell(inspector, options.key);
  const output = new PidPrefixParser(options.onData);
  const session = await inspector.exec(options.key, {
    command: [...program, '-c', printPid, program[0], ...program],
    environment: { TERM: 'xterm-256color' },
    size: options.size,
    onData: (chunk) => output.push(chunk),
  });
  const done = session.done.then(async (exitCode): Promise<ShellExit> => {
    output.end();
    return { exitCode, container: await statusAfterExit(inspector, clock, options.key, exitCode) };
  });
  return {
    program: program.join(' '),
    done,
    // Input before the shell starts would be echoed into its prompt.
    write: (text) => void output.pid.then(() => session.write(text)),
    resize: (size) => void session.resize(size).catch(() => undefined),
    terminate: () => terminate(inspector, clock, options.key, program, session, output.pid),
  };
}

/** Milliseconds between two status checks of a container that may be exiting. */
const recheckDelayMs = 200;
const maxChecks = 15;
const sigkillExitCode = 137;

/** Docker ends exec sessions of a killed container before it reports the container as stopped. */
async function statusAfterExit(
  inspector: Pick<ContainerInspector, 'inspectRaw'>,
  clock: Clock,
  key: NodeKey,
  exitCode: number | undefined,
): Promise<ContainerStatus> {
  const mayBeExiting = exitCode === undefined || exitCode === sigkillExitCode;
  let status = await getContainerStatus(inspector, key);
  for (let checks = 1; mayBeExiting && status.kind === 'running' && checks < maxChecks; checks++) {
    await sleep(clock, recheckDelayMs);
    status = await getContainerStatus(inspector, key);
  }
  return status;
}

async function findShell(inspector: Pick<ContainerInspector, 'fileExists'>, key: NodeKey) {
  for (const program of shells) if (await inspector.fileExists(key, program[0])) return program;
  throw new EngineError('unsupported', 'no shell was found in the container');
}

/** Prints the shell's PID in an escape sequence that terminals ignore, then starts the interactive shell. */
const printPid = `printf '\\033]5379;%s\\007' $$; exec "$@"`;

/** Engines keep exec processes when the connection closes, so send the signals that a closed terminal sends. */
async function terminate(
  inspector: Pick<ContainerInspector, 'execDetached'>,
  clock: Clock,
  key: NodeKey,
  program: readonly string[],
  session: ExecSession,
  pidPromise: Promise<number | undefined>,
) {
  const ended = session.done.then(() => true);
  const pid = await withTimeout(clock, terminateTimeout, pidPromise);
  for (const signal of ['HUP', 'KILL']) {
    if (pid === undefined) break;
    // Fails if the container is stopped; then the shell has ended, too.
    await inspector.execDetached(key, [...program, '-c', `kill -${signal} ${pid}`]).catch(() => undefined);
    if (await withTimeout(clock, terminateTimeout, ended)) break;
  }
  session.close();
}

async function withTimeout<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  const waiting = new AbortController();
  const late = sleep(clock, ms, waiting.signal).then(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    waiting.abort();
  }
}

const marker = Buffer.from('\u001b]5379;');
const end = 7;
/** Bytes; longer than any prefix. */
const maxPrefixLength = 32;

/** Removes the PID prefix from the shell's output. */
class PidPrefixParser {
  readonly pid: Promise<number | undefined>;
  private resolvePid: (pid: number | undefined) => void = () => undefined;
  private buffered: Buffer | undefined = Buffer.alloc(0);

  constructor(private readonly onData: (chunk: Uint8Array) => void) {
    this.pid = new Promise((resolve) => (this.resolvePid = resolve));
  }

  push(chunk: Uint8Array) {
    if (!this.buffered) return this.onData(chunk);
    // No input was sent yet, so the prefix comes first.
    this.buffered = Buffer.concat([this.buffered, chunk]);
    const isMark = marker.subarray(0, this.buffered.length).equals(this.buffered.subarray(0, marker.length));
    const at = this.buffered.indexOf(end);
    if (isMark && at > 0) {
      this.resolvePid(Number(this.buffered.toString('latin1', marker.length, at)) || undefined);
      this.release(at + 1);
    } else if (!isMark || this.buffered.length > maxPrefixLength) this.end();
  }

  /** The output ended or has no PID prefix. */
  end() {
    this.resolvePid(undefined);
    this.release(0);
  }

  private release(from: number) {
    const rest = this.buffered?.subarray(from);
    this.buffered = undefined;
    if (rest && rest.length > 0) this.onData(rest);
  }
}
