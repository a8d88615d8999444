import type { Clock } from '../../clock';
import { sleep } from '../../clock';
import { EngineError } from '../../engine/error';
import type { ExecSession, Insight, TerminalSize } from '../../engine/insight';
import type { NodeKey } from '../../graph/model';
import { type Condition, conditionOf } from './condition';

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

export interface ShellParts {
  readonly insight: Pick<Insight, 'describe' | 'exec' | 'hasFile' | 'run'>;
  readonly clock: Clock;
}

export interface ShellWish {
  readonly key: NodeKey;
  readonly size: TerminalSize;
  readonly onData: (chunk: Uint8Array) => void;
}

/** How a shell ended, and what its container did then. */
export interface ShellEnd {
  readonly exitCode: number | undefined;
  readonly container: Condition;
}

/** A shell inside a container, at a terminal. */
export interface Shell {
  /** `/bin/bash` */
  readonly program: string;
  /** Resolves when the shell has ended or its connection is lost; never rejects. */
  readonly done: Promise<ShellEnd>;
  write(text: string): void;
  /** A size that the engine does not take is no matter. */
  resize(size: TerminalSize): void;
  /** Ends the shell and what runs in it. Resolves when that is done, or was tried in vain. */
  hangUp(): Promise<void>;
}

/**
 * Opens a shell. Rejects with `unsupported` where the container has none that is known, and with the engine's reason where it
 * runs no programs there (it is down, say).
 */
export async function openShell({ insight, clock }: ShellParts, wish: ShellWish): Promise<Shell> {
  const program = await findShell(insight, wish.key);
  const announced = new Announcement(wish.onData);
  const session = await insight.exec(wish.key, {
    command: [...program, '-c', announcing, program[0], ...program],
    environment: { TERM: 'xterm-256color' },
    size: wish.size,
    onData: (chunk) => announced.push(chunk),
  });
  const done = session.done.then(async (exitCode): Promise<ShellEnd> => {
    announced.end();
    return { exitCode, container: await conditionAfter(insight, clock, wish.key, exitCode) };
  });
  return {
    program: program.join(' '),
    done,
    // What came before the shell would be echoed into the middle of its first words.
    write: (text) => void announced.pid.then(() => session.write(text)),
    resize: (size) => void session.resize(size).catch(() => undefined),
    hangUp: () => hangUp(insight, clock, wish.key, program, session, announced.pid),
  };
}

/** Milliseconds between two looks at a container that may be going down, and how many. */
const lookAgain = 200;
const mostLooks = 15;
const killed = 137;

/** Docker lets a killed container's programs go before it says that the container is down. */
async function conditionAfter(
  insight: Pick<Insight, 'describe'>,
  clock: Clock,
  key: NodeKey,
  exitCode: number | undefined,
): Promise<Condition> {
  const mayBeGoing = exitCode === undefined || exitCode === killed;
  let condition = await conditionOf(insight, key);
  for (let looks = 1; mayBeGoing && condition.kind === 'running' && looks < mostLooks; looks++) {
    await sleep(clock, lookAgain);
    condition = await conditionOf(insight, key);
  }
  return condition;
}

async function findShell(insight: Pick<Insight, 'hasFile'>, key: NodeKey) {
  for (const program of programs) if (await insight.hasFile(key, program[0])) return program;
  throw new EngineError('unsupported', 'no shell was found in the container');
}

/** The shell's first word, which no terminal shows: its number, by which it can be hung up. Then it becomes interactive. */
const announcing = `printf '\\033]5379;%s\\007' $$; exec "$@"`;

/** No engine ends a program because its connection closes: the shell gets the signal that a closed terminal sends. */
async function hangUp(
  insight: Pick<Insight, 'run'>,
  clock: Clock,
  key: NodeKey,
  program: readonly string[],
  session: ExecSession,
  announced: Promise<number | undefined>,
) {
  const ended = session.done.then(() => true);
  const pid = await within(clock, patience, announced);
  for (const signal of ['HUP', 'KILL']) {
    if (pid === undefined) break;
    // Refused where the container is down: then the shell is, too.
    await insight.run(key, [...program, '-c', `kill -${signal} ${pid}`]).catch(() => undefined);
    if (await within(clock, patience, ended)) break;
  }
  session.close();
}

async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  const waiting = new AbortController();
  const late = sleep(clock, ms, waiting.signal).then(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    waiting.abort();
  }
}

const mark = Buffer.from('\u001b]5379;');
const end = 7;
/** Longer than any announcement. */
const longest = 32;

/** Takes the announcement out of what a shell prints, and passes on all else as it is. */
class Announcement {
  readonly pid: Promise<number | undefined>;
  private told: (pid: number | undefined) => void = () => undefined;
  private held: Buffer | undefined = Buffer.alloc(0);

  constructor(private readonly pass: (chunk: Uint8Array) => void) {
    this.pid = new Promise((resolve) => (this.told = resolve));
  }

  push(chunk: Uint8Array) {
    if (!this.held) return this.pass(chunk);
    // Nothing was typed before: the announcement comes first, where there is one.
    this.held = Buffer.concat([this.held, chunk]);
    const isMark = mark.subarray(0, this.held.length).equals(this.held.subarray(0, mark.length));
    const at = this.held.indexOf(end);
    if (isMark && at > 0) {
      this.told(Number(this.held.toString('latin1', mark.length, at)) || undefined);
      this.release(at + 1);
    } else if (!isMark || this.held.length > longest) this.end();
  }

  /** Nothing more comes, or what comes is something else. */
  end() {
    this.told(undefined);
    this.release(0);
  }

  private release(from: number) {
    const rest = this.held?.subarray(from);
    this.held = undefined;
    if (rest && rest.length > 0) this.pass(rest);
  }
}
