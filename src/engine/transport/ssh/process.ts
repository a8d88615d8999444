import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline';
import { EngineError } from '../../error';
import { endOf } from './words';

/** Lines of its standard error that are kept. */
const MOST_LINES = 100;

/**
 * One run of the system's own `ssh`. Its standard input is ours: when this process goes, however it goes, that input ends,
 * with it the command on the other side, and with that ssh.
 */
export class SshProcess {
  /** Never rejects. */
  readonly ended: Promise<EngineError>;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly said: string[] = [];

  constructor(
    args: readonly string[],
    host: string,
    listener: { onLine(line: string): void; onError?(line: string): void },
  ) {
    // From home: on Windows a program is looked for in the current folder first, and that is somebody's project.
    this.child = spawn('ssh', args, { stdio: 'pipe', cwd: homedir(), windowsHide: true });
    this.child.stdin.on('error', () => undefined); // it is gone already
    createInterface(this.child.stdout).on('line', (line) => listener.onLine(line));
    createInterface(this.child.stderr).on('line', (line) => {
      this.said.push(line.trimEnd());
      if (this.said.length > MOST_LINES) this.said.shift();
      listener.onError?.(line);
    });
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error: NodeJS.ErrnoException) =>
        resolve(new EngineError(error.code === 'ENOENT' ? 'sshMissing' : 'sshEnded', error.message, { host })),
      );
      // Not `exit`: its last words may still be on their way.
      this.child.once('close', () => resolve(endOf(this.said, host)));
    });
  }

  /** Ends with its process; undefined if there never was one. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Whether ssh itself failed, and not the command that it ran: it ends with 255 then. */
  get failed(): boolean {
    return this.child.exitCode === 255 || this.child.pid === undefined;
  }

  write(text: string): void {
    this.child.stdin.write(text);
  }

  end(): void {
    this.child.stdin.end();
    this.child.kill();
  }
}
