import type { CallOptions } from '../engine';
import { EngineError } from '../error';
import { stopCallTimeout } from '../timeouts';
import { parseUnits, properties } from './parseUnits';
import type { RunProgram } from './programs';
import { isUnitName, type SystemdHost, type SystemdScope } from './systemd';

/** Milliseconds for a query: a refresh of the graph must not wait for a machine that hangs. */
const queryTimeout = 5_000;

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

  async related(unit: string, direction: 'forward' | 'reverse', options?: CallOptions): Promise<readonly string[]> {
    const reverse = direction === 'reverse' ? ['--reverse'] : [];
    const output = await this.query(['list-dependencies', '--plain', ...reverse], [unit], options);
    const names = output.split('\n').map((line) => line.trim());
    return [...new Set(names)].filter((name) => name !== unit && isUnitName(name));
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
    const wrong = units.find((unit) => !isUnitName(unit));
    if (wrong !== undefined) throw new EngineError('unsupported', 'not the name of a systemd unit', { sent: false });
    const scope = this.scope === 'user' ? ['--user'] : [];
    return this.run('systemctl', [...scope, '--no-pager', '--no-ask-password', ...args, '--', ...units], options);
  }
}
