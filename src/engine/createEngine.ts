import type { ContainerNode, EngineId, NodeKey, PodNode, VolumeNode } from '../graph/model/model';
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
} from './engine';
import { EngineError, isWorthAskingAgain } from './error';
import { readPing, parsePing } from './detectEngine';
import type { ExecOptions, ExecSession, LogOptions } from './inspector';
import { PodmanAdapter } from './podman';
import { type Request, Transport } from './transport/transport';

/** Milliseconds until a question that failed in passing is asked again. */
const repeatAfter = 100;

/** An engine at an address, of whatever make: that is found out by the first call. Opens nothing yet. */
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
      deadline: options?.deadline ?? timeouts.connect,
      signal: options?.signal,
    } as const;
    const ping = readPing(await this.transport.request({ ...request, path: '/_ping' }));
    const info = ping ?? (await this.detectVersion(request));
    // The same engine again keeps its adapter, and with it what it has learned.
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

  async remove(key: NodeKey, options: RemoveOptions): Promise<void> {
    return (await this.adapter(options)).remove(key, options);
  }

  async stop(key: NodeKey, options?: CallOptions & { readonly timeout?: number | undefined }): Promise<void> {
    return (await this.adapter(options)).stop(key, options);
  }

  async kill(key: NodeKey, signal: string, options?: CallOptions): Promise<void> {
    return (await this.adapter(options)).kill(key, signal, options);
  }

  async restart(key: NodeKey, options?: CallOptions & { readonly timeout?: number | undefined }): Promise<void> {
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
   * Asks a question, once more where its failure was a passing one: while others remove, Podman's lists and inspects fail now
   * and then for what has just gone. Commands are never repeated here.
   */
  private async query<T>(
    question: (adapter: EngineAdapter) => Promise<T>,
    options: CallOptions | undefined,
  ): Promise<T> {
    const adapter = await this.adapter(options);
    try {
      return await question(adapter);
    } catch (thrown) {
      if (!isWorthAskingAgain(EngineError.from(thrown)) || options?.signal?.aborted) throw thrown;
      await sleep(this.clock, repeatAfter, options?.signal);
      return question(adapter);
    }
  }

  /** Who calls before `connect` connects by that. */
  private async adapter(options?: CallOptions): Promise<EngineAdapter> {
    if (!this.detectedAdapter) await this.connectFirst(options?.signal);
    return this.detectedAdapter?.adapter as EngineAdapter;
  }

  /** What was to be asked or sent after this has not been sent when this fails. */
  private async connectFirst(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.connect({ signal });
    } catch (thrown) {
      const { reason, detail, details } = EngineError.from(thrown);
      throw new EngineError(reason, detail, { ...details, sent: false });
    }
  }

  /** Slow on Podman: it asks its run-time programs for their versions, seconds on a busy machine (4.3.1). */
  private async detectVersion(request: Omit<Request, 'path'>): Promise<EngineInfo> {
    const answer = await this.transport.request({ ...request, path: '/version' });
    if (answer.status !== 200) throw toEngineError(answer, { engine: this.id, id: '' });
    return parsePing(answer);
  }

  private createAdapter(info: EngineInfo): EngineAdapter {
    return info.type === 'podman'
      ? new PodmanAdapter(this.id, this.transport)
      : new DockerAdapter(this.id, this.transport, info.apiVersion, this.clock);
  }
}
