import type { ContainerNode, EngineId, Health, NodeKey, PodNode, VolumeNode } from '../graph/model/model';
import type { EngineAdapter } from './adapter';
import type { Address } from './address';
import { toEngineError } from './responses/errorResponse';
import { type Clock, sleep } from '../clock';
import { timeouts } from './timeouts';
import { DockerAdapter } from './docker';
import type {
  AttachedContainer,
  CallOptions,
  Engine,
  EngineInfo,
  EventListener,
  Inspection,
  RemoveOptions,
  StopOptions,
} from './engine';
import { EngineError, isWorthRepeating } from './error';
import { parsePing, parseVersion } from './detectEngine';
import type { ExecOptions, ExecSession, LogOptions } from './inspector';
import { PodmanAdapter } from './podman';
import { type Request, Transport } from './transport/transport';

/** Milliseconds before a query is repeated after a transient failure. */
const repeatDelay = 100;

/** An engine of any type; the first call connects and detects the type. */
export function createEngine(connection: { readonly id: EngineId; readonly address: Address }, clock: Clock): Engine {
  return new RemoteEngine(connection.id, connection.address, clock);
}

class RemoteEngine implements Engine {
  readonly endpoint: string;
  private readonly transport: Transport;
  private detectedAdapter: { readonly info: EngineInfo; readonly adapter: EngineAdapter } | undefined;

  constructor(
    readonly id: EngineId,
    address: Address,
    private readonly clock: Clock,
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
    const ping = parsePing(await this.transport.request({ ...request, path: '/_ping' }));
    const info = ping ?? (await this.detectVersion(request));
    // Keep the adapter of an unchanged engine, with its caches.
    if (this.detectedAdapter?.info.title !== info.title || this.detectedAdapter.info.apiVersion !== info.apiVersion) {
      this.detectedAdapter = { info, adapter: this.createAdapter(info) };
    }
    return info;
  }

  async parallelism(options?: CallOptions): Promise<number | undefined> {
    return this.query((adapter) => adapter.parallelism(options), options);
  }

  async identity(options?: CallOptions): Promise<string> {
    return this.query((adapter) => adapter.identity(options), options);
  }

  async listContainers(options?: CallOptions): Promise<readonly ContainerNode[]> {
    return this.query((adapter) => adapter.listContainers(options), options);
  }

  async listPods(options?: CallOptions): Promise<readonly PodNode[]> {
    return this.query((adapter) => adapter.listPods(options), options);
  }

  async listVolumes(options?: CallOptions): Promise<readonly VolumeNode[]> {
    return this.query((adapter) => adapter.listVolumes(options), options);
  }

  async inspect(key: NodeKey, options?: CallOptions): Promise<Inspection> {
    return this.query((adapter) => adapter.inspect(key, options), options);
  }

  async listAttached(key: NodeKey, options?: CallOptions): Promise<readonly AttachedContainer[]> {
    return this.query((adapter) => adapter.listAttached(key, options), options);
  }

  async exists(key: NodeKey, options?: CallOptions): Promise<boolean> {
    return this.query((adapter) => adapter.exists(key, options), options);
  }

  async checkHealth(key: NodeKey, options?: CallOptions): Promise<Health | undefined> {
    return (await this.adapter(options)).checkHealth(key, options);
  }

  async remove(key: NodeKey, options: RemoveOptions): Promise<void> {
    return (await this.adapter(options)).remove(key, options);
  }

  async stop(key: NodeKey, options?: StopOptions): Promise<void> {
    return (await this.adapter(options)).stop(key, options);
  }

  async kill(key: NodeKey, signal: string, options?: CallOptions): Promise<void> {
    return (await this.adapter(options)).kill(key, signal, options);
  }

  async restart(key: NodeKey, options?: StopOptions): Promise<void> {
    return (await this.adapter(options)).restart(key, options);
  }

  async start(key: NodeKey, options?: CallOptions): Promise<void> {
    return (await this.adapter(options)).start(key, options);
  }

  async pause(key: NodeKey, options?: CallOptions): Promise<void> {
    return (await this.adapter(options)).pause(key, options);
  }

  async unpause(key: NodeKey, options?: CallOptions): Promise<void> {
    return (await this.adapter(options)).unpause(key, options);
  }

  async events(listener: EventListener, options: { readonly signal: AbortSignal }): Promise<void> {
    try {
      await (await this.adapter(options)).events(listener, options);
    } catch (error) {
      if (!options.signal.aborted) throw error;
    }
  }

  async inspectRaw(key: NodeKey, options?: CallOptions): Promise<unknown> {
    return (await this.adapter(options)).inspector.inspectRaw(key, options);
  }

  async logs(key: NodeKey, options: LogOptions): Promise<void> {
    return (await this.adapter(options)).inspector.logs(key, options);
  }

  async fileExists(key: NodeKey, path: string, options?: CallOptions): Promise<boolean> {
    return (await this.adapter(options)).inspector.fileExists(key, path, options);
  }

  async exec(key: NodeKey, options: ExecOptions): Promise<ExecSession> {
    return (await this.adapter(options)).inspector.exec(key, options);
  }

  async execDetached(key: NodeKey, command: readonly string[], options?: CallOptions): Promise<void> {
    return (await this.adapter(options)).inspector.execDetached(key, command, options);
  }

  close(): void {
    this.transport.close();
  }

  /**
   * Runs a query, repeated once after a transient failure: during removals, Podman's lists and inspects may fail for
   * objects that were just removed. Commands are not repeated here.
   */
  private async query<T>(run: (adapter: EngineAdapter) => Promise<T>, options: CallOptions | undefined): Promise<T> {
    const adapter = await this.adapter(options);
    try {
      return await run(adapter);
    } catch (thrown) {
      if (!isWorthRepeating(EngineError.from(thrown)) || options?.signal?.aborted) throw thrown;
      await sleep(this.clock, repeatDelay, options?.signal);
      return run(adapter);
    }
  }

  /** Connects if `connect` was not called yet. */
  private async adapter(options?: CallOptions): Promise<EngineAdapter> {
    if (!this.detectedAdapter) await this.connectFirst(options?.signal);
    return this.detectedAdapter?.adapter as EngineAdapter;
  }

  /** A failure here means that the caller's request was not sent. */
  private async connectFirst(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.connect({ signal });
    } catch (thrown) {
      const { reason, detail, details } = EngineError.from(thrown);
      throw new EngineError(reason, detail, { ...details, sent: false });
    }
  }

  /** Slow on Podman: it runs its helper programs for their versions, seconds under load (4.3.1). */
  private async detectVersion(request: Omit<Request, 'path'>): Promise<EngineInfo> {
    const response = await this.transport.request({ ...request, path: '/version' });
    if (response.status !== 200) throw toEngineError(response, { engine: this.id, id: '' });
    return parseVersion(response);
  }

  private createAdapter(info: EngineInfo): EngineAdapter {
    return info.type === 'podman'
      ? new PodmanAdapter(this.id, this.transport, info.version)
      : new DockerAdapter(this.id, this.transport, info.apiVersion, this.clock);
  }
}
