import type { EngineId } from '../graph/model/model';
import type { EngineAdapter } from './adapter';
import type { Address } from './address';
import { type Clock, sleep } from '../clock';
import { timeouts } from './timeouts';
import type { CallOptions, Engine, EngineInfo, EventListener } from './engine';
import { EngineError, isWorthRepeating } from './error';
import type { EngineMachine } from './systemd/access';
import type { SystemdAccess, SystemdOptions, UnitContainer } from './systemd/systemd';
import { Transport } from './transport/transport';

/** Milliseconds before a query is repeated after a transient failure. */
const repeatDelay = 100;

/**
 * An engine of any type; the first call connects and detects the type. Its machine follows from the address unless it is
 * given.
 */
export function createEngine(
  connection: { readonly id: EngineId; readonly address: Address },
  clock: Clock,
  machine?: EngineMachine,
): Engine {
  return new RemoteEngine(connection.id, connection.address, clock, machine);
}

class RemoteEngine implements Engine {
  readonly endpoint: string;
  private readonly transport: Transport;
  private systemdAccess: SystemdAccess | undefined;
  private detectedAdapter: { readonly info: EngineInfo; readonly adapter: EngineAdapter } | undefined;

  readonly parallelism: Engine['parallelism'] = (options) => this.query(options, (to) => to.parallelism(options));
  readonly identity: Engine['identity'] = (options) => this.query(options, (to) => to.identity(options));
  readonly listContainers: Engine['listContainers'] = (options) =>
    this.query(options, (to) => to.listContainers(options));
  readonly listPods: Engine['listPods'] = (options) => this.query(options, (to) => to.listPods(options));
  readonly listVolumes: Engine['listVolumes'] = (options) => this.query(options, (to) => to.listVolumes(options));
  readonly listNetworks: Engine['listNetworks'] = (options) => this.query(options, (to) => to.listNetworks(options));
  readonly listImages: Engine['listImages'] = (options) => this.query(options, (to) => to.listImages(options));
  readonly measureSizes: Engine['measureSizes'] = (options) => this.query(options, (to) => to.measureSizes(options));
  readonly inspect: Engine['inspect'] = (key, options) => this.query(options, (to) => to.inspect(key, options));
  readonly listAttached: Engine['listAttached'] = (key, options) =>
    this.query(options, (to) => to.listAttached(key, options));
  readonly exists: Engine['exists'] = (key, options) => this.query(options, (to) => to.exists(key, options));
  readonly checkHealth: Engine['checkHealth'] = (key, options) =>
    this.command(options, (to) => to.checkHealth(key, options));
  readonly remove: Engine['remove'] = (key, options) => this.command(options, (to) => to.remove(key, options));
  readonly stop: Engine['stop'] = (key, options) => this.command(options, (to) => to.stop(key, options));
  readonly restart: Engine['restart'] = (key, options) => this.command(options, (to) => to.restart(key, options));
  readonly start: Engine['start'] = (key, options) => this.command(options, (to) => to.start(key, options));
  readonly pause: Engine['pause'] = (key, options) => this.command(options, (to) => to.pause(key, options));
  readonly unpause: Engine['unpause'] = (key, options) => this.command(options, (to) => to.unpause(key, options));
  readonly kill: Engine['kill'] = (key, signal, options) =>
    this.command(options, (to) => to.kill(key, signal, options));
  readonly inspectRaw: Engine['inspectRaw'] = (key, options) =>
    this.command(options, (to) => to.inspector.inspectRaw(key, options));
  readonly logs: Engine['logs'] = (key, options) => this.command(options, (to) => to.inspector.logs(key, options));
  readonly exec: Engine['exec'] = (key, options) => this.command(options, (to) => to.inspector.exec(key, options));
  readonly fileExists: Engine['fileExists'] = (key, path, options) =>
    this.command(options, (to) => to.inspector.fileExists(key, path, options));
  readonly execDetached: Engine['execDetached'] = (key, argv, options) =>
    this.command(options, (to) => to.inspector.execDetached(key, argv, options));

  readonly readRecipe: Engine['readRecipe'] = (key, options) =>
    this.query(options, async (to) => (await to.recipes()).readRecipe(key, options));
  readonly readResource: Engine['readResource'] = (key, options) =>
    this.query(options, async (to) => (await to.recipes()).readResource(key, options));
  readonly checkRecipe: Engine['checkRecipe'] = (recipe, idOf, options) =>
    this.query(options, async (to) => (await to.recipes()).checkRecipe(recipe, idOf, options));
  readonly createFromRecipe: Engine['createFromRecipe'] = (recipe, idOf, options) =>
    this.command(options, async (to) => (await to.recipes()).createFromRecipe(recipe, idOf, options));

  readonly readVolume: Engine['readVolume'] = (container, volume, options) =>
    this.command(options, async (to) => (await to.recipes()).readVolume(container, volume, options));
  readonly writeVolume: Engine['writeVolume'] = (container, volume, options) =>
    this.command(options, async (to) => (await to.recipes()).writeVolume(container, volume, options));

  constructor(
    private readonly id: EngineId,
    private readonly address: Address,
    private readonly clock: Clock,
    private readonly machine: EngineMachine | undefined,
  ) {
    this.transport = new Transport(address, clock);
    this.endpoint = this.transport.endpoint;
  }

  async connect(options?: CallOptions): Promise<EngineInfo> {
    const request = {
      method: 'GET',
      timeoutMs: options?.timeoutMs ?? timeouts.connect,
      signal: options?.signal,
    } as const;
    const ping = await this.transport.request({ ...request, path: '/_ping' });
    const { createAdapter, parsePing, parseVersion } = await import('./detect');
    const info =
      parsePing(ping) ??
      // Slow on Podman: it runs its helper programs for their versions, seconds under load (4.3.1).
      parseVersion(await this.transport.request({ ...request, path: '/version' }), this.id);
    // Keep the adapter of an unchanged engine, with its caches.
    if (this.detectedAdapter?.info.title !== info.title || this.detectedAdapter.info.apiVersion !== info.apiVersion) {
      this.systemdAccess = undefined;
      this.detectedAdapter = { info, adapter: createAdapter(info, this.id, this.transport, this.clock) };
    }
    return info;
  }

  async events(listener: EventListener, options: { readonly signal: AbortSignal }): Promise<void> {
    try {
      await this.command(options, (adapter) => adapter.events(listener, options));
    } catch (error) {
      if (!options.signal.aborted) throw error;
    }
  }

  async systemd(containers: readonly UnitContainer[], options?: SystemdOptions): Promise<SystemdAccess> {
    if (this.systemdAccess?.host) return this.systemdAccess;
    const { findSystemd, machineOf } = await import('./systemd/access');
    const machine = this.machine ?? (await machineOf(this.address, this.clock, () => this.transport.controlPath));
    return (this.systemdAccess = await findSystemd(machine, this, containers, options));
  }

  close(): void {
    this.transport.close();
  }

  /**
   * Runs a query, repeated once after a transient failure: during removals, Podman's lists and inspects may fail for
   * objects that were just removed. Commands are not repeated here.
   */
  private async query<T>(options: CallOptions | undefined, run: (adapter: EngineAdapter) => Promise<T>): Promise<T> {
    const adapter = await this.adapter(options);
    try {
      return await run(adapter);
    } catch (thrown) {
      if (!isWorthRepeating(EngineError.from(thrown)) || options?.signal?.aborted) throw thrown;
      await sleep(this.clock, repeatDelay, options?.signal);
      return run(adapter);
    }
  }

  private async command<T>(options: CallOptions | undefined, run: (adapter: EngineAdapter) => Promise<T>): Promise<T> {
    return run(await this.adapter(options));
  }

  /** Connects if `connect` was not called yet. A failure here means that the caller's request was not sent. */
  private async adapter(options: CallOptions | undefined): Promise<EngineAdapter> {
    try {
      if (!this.detectedAdapter) await this.connect({ signal: options?.signal });
    } catch (thrown) {
      throw EngineError.from(thrown).unsent();
    }
    return this.detectedAdapter?.adapter as EngineAdapter;
  }
}
