import { excerpt } from '../../graph/model/untrusted';
import type { CallOptions } from '../engine';
import { EngineError } from '../error';
import { stopCallTimeout } from '../timeouts';
import { parseUnits, properties } from './parseUnits';
import type { RunProgram } from './programs';
import { isOwnQuadlet, isUnitName, type SystemdHost, type SystemdScope } from './systemd';

/** Milliseconds for a query: a refresh of the graph must not wait for a machine that hangs. */
const queryTimeout = 5_000;
/** Characters of a unit's messages. */
const maxMessages = 300;

/** A systemd through `systemctl`. Only names that `isUnitName` accepts reach a command line. */
export class Systemctl implements SystemdHost {
  constructor(
    private readonly run: RunProgram,
    readonly scope: SystemdScope,
  ) {}

  async show(units: readonly string[], options?: CallOptions) {
    if (units.length === 0) return [];
    return parseUnits(await this.query(['show', '--property', properties.join(',')], units, options), units);
  }

  async generated(options?: CallOptions): Promise<readonly string[]> {
    // Of all states: systemctl fails if no unit is in the given one (systemd 262).
    const output = await this.query(['list-unit-files', '--type=service', '--plain', '--no-legend'], [], options);
    const rows = output.split('\n').map((line) => line.trim().split(/\s+/));
    return rows.flatMap(([name = '', state]) =>
      state === 'generated' && isUnitName(name) && !name.includes('@.') ? [name] : [],
    );
  }

  async start(unit: string, options?: CallOptions): Promise<void> {
    await this.command('start', [unit], options);
  }

  async stop(unit: string, options?: CallOptions): Promise<void> {
    await this.command('stop', [unit], options);
  }

  async restart(unit: string, options?: CallOptions): Promise<void> {
    await this.command('restart', [unit], options);
  }

  async daemonReload(options?: CallOptions): Promise<void> {
    await this.command('daemon-reload', [], options);
  }

  readUnitFile(path: string, options?: CallOptions): Promise<string> {
    if (!path.startsWith('/')) return Promise.reject(new EngineError('unsupported', 'a path that is not absolute'));
    return this.run('cat', ['--', path], { ...options, timeoutMs: options?.timeoutMs ?? queryTimeout });
  }

  async identity(options?: CallOptions): Promise<string> {
    return `${this.scope} ${(await this.readUnitFile('/etc/machine-id', options)).trim()}`;
  }

  async journal(unit: string, { since, ...options }: Parameters<SystemdHost['journal']>[1] = {}): Promise<string> {
    assertUnitNames([unit]);
    const invocation = since !== undefined && /^[0-9a-f]{32}$/.test(since) ? [`_SYSTEMD_INVOCATION_ID=${since}`] : [];
    // A user's messages are in the machine's journal, where the user may read them.
    const own = this.scope === 'user' ? `--user-unit=${unit}` : `--unit=${unit}`;
    const args = ['--no-pager', '--output=cat', '--lines=3', '--quiet', own, ...invocation];
    const output = await this.run('journalctl', args, { ...options, timeoutMs: options.timeoutMs ?? queryTimeout });
    return excerpt(output.trim().split('\n').join(' · '), maxMessages);
  }

  async deleteQuadlet(path: string, options?: CallOptions): Promise<void> {
    assertOwnQuadlet(path);
    const bounds = { ...options, timeoutMs: options?.timeoutMs ?? queryTimeout };
    // A link leads to a file that may have other users.
    const type = (await this.run('stat', ['--format=%F', '--', path], bounds)).trim();
    if (!type.startsWith('regular')) throw new EngineError('unsupported', `${path} is a ${type}`);
    await this.run('rm', ['--', path], bounds);
  }

  async writeQuadlet(path: string, text: string, options?: CallOptions): Promise<void> {
    assertOwnQuadlet(path);
    // As arguments, of which the script contains none; `-C` keeps an existing file.
    const script = 'set -C; mkdir -p -- "${1%/*}" && printf %s "$2" | base64 -d > "$1"';
    const encoded = Buffer.from(text).toString('base64');
    const bounds = { ...options, timeoutMs: options?.timeoutMs ?? queryTimeout };
    await this.run('sh', ['-c', script, 'sh', path, encoded], bounds);
  }

  private query(args: readonly string[], units: readonly string[], options?: CallOptions): Promise<string> {
    return this.systemctl(args, units, { ...options, timeoutMs: options?.timeoutMs ?? queryTimeout });
  }

  private command(verb: string, units: readonly string[], options?: CallOptions): Promise<string> {
    return this.systemctl([verb], units, { ...options, timeoutMs: options?.timeoutMs ?? stopCallTimeout(undefined) });
  }

  private async systemctl(
    args: readonly string[],
    units: readonly string[],
    options: CallOptions & { readonly timeoutMs: number },
  ): Promise<string> {
    assertUnitNames(units);
    const scope = this.scope === 'user' ? ['--user'] : [];
    return this.run('systemctl', [...scope, '--no-pager', '--no-ask-password', ...args, '--', ...units], options);
  }
}

function assertUnitNames(units: readonly string[]) {
  if (units.every(isUnitName)) return;
  throw new EngineError('unsupported', 'not the name of a systemd unit', { sent: false });
}

function assertOwnQuadlet(path: string) {
  if (!isOwnQuadlet(path)) throw new EngineError('unsupported', 'not a Quadlet file of this user', { sent: false });
}
