import { spawn, type SpawnOptions } from 'node:child_process';

/** What a finished program left: its exit code (128 + n when signal n ended it, 127 when it could not be started). */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Text or bytes for its standard input; without it the input is empty. */
  readonly input?: string | Uint8Array;
  /** Milliseconds after which the program is killed. */
  readonly deadline?: number;
}

/** Runs a program to its end and collects what it said. Never rejects: a program that cannot start has code 127. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const spawnOptions: SpawnOptions = { stdio: ['pipe', 'pipe', 'pipe'] };
    if (options.cwd) spawnOptions.cwd = options.cwd;
    if (options.env) spawnOptions.env = options.env;
    if (options.deadline) Object.assign(spawnOptions, { timeout: options.deadline, killSignal: 'SIGKILL' });
    const child = spawn(command, args, spawnOptions);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin?.on('error', () => undefined); // a program may end without reading its input
    child.stdin?.end(options.input);
    child.once('error', (error) => resolve({ code: 127, stdout: '', stderr: error.message }));
    child.once('close', (code, signal) => {
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString();
      resolve({ code: code ?? (signal ? 137 : 1), stdout: text(out), stderr: text(err) });
    });
  });
}

/** Like `run`, but a program that fails is an error with its last words. Returns its standard output. */
export async function runOrThrow(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) {
    const words = (stderr.trim() || stdout.trim()).split('\n').slice(-12).join('\n');
    throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${words}`);
  }
  return stdout;
}

/** True if a program of this name can be started from PATH. */
export async function isOnPath(program: string): Promise<boolean> {
  const finder = process.platform === 'win32' ? 'where' : 'which';
  return (await run(finder, [program])).code === 0;
}

/** Says on standard error what a script is about to do that takes a while. */
export function log(message: string): void {
  process.stderr.write(`· ${message}\n`);
}
