import { spawn, type SpawnOptions } from 'node:child_process';

/** Result of a program. The code is 137 if a signal ended it, 127 if it could not be started. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Standard input; empty by default. */
  readonly input?: string | Uint8Array;
  /** Milliseconds after which the program is killed. */
  readonly timeout?: number;
}

/** Runs a program and collects its output. Never rejects. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const spawnOptions: SpawnOptions = { stdio: ['pipe', 'pipe', 'pipe'] };
    if (options.cwd) spawnOptions.cwd = options.cwd;
    if (options.env) spawnOptions.env = options.env;
    if (options.timeout) Object.assign(spawnOptions, { timeout: options.timeout, killSignal: 'SIGKILL' });
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

/** Like `run`, but rejects with the end of the output if the program fails. Returns its standard output. */
export async function runOrThrow(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) {
    const tail = (stderr.trim() || stdout.trim()).split('\n').slice(-12).join('\n');
    throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${tail}`);
  }
  return stdout;
}

/** Whether PATH has this program. */
export async function isOnPath(program: string): Promise<boolean> {
  const finder = process.platform === 'win32' ? 'where' : 'which';
  return (await run(finder, [program])).code === 0;
}

/** Prints progress of a long step to standard error. */
export function log(message: string): void {
  process.stderr.write(`· ${message}\n`);
}
