import type { CommandLine } from '../../graph/plan/planCommands';
import { type Address, formatAddress, type SshAddress, type TlsFiles } from '../address';
import type { Connection } from './connection';

type Reached = Pick<Connection, 'address' | 'source' | 'ownName'>;

/**
 * The options that select an engine in a shell, whatever the shell's environment and the tools' configuration: the
 * tool's own name for the connection, otherwise the address.
 */
export function commandLine(program: CommandLine['program'], reached: Reached): CommandLine {
  return {
    ...engineCommandLine(program, reached),
    ...(reached.address.kind === 'ssh' && { machine: ssh(reached.address) }),
  };
}

function ssh({ user, host, port, identity }: SshAddress): string[] {
  const target = user === undefined ? host : `${user}@${host}`;
  return ['ssh', ...option('-p', port === undefined ? undefined : String(port)), ...option('-i', identity), target];
}

function engineCommandLine(program: CommandLine['program'], { address, source, ownName }: Reached): CommandLine {
  const named = ownName !== undefined && isPlain(ownName) ? ownName : undefined;
  if (program === 'podman') {
    if (source === 'podman connection' && named) return { program, connection: ['--connection', named] };
    return { program, connection: ['--url', urlOf(address), ...podmanKeyOptions(address)] };
  }
  if (source === 'docker context' && named) return { program, connection: ['--context', named] };
  return { program, connection: ['--host', urlOf(address), ...dockerKeyOptions(address)] };
}

/** Whether a name is neither an option nor has control characters. */
function isPlain(name: string): boolean {
  return !/^-|\p{C}/u.test(name);
}

/** Both tools use `tcp://` for TLS, which options enable. */
function urlOf(address: Address): string {
  const text = formatAddress(address);
  return address.kind === 'tls' ? text.replace(/^https:/, 'tcp:') : text;
}

/** TLS requires Podman 5.7. */
function podmanKeyOptions(address: Address): string[] {
  if (address.kind === 'ssh') return option('--identity', address.identity);
  if (address.kind !== 'tls') return [];
  return tlsOptions(address.files, '--tls-ca', '--tls-cert', '--tls-key');
}

/** Docker takes ssh keys from the ssh configuration. */
function dockerKeyOptions(address: Address): string[] {
  if (address.kind !== 'tls') return [];
  return ['--tlsverify', ...tlsOptions(address.files, '--tlscacert', '--tlscert', '--tlskey')];
}

function tlsOptions({ ca, cert, key }: TlsFiles, ...names: readonly [ca: string, cert: string, key: string]): string[] {
  return [...option(names[0], ca), ...option(names[1], cert), ...option(names[2], key)];
}

function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}
