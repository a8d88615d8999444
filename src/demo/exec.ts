import { randomBytes } from 'node:crypto';
import { killedExitCode, signalNumber } from './command';
import type { EngineCore } from './core';
import { ApiError, wrongState } from './errors';
import type { Lifecycle } from './lifecycle';
import { appendLog, type Container, isFinished } from './model';

interface ExecState {
  readonly id: string;
  readonly container: Container;
  readonly command: readonly string[];
  readonly tty: boolean;
  /** Inside the container. */
  readonly pid: number;
  state: 'created' | 'running' | 'ended';
  exitCode: number;
  shell: FakeShell | undefined;
  /** Called once when it ends. */
  onEnd: () => void;
}

/** The client's side of a hijacked connection. */
export interface ExecConnection {
  write(text: string): void;
  end(): void;
}

const sighup = 1;

/** Simulated exec sessions: a shell with a few commands, `echo` and `kill`. */
export class ExecSessions {
  private readonly all = new Map<string, ExecState>();
  private lastPid = 10;

  constructor(
    private readonly core: EngineCore,
    private readonly lifecycle: Lifecycle,
  ) {}

  create(container: Container, command: readonly string[], tty: boolean): ExecState {
    if (container.state !== 'running') {
      throw wrongState(500, 'can only create exec sessions on running containers');
    }
    const id = randomBytes(32).toString('hex');
    const pid = ++this.lastPid;
    const session: ExecState = {
      ...{ id, container, command, tty, pid },
      ...{ state: 'created', exitCode: 0, shell: undefined, onEnd: () => undefined },
    };
    this.all.set(id, session);
    return session;
  }

  find(id: string): ExecState {
    const session = this.all.get(id);
    if (!session) throw new ApiError(404, 'no such exec session', `no exec session with ID ${id} found`);
    return session;
  }

  /** Starts a detached process, which can signal others or `echo` into the container's log. */
  startDetached(session: ExecState) {
    session.state = 'running';
    const script = session.command.join(' ');
    const [, text, fd] = /\becho (.*) > ?\/proc\/1\/fd\/([12])$/.exec(script) ?? [];
    if (text !== undefined) {
      const stream = fd === '2' ? 'stderr' : 'stdout';
      appendLog(session.container, { at: this.core.timers.wallTime(), stream, text });
      return this.end(session, 0);
    }
    const [, name, pid] = /\bkill -(\w+) (\d+)/.exec(script) ?? [];
    const target = [...this.all.values()].find(
      (one) => one.container === session.container && one.pid === Number(pid) && one.state === 'running',
    );
    const signal = signalNumber(name ?? '') ?? sighup;
    if (target) this.end(target, signal === 9 ? killedExitCode : 128 + signal);
    this.end(session, target ? 0 : 1);
  }

  /** Starts a shell on a terminal. */
  start(session: ExecState, connection: ExecConnection, size: { columns: number; rows: number }) {
    session.state = 'running';
    session.onEnd = () => connection.end();
    const end = (exitCode: number) => this.end(session, exitCode);
    const shell = new FakeShell(session.container.name, session.pid, size, (text) => connection.write(text), end);
    session.shell = shell;
    shell.start(session.command);
    void this.lifecycle.nextExit(session.container).then(() => this.end(session, killedExitCode));
  }

  private end(session: ExecState, exitCode: number) {
    if (session.state === 'ended') return;
    session.state = 'ended';
    session.exitCode = exitCode;
    session.onEnd();
    // Engines delete ended sessions with their container.
    if (isFinished(session.container)) this.all.delete(session.id);
  }
}

const help = [
  'This is the demo engine: no containers run, and this shell is simulated. Commands:',
  '  echo TEXT, hostname, stty size, ps, help, exit [CODE]',
];
const maxLineLength = 4096;

/** A simulated interactive shell: echoes input and runs a line at Return. */
class FakeShell {
  private line = '';
  private ended = false;

  constructor(
    private readonly host: string,
    private readonly pid: number,
    private size: { columns: number; rows: number },
    private readonly print: (text: string) => void,
    private readonly end: (exitCode: number) => void,
  ) {}

  /** Runs the command's `printf` of its PID, then prompts. */
  start(command: readonly string[]) {
    const [, format = ''] = /printf '([^']*)' \$\$/.exec(command.join(' ')) ?? [];
    const output = format
      .replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))
      .replace('%s', String(this.pid));
    this.print(`${output}${help.join('\r\n')}\r\n`);
    this.prompt();
  }

  resize(size: { columns: number; rows: number }) {
    this.size = size;
  }

  type(text: string) {
    for (const char of text) this.press(char);
  }

  private press(char: string) {
    if (this.ended) return;
    if (char === '\u0004' && this.line === '') return this.exit(0);
    if (char === '\u0003') {
      this.line = '';
      this.print('^C\r\n');
      return this.prompt();
    }
    if (char === '\r' || char === '\n') {
      this.print('\r\n');
      const { line } = this;
      this.line = '';
      this.run(line.trim());
      return this.ended ? undefined : this.prompt();
    }
    if (char === '\u007f' || char === '\b') {
      if (this.line === '') return;
      this.line = this.line.slice(0, -1);
      return this.print('\b \b');
    }
    if (char < ' ' || this.line.length >= maxLineLength) return;
    this.line += char;
    this.print(char);
  }

  private run(line: string) {
    for (const part of line.split(';')) if (!this.ended) this.runOne(part.trim());
  }

  private runOne(line: string) {
    const [command = '', ...rest] = line.replace(/^\/busybox /, '').split(/\s+/);
    const printLines = (...lines: string[]) => this.print(lines.map((one) => `${one}\r\n`).join(''));
    switch (command) {
      case '':
        return;
      case 'echo':
        return printLines(rest.join(' ').replace(/["']/g, ''));
      case 'hostname':
        return printLines(this.host);
      case 'stty':
        return printLines(`${this.size.rows} ${this.size.columns}`);
      case 'ps':
        return printLines('PID   COMMAND', '    1 (simulated)', `${String(this.pid).padStart(5)} sh`);
      case 'help':
        return printLines(...help);
      case 'exit':
        return this.exit(Number(rest[0] ?? 0) || 0);
      default:
        return printLines(`sh: ${command}: not found (this shell is simulated; try help)`);
    }
  }

  private prompt() {
    this.print('/ # ');
  }

  private exit(exitCode: number) {
    this.ended = true;
    this.end(exitCode);
  }
}
