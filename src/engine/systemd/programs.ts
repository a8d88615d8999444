import { execFile } from 'node:child_process';
import { type Clock, maxDelay } from '../../clock';
import { excerpt } from '../../graph/model/untrusted';
import type { SshAddress } from '../address';
import { EngineError } from '../error';
import { withTimeout } from '../timeouts';
import { sshArguments, SshProcess } from '../transport/ssh/process';

interface ProgramOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/**
 * Runs a program on an engine's machine with exactly these arguments. Resolves with its standard output; rejects with an
 * `EngineError`: `unsupported` if there is no such program, `denied`, or `unknown` with the program's message.
 */
export type RunProgram = (program: string, args: readonly string[], options: ProgramOptions) => Promise<string>;

/** Bytes of output; the properties of a unit are a few kilobytes. */
const maxOutput = 16 * 1024 * 1024;

/** Runs programs on this machine, without a shell. */
export const runLocally: RunProgram = (program, args, { signal, timeoutMs }) => {
  const environment = { ...process.env, LC_ALL: 'C', XDG_RUNTIME_DIR: runtimeFolder() };
  // `execFile` accepts only integers, and 0 means without a limit.
  const timeout = timeoutMs > maxDelay ? 0 : Math.ceil(timeoutMs);
  const options = { signal, timeout, maxBuffer: maxOutput, cwd: '/', env: environment };
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      if (signal?.aborted) return reject(new EngineError('aborted', `${program}: aborted`));
      if (error.killed) return reject(new EngineError('timeout', `${program}: no response in ${timeoutMs / 1000} s`));
      reject(programError(program, error.code === 'ENOENT' ? 127 : Number(error.code), stderr || error.message));
    });
    child.stdin?.end();
  });
};

/** The folder of the user's bus, which services outside of a login session do not have in their environment. */
function runtimeFolder(): string | undefined {
  return process.env['XDG_RUNTIME_DIR'] ?? (process.getuid ? `/run/user/${process.getuid()}` : undefined);
}

/** Runs programs on the host of an ssh address, each with a login of its own unless there is a control path. */
export function runThroughSsh(
  address: SshAddress,
  clock: Clock,
  controlPath: () => string | undefined = () => undefined,
): RunProgram {
  return async (program, args, { signal, timeoutMs }) => {
    const command = [program, ...args].map(quote).join(' ');
    const lines: string[] = [];
    return withTimeout(clock, { timeoutMs, signals: [signal], label: program }, async (ended) => {
      const args = sshArguments(address, command, { controlPath: controlPath() });
      const ssh = new SshProcess(args, address.host, { onLine: (line) => lines.push(line) });
      const end = () => ssh.end();
      ended.addEventListener('abort', end, { once: true });
      const error = await ssh.ended;
      ended.removeEventListener('abort', end);
      if (ssh.failed) throw error;
      if (ssh.exitCode !== 0) throw programError(program, ssh.exitCode, error.detail);
      return lines.map((line) => `${line}\n`).join('');
    });
  };
}

/** Quotes an argument for the login shell, to which sshd passes every command. */
function quote(argument: string): string {
  // Even in single quotes, fish reads backslashes and csh exclamation marks and line breaks.
  if (/[\0\r\n!]/.test(argument)) throw new EngineError('unsupported', 'an argument that shells read differently');
  return `'${argument.replaceAll("'", `'"'"'`)}'`;
}

function programError(program: string, code: number | null, message: string): EngineError {
  const detail = excerpt(message.trim(), 300);
  if (code === 127) return new EngineError('unsupported', `${program}: ${detail}`);
  if (/No such file or directory$/.test(message.trim())) return new EngineError('gone', detail);
  const isDenied = /Access denied|[Aa]uthentication (is )?required|Permission denied|Operation not permitted/.test(
    message,
  );
  return new EngineError(isDenied ? 'denied' : 'unknown', detail);
}
