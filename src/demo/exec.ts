import { randomBytes } from 'node:crypto';
import { killedExitCode, signalNumber } from './command';
import { ApiError, wrongState } from './errors';
import { FakeShell } from './fakeShell';
import type { Lifecycle } from './lifecycle';
import { appendLog, type Container, isFinished } from './model';

/** A program that was started beside a container's own, as `exec` does. */
export interface Program {
  readonly id: string;
  readonly container: Container;
  readonly command: readonly string[];
  readonly tty: boolean;
  /** Its number inside the container. */
  readonly pid: number;
  state: 'created' | 'running' | 'ended';
  exitCode: number;
  shell: FakeShell | undefined;
  /** Called once when it ends. */
  onEnd: () => void;
}

/** What the client of a program sees of it. */
export interface ProgramView {
  write(text: string): void;
  end(): void;
}

const hangUp = 1;

/** The programs started inside containers. They are played: a shell that knows a few words, and `kill`. */
export class Programs {
  private readonly all = new Map<string, Program>();
  private pids = 10;

  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly now: () => number,
  ) {}

  create(container: Container, command: readonly string[], tty: boolean): Program {
    if (container.state !== 'running') {
      throw wrongState(500, 'can only create exec sessions on running containers');
    }
    const id = randomBytes(32).toString('hex');
    const pid = ++this.pids;
    const program: Program = {
      ...{ id, container, command, tty, pid },
      ...{ state: 'created', exitCode: 0, shell: undefined, onEnd: () => undefined },
    };
    this.all.set(id, program);
    return program;
  }

  find(id: string): Program {
    const program = this.all.get(id);
    if (!program) throw new ApiError(404, 'no such exec session', `no exec session with ID ${id} found`);
    return program;
  }

  /** Starts a program that nobody watches; it can signal others, and `echo` into the container's own log. */
  startDetached(program: Program) {
    program.state = 'running';
    const script = program.command.join(' ');
    const [, text, fd] = /\becho (.*) > ?\/proc\/1\/fd\/([12])$/.exec(script) ?? [];
    if (text !== undefined) {
      const stream = fd === '2' ? 'stderr' : 'stdout';
      appendLog(program.container, { at: this.now(), stream, text });
      return this.end(program, 0);
    }
    const [, name, pid] = /\bkill -(\w+) (\d+)/.exec(script) ?? [];
    const target = [...this.all.values()].find(
      (one) => one.container === program.container && one.pid === Number(pid) && one.state === 'running',
    );
    const signal = signalNumber(name ?? '') ?? hangUp;
    if (target) this.end(target, signal === 9 ? killedExitCode : 128 + signal);
    this.end(program, target ? 0 : 1);
  }

  /** Starts a program at a terminal; what is typed goes to its shell. */
  start(program: Program, view: ProgramView, size: { columns: number; rows: number }) {
    program.state = 'running';
    program.onEnd = () => view.end();
    const end = (exitCode: number) => this.end(program, exitCode);
    const shell = new FakeShell(program.container.name, program.pid, size, (text) => view.write(text), end);
    program.shell = shell;
    shell.begin(program.command);
    void this.lifecycle.nextExit(program.container).then(() => this.end(program, killedExitCode));
  }

  private end(program: Program, exitCode: number) {
    if (program.state === 'ended') return;
    program.state = 'ended';
    program.exitCode = exitCode;
    program.onEnd();
    // Engines forget programs a while after their end, and with their container.
    if (isFinished(program.container)) this.all.delete(program.id);
  }
}
