import type { CommandLine } from '../../graph/plan/planCommands';
import { type Address, formatAddress, type TlsFiles } from '../address';
import type { Connection } from './connection';

/** What of a connection a command line needs to know. */
export type Reached = Pick<Connection, 'address' | 'source' | 'ownName'>;

/**
 * How an engine is reached from a shell, independent of what the shell's environment and the tools' configuration choose:
 * by the tool's own name for the connection where it is the tool of this engine, else by the address.
 */
export function commandLine(program: CommandLine['program'], { address, source, ownName }: Reached): CommandLine {
  const named = ownName !== undefined && isPlain(ownName) ? ownName : undefined;
  if (program === 'podman') {
    if (source === 'podman connection' && named) return { program, connection: ['--connection', named] };
    return { program, connection: ['--url', urlOf(address), ...podmanKeys(address)] };
  }
  if (source === 'docker context' && named) return { program, connection: ['--context', named] };
  return { program, connection: ['--host', urlOf(address), ...dockerKeys(address)] };
}

/** Nothing that would be an option, or that a terminal would take for a key. */
function isPlain(name: string): boolean {
  return !/^-|\p{C}/u.test(name);
}

/** Both tools write TLS as `tcp://`, and ask for it by options. */
function urlOf(address: Address): string {
  const written = formatAddress(address);
  return address.kind === 'tls' ? written.replace(/^https:/, 'tcp:') : written;
}

/** TLS since Podman 5.7. */
function podmanKeys(address: Address): string[] {
  if (address.kind === 'ssh') return option('--identity', address.identity);
  if (address.kind !== 'tls') return [];
  return tlsOptions(address.files, '--tls-ca', '--tls-cert', '--tls-key');
}

/** Docker leaves the keys of ssh to the configuration of ssh. */
function dockerKeys(address: Address): string[] {
  if (address.kind !== 'tls') return [];
  return ['--tlsverify', ...tlsOptions(address.files, '--tlscacert', '--tlscert', '--tlskey')];
}

function tlsOptions({ ca, cert, key }: TlsFiles, ...names: readonly [ca: string, cert: string, key: string]): string[] {
  return [...option(names[0], ca), ...option(names[1], cert), ...option(names[2], key)];
}

function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}
