import { type Clock, sleep } from '../../clock';
import { EngineError } from '../../engine/error';
import type { ContainerInspector, ExecSession, TerminalSize } from '../../engine/inspector';
import type { NodeKey } from '../../graph/model/model';
import { type ContainerStatus, getContainerStatus } from './containerStatus';

/** Where a shell may be, the one that people like best in front; busybox images without links have it as an applet. */
const programs: readonly (readonly [string, ...string[]])[] = [
  ['/bin/bash'],
  ['/usr/bin/bash'],
  ['/usr/local/bin/bash'],
  ['/bin/sh'],
  ['/usr/bin/sh'],
  ['/bin/busybox', 'sh'],
  ['/busybox/sh'],
  ['/busybox', 'sh'],
];

/** Milliseconds that a shell gets to end when it is hung up, and to say who it is before that. */
const patience = 3000;

export interface ShellDeps {
  readonly inspector: Pick<ContainerInspector, 'inspectRaw' | 'exec' | 'fileExists' | 'execDetached'>;
  readonly clock: Clock;
}

export interface ShellOptions {
  readonly key: NodeKey;
  readonly size: TerminalSize;
  readonly onData: (chunk: Uint8Array) => void;
}

/** How a shell ended, and what its container did then. */
export interface ShellExit {
  readonly exitCode: number | undefined;
  readonly container: ContainerStatus;
}

/** A shell inside a container, at a terminal. */
export interface Shell {
  /** `/bin/bash` */
  readonly program: string;
  /** Resolves when the shell has ended or its connection is lost; never rejects. */
  readonly done: Promise<ShellExit>;
  write(text: string): void;
  /** A size that the engine does not take is no matter. */
  resize(size: TerminalSize): void;
  /** Ends the shell and what runs in it. Resolves when that is done, or was tried in vain. */
  terminate(): Promise<void>;
}

/**
 * Opens a shell. Rejects with `unsupported` where the container has none that is known, and with the engine's reason where it
 * runs no programs there (it is down, say).
 */
export async function openShell({ inspector, clock }: ShellDeps, options: ShellOptions): Promise<Shell> {
  const program = await findShell(inspector, options.key);
  const announced = new PidPrefixParser(options.onData);
  const session = await inspector.exec(options.key, {
    command: [...program, '-c', announcing, program[0], ...program],
    environment: { TERM: 'xterm-256color' },
    size: options.size,
    onData: (chunk) => announced.push(chunk),
  });
  const done = session.done.then(async (exitCode): Promise<ShellExit> => {
    announced.end();
    return { exitCode, container: await statusAfterExit(inspector, clock, options.key, exitCode) };
  });
  return {
    program: program.join(' '),
    done,
    // What came before the shell would be echoed into the middle of its first words.
    write: (text) => void announced.pid.then(() => session.write(text)),
    resize: (size) => void session.resize(size).catch(() => undefined),
    terminate: () => hangUp(inspector, clock, options.key, program, session, announced.pid),
  };
}

/** Milliseconds between two looks at a container that may be going down, and how many. */
const recheckDelayMs = 200;
const maxChecks = 15;
const killed = 137;

/** Docker lets a killed container's programs go before it says that the container is down. */
async function statusAfterExit(
  insight: Pick<ContainerInspector, 'inspectRaw'>,
  clock: Clock,
  key: NodeKey,
  exitCode: number | undefined,
): Promise<ContainerStatus> {
  const mayBeGoing = exitCode === undefined || exitCode === killed;
  let condition = await getContainerStatus(insight, key);
  for (let looks = 1; mayBeGoing && condition.kind === 'running' && looks < maxChecks; looks++) {
    await sleep(clock, recheckDelayMs);
    condition = await getContainerStatus(insight, key);
  }
  return condition;
}

async function findShell(insight: Pick<ContainerInspector, 'fileExists'>, key: NodeKey) {
  for (const program of programs) if (await insight.fileExists(key, program[0])) return program;
  throw new EngineError('unsupported', 'no shell was found in the container');
}

/** The shell's first word, which no terminal shows: its number, by which it can be hung up. Then it becomes interactive. */
const announcing = `printf '\\033]5379;%s\\007' $$; exec "$@"`;

/** No engine ends a program because its connection closes: the shell gets the signal that a closed terminal sends. */
async function hangUp(
  insight: Pick<ContainerInspector, 'execDetached'>,
  clock: Clock,
  key: NodeKey,
  program: readonly string[],
  session: ExecSession,
  announced: Promise<number | undefined>,
) {
  const ended = session.done.then(() => true);
  const pid = await withTimeout(clock, patience, announced);
  for (const signal of ['HUP', 'KILL']) {
    if (pid === undefined) break;
    // Refused where the container is down: then the shell is, too.
    await insight.execDetached(key, [...program, '-c', `kill -${signal} ${pid}`]).catch(() => undefined);
    if (await withTimeout(clock, patience, ended)) break;
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
/** Longer than any announcement. */
const longest = 32;

/** Takes the announcement out of what a shell prints, and passes on all else as it is. */
class PidPrefixParser {
  readonly pid: Promise<number | undefined>;
  private statusReported: (pid: number | undefined) => void = () => undefined;
  private held: Buffer | undefined = Buffer.alloc(0);

  constructor(private readonly pass: (chunk: Uint8Array) => void) {
    this.pid = new Promise((resolve) => (this.statusReported = resolve));
  }

  push(chunk: Uint8Array) {
    if (!this.held) return this.pass(chunk);
    // Nothing was typed before: the announcement comes first, where there is one.
    this.held = Buffer.concat([this.held, chunk]);
    const isMark = marker.subarray(0, this.held.length).equals(this.held.subarray(0, marker.length));
    const at = this.held.indexOf(end);
    if (isMark && at > 0) {
      this.statusReported(Number(this.held.toString('latin1', marker.length, at)) || undefined);
      this.release(at + 1);
    } else if (!isMark || this.held.length > longest) this.end();
  }

  /** Nothing more comes, or what comes is something else. */
  end() {
    this.statusReported(undefined);
    this.release(0);
  }

  private release(from: number) {
    const rest = this.held?.subarray(from);
    this.held = undefined;
    if (rest && rest.length > 0) this.pass(rest);
  }
}
