import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline';
import type { SshAddress } from '../../address';
import { EngineError, type SshReason } from '../../error';
import { excerpt } from '../../responses/json';

/** What ssh says on its standard error (OpenSSH 7.6 to 10), the more telling first. It speaks English everywhere. */
const phrases: readonly (readonly [SshReason, RegExp])[] = [
  ['sshHostKeyChanged', /REMOTE HOST IDENTIFICATION HAS CHANGED|^Host key for .* has changed/],
  ['sshHostKeyUnknown', /^No .* host key is known for|Host key verification failed/],
  ['sshDenied', /Permission denied \(|Too many authentication failures|No supported authentication methods/],
  ['sshName', /Could not resolve hostname/],
  ['sshRefused', /Connection refused/],
  ['sshNoRoute', /No route to host|Network is unreachable|Host is down/],
  ['sshTimeout', /timed out|Timeout, server .* not responding/],
  ['sshAddress', /(hostname|username) contains invalid characters/],
];

/** What it says of one connection that could not be forwarded, while it lives on. */
const refused: readonly (readonly [SshReason, RegExp])[] = [
  ['sshForwarding', /open failed: (administratively prohibited|unknown channel type)/],
  ['sshSocket', /open failed: connect failed/],
];

/** Lines that say less than others do. */
const idle = /^(@|\s*$|kex_exchange_identification:|Connection (closed|reset) by|Warning: Permanently added)/;

/** Why ssh ended, from all that it said; its own words go along. */
export function parseExitError(said: readonly string[], host: string): EngineError {
  for (const [reason, phrase] of phrases) {
    const line = said.find((one) => phrase.test(one) && !one.startsWith('@'));
    const banner = line ?? said.find((one) => phrase.test(one));
    if (banner !== undefined) return new EngineError(reason, detail(line ?? 'the host key has changed'), { host });
  }
  const last = said.findLast((line) => !idle.test(line)) ?? said.at(-1);
  return new EngineError('sshEnded', detail(last ?? 'ssh ended without a word'), { host });
}

/** Why a connection was not forwarded; undefined for lines that say something else. */
export function parseForwardError(line: string, host: string): EngineError | undefined {
  const found = refused.find(([, phrase]) => phrase.test(line));
  return found && new EngineError(found[0], detail(line), { host });
}

function detail(line: string): string {
  return excerpt(line, 300);
}

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
  private readonly listed: string[] = [];

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
      this.listed.push(line.trimEnd());
      if (this.listed.length > MOST_LINES) this.listed.shift();
      listener.onError?.(line);
    });
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error: NodeJS.ErrnoException) =>
        resolve(new EngineError(error.code === 'ENOENT' ? 'sshMissing' : 'sshEnded', error.message, { host })),
      );
      // Not `exit`: its last words may still be on their way.
      this.child.once('close', () => resolve(parseExitError(this.listed, host)));
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

/**
 * What of the user's configuration must not come between: everything else (keys, agent, jump hosts, known hosts, names) is
 * left to it. Their own forwards may be taken already, which must not end ours; a shared connection would outlive us and keep
 * our socket; a command or a quiet log would hide what we wait for.
 */
const settled: readonly string[] = [
  'BatchMode=yes',
  'ExitOnForwardFailure=no',
  'ControlMaster=no',
  'ControlPath=none',
  'RemoteCommand=none',
  'PermitLocalCommand=no',
  'LogLevel=INFO',
  'ConnectTimeout=20',
  // A host that has vanished without a word is noticed after half a minute.
  'ServerAliveInterval=10',
  'ServerAliveCountMax=3',
  'StreamLocalBindMask=0177',
];

/** For `ssh`, without a shell: no terminal, no agent and no X forwarded, then the host behind `--`, then one fixed command. */
export function sshArguments(address: SshAddress, command: string, forward?: { from: string; to: string }): string[] {
  assertSafe(address);
  const { user, host, port, identity } = address;
  return [
    '-T',
    '-a',
    '-x',
    ...settled.flatMap((option) => ['-o', option]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(identity === undefined ? [] : ['-i', identity]),
    ...(forward ? ['-L', `${field(forward.from)}:${field(forward.to)}`] : []),
    '--',
    host,
    command,
  ];
}

/**
 * Names reach the user's ProxyCommand and Match exec through a shell (`%h`, `%r`), and an ssh before 9.6 does not look at
 * them. So only what names consist of is let through, and nothing that begins like an option.
 */
function assertSafe({ user, host, port, identity, path }: SshAddress): void {
  const refuse = (what: string) => {
    throw new EngineError('sshAddress', `${what} cannot be handed to ssh`, { host });
  };
  if (!/^[A-Za-z0-9_:][A-Za-z0-9._:%-]*$/.test(host)) refuse('the name of the host');
  if (user !== undefined && !/^[A-Za-z0-9_.][A-Za-z0-9._@+-]*$/.test(user)) refuse('the name of the user');
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) refuse('the port');
  if (identity !== undefined && (identity.startsWith('-') || identity.includes('\0'))) refuse('the file of the key');
  // ssh puts variables of the environment into paths, and there is no way to write that they are none.
  if (path !== undefined && (!/^\/[^\0\r\n]+$/.test(path) || path.includes('${'))) refuse('the path of the socket');
}

/** A path as a part of `-L`: colons part it, and percent signs stand for something. */
function field(path: string): string {
  return path.replace(/[\\:]/g, '\\$&').replaceAll('%', '%%');
}
