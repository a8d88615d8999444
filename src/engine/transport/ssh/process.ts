import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline';
import { excerpt } from '../../../graph/model/untrusted';
import type { SshAddress } from '../../address';
import { EngineError, type SshReason } from '../../error';

/** Error messages of OpenSSH 7.6 to 10, which are never translated; the first match wins. */
const exitPatterns: readonly (readonly [SshReason, RegExp])[] = [
  ['sshHostKeyChanged', /REMOTE HOST IDENTIFICATION HAS CHANGED|^Host key for .* has changed/],
  ['sshHostKeyUnknown', /^No .* host key is known for|Host key verification failed/],
  ['sshDenied', /Permission denied \(|Too many authentication failures|No supported authentication methods/],
  ['sshName', /Could not resolve hostname/],
  ['sshRefused', /Connection refused/],
  ['sshNoRoute', /No route to host|Network is unreachable|Host is down/],
  ['sshTimeout', /timed out|Timeout, server .* not responding/],
  ['sshAddress', /(hostname|username) contains invalid characters/],
];

/** Messages about one connection that could not be forwarded; ssh continues to run. */
const forwardPatterns: readonly (readonly [SshReason, RegExp])[] = [
  ['sshForwarding', /open failed: (administratively prohibited|unknown channel type)/],
  ['sshSocket', /open failed: connect failed/],
];

/** Lines without a reason. */
const uninformative = /^(@|\s*$|kex_exchange_identification:|Connection (closed|reset) by|Warning: Permanently added)/;

/** The reason for ssh's exit, from its output. */
export function parseExitError(lines: readonly string[], host: string): EngineError {
  for (const [reason, pattern] of exitPatterns) {
    const line = lines.find((one) => pattern.test(one) && !one.startsWith('@'));
    const match = line ?? lines.find((one) => pattern.test(one));
    if (match !== undefined) return new EngineError(reason, detail(line ?? 'the host key has changed'), { host });
  }
  const last = lines.findLast((line) => !uninformative.test(line)) ?? lines.at(-1);
  return new EngineError('sshEnded', detail(last ?? 'ssh exited without a message'), { host });
}

/** The reason for a failed forward; undefined for other lines. */
export function parseForwardError(line: string, host: string): EngineError | undefined {
  const found = forwardPatterns.find(([, pattern]) => pattern.test(line));
  return found && new EngineError(found[0], detail(line), { host });
}

function detail(line: string): string {
  return excerpt(line, 300);
}

const MAX_LINES = 100;

/**
 * A process of the system's `ssh`. If this process dies, its standard input is closed, which ends the remote command
 * and thereby ssh.
 */
export class SshProcess {
  /** Never rejects. */
  readonly ended: Promise<EngineError>;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly errorLines: string[] = [];

  constructor(
    args: readonly string[],
    host: string,
    listener: { onLine(line: string): void; onError?(line: string): void },
  ) {
    // Windows searches the current folder first for programs, and that may be an untrusted project.
    this.child = spawn('ssh', args, { stdio: 'pipe', cwd: homedir(), windowsHide: true });
    this.child.stdin.on('error', () => undefined); // already exited
    createInterface(this.child.stdout).on('line', (line) => listener.onLine(line));
    createInterface(this.child.stderr).on('line', (line) => {
      this.errorLines.push(line.trimEnd());
      if (this.errorLines.length > MAX_LINES) this.errorLines.shift();
      listener.onError?.(line);
    });
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error: NodeJS.ErrnoException) =>
        resolve(new EngineError(error.code === 'ENOENT' ? 'sshMissing' : 'sshEnded', error.message, { host })),
      );
      // Not `exit`: output may follow it.
      this.child.once('close', () => resolve(parseExitError(this.errorLines, host)));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Whether ssh itself failed, not the remote command: ssh then exits with 255. */
  get failed(): boolean {
    return this.child.exitCode === 255 || this.child.pid === undefined;
  }

  /** Of the remote command, once `ended` has resolved. */
  get exitCode(): number | null {
    return this.child.exitCode;
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
 * Overrides of the user's configuration, which otherwise applies (keys, agent, jump hosts, known hosts). A failed
 * forward of the user must not end ssh; the user's shared connection would outlive it and keep the socket; a remote
 * command or quiet log would hide its output.
 */
const fixedOptions: readonly string[] = [
  'BatchMode=yes',
  'ExitOnForwardFailure=no',
  'ControlPersist=no',
  'RemoteCommand=none',
  'PermitLocalCommand=no',
  'LogLevel=INFO',
  'ConnectTimeout=20',
  // A vanished host is detected after 30 s.
  'ServerAliveInterval=10',
  'ServerAliveCountMax=3',
  'StreamLocalBindMask=0177',
];

interface SshOptions {
  /** A local socket and the remote one that it leads to. */
  readonly forward?: { readonly from: string; readonly to: string };
  /**
   * A socket through which ssh processes share one login: the process with `forward` creates it. Without it, or if the host
   * accepts no further session, each logs in.
   */
  readonly controlPath?: string | undefined;
}

/** ssh splits this option at spaces and appends 17 characters; it exits if the socket's path is too long (macOS: 103). */
const controlPathPattern = /^[\w./+-]{1,86}$/;

/** Arguments for `ssh`: no terminal, agent or X forwarding, the host after `--`, then a fixed command. */
export function sshArguments(
  address: SshAddress,
  command: string,
  { forward, controlPath = '' }: SshOptions = {},
): string[] {
  assertSafe(address);
  const { user, host, port, identity } = address;
  const isShared = controlPathPattern.test(controlPath);
  const control = [
    `ControlMaster=${isShared && forward ? 'yes' : 'no'}`,
    `ControlPath=${isShared ? controlPath : 'none'}`,
  ];
  return [
    '-T',
    '-a',
    '-x',
    ...[...fixedOptions, ...control].flatMap((option) => ['-o', option]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(identity === undefined ? [] : ['-i', identity]),
    ...(forward ? ['-L', `${escapePath(forward.from)}:${escapePath(forward.to)}`] : []),
    '--',
    host,
    command,
  ];
}

/**
 * Names reach the user's ProxyCommand and Match exec through a shell (`%h`, `%r`), unchecked before OpenSSH 9.6. So
 * only safe characters are allowed, and no leading dash.
 */
function assertSafe({ user, host, port, identity, path }: SshAddress): void {
  const refuse = (subject: string) => {
    throw new EngineError('sshAddress', `${subject} contains characters that are unsafe for ssh`, { host });
  };
  if (!/^[A-Za-z0-9_:][A-Za-z0-9._:%-]*$/.test(host)) refuse('the host name');
  if (user !== undefined && !/^[A-Za-z0-9_.][A-Za-z0-9._@+-]*$/.test(user)) refuse('the user name');
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) refuse('the port');
  if (identity !== undefined && (identity.startsWith('-') || identity.includes('\0'))) refuse('the key file');
  // ssh expands `${…}` in paths, and it cannot be escaped.
  if (path !== undefined && (!/^\/[^\0\r\n]+$/.test(path) || path.includes('${'))) refuse('the socket path');
}

/** Escapes a path in `-L`: colons separate, and percent signs are tokens. */
function escapePath(path: string): string {
  return path.replace(/[\\:]/g, '\\$&').replaceAll('%', '%%');
}
