import type { SshAddress } from '../../address';
import { EngineError } from '../../error';

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
  guard(address);
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
function guard({ user, host, port, identity, path }: SshAddress): void {
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
