import type { ContainerNode, EngineId, NodeKey, PodNode, VolumeNode } from '../graph/model';
import type { Adapter } from './adapter';
import type { Address } from './address';
import { refusal } from './answers/refusal';
import { type Clock, sleep } from '../clock';
import { deadlines } from './deadlines';
import { DockerAdapter } from './docker';
import type { Attached, CallOptions, Engine, EngineInfo, EventListener, Inspection, RemoveOptions } from './engine';
import { EngineError, isWorthAskingAgain } from './error';
import { readPing, readVersion } from './flavour';
import type { ExecOptions, ExecSession, LogOptions } from './insight';
import { PodmanAdapter } from './podman';
import { type Request, Transport } from './transport/transport';

/** Milliseconds until a question that failed in passing is asked again. */
const repeatAfter = 100;

/** An engine at an address, of whatever make: that is found out by the first call. Opens nothing yet. */
export function createEngine(connection: { readonly id: EngineId; readonly address: Address }, clock: Clock): Engine {
  return new AddressedEngine(connection.id, connection.address, clock);
}

class AddressedEngine implements Engine {
  readonly endpoint: string;
  private readonly transport: Transport;
  private found: { readonly info: EngineInfo; readonly adapter: Adapter } | undefined;

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
      deadline: options?.deadline ?? deadlines.connect,
      signal: options?.signal,
    } as const;
    const ping = readPing(await this.transport.request({ ...request, path: '/_ping' }));
    const info = ping ?? (await this.askVersion(request));
    // The same engine again keeps its adapter, and with it what it has learned.
    if (this.found?.info.title !== info.title || this.found.info.apiVersion !== info.apiVersion) {
      this.found = { info, adapter: this.adapt(info) };
    }
    return info;
  }

  async slots(options?: CallOptions): Promise<number | undefined> {
    return this.ask((adapter) => adapter.slots(options), options);
  }

  async identity(options?: CallOptions): Promise<string> {
    return this.ask((adapter) => adapter.identity(options), options);
  }

  async listContainers(options?: CallOptions): Promise<readonly ContainerNode[]> {
    return this.ask((adapter) => adapter.listContainers(options), options);
  }

  async listPods(options?: CallOptions): Promise<readonly PodNode[]> {
    return this.ask((adapter) => adapter.listPods(options), options);
  }

  async listVolumes(options?: CallOptions): Promise<readonly VolumeNode[]> {
    return this.ask((adapter) => adapter.listVolumes(options), options);
  }

  async inspect(key: NodeKey, options?: CallOptions): Promise<Inspection> {
    return this.ask((adapter) => adapter.inspect(key, options), options);
  }

  async attached(key: NodeKey, options?: CallOptions): Promise<readonly Attached[]> {
    return this.ask((adapter) => adapter.attached(key, options), options);
  }

  async exists(key: NodeKey, options?: CallOptions): Promise<boolean> {
    return this.ask((adapter) => adapter.exists(key, options), options);
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

  async describe(key: NodeKey, options?: CallOptions): Promise<unknown> {
    return (await this.adapter(options)).insight.describe(key, options);
  }

  async logs(key: NodeKey, options: LogOptions): Promise<void> {
    return (await this.adapter(options)).insight.logs(key, options);
  }

  async hasFile(key: NodeKey, path: string, options?: CallOptions): Promise<boolean> {
    return (await this.adapter(options)).insight.hasFile(key, path, options);
  }

  async exec(key: NodeKey, options: ExecOptions): Promise<ExecSession> {
    return (await this.adapter(options)).insight.exec(key, options);
  }

  async run(key: NodeKey, command: readonly string[], options?: CallOptions): Promise<void> {
    return (await this.adapter(options)).insight.run(key, command, options);
  }

  close(): void {
    this.transport.close();
  }

  /**
   * Asks a question, once more where its failure was a passing one: while others remove, Podman's lists and inspects fail now
   * and then for what has just gone. Commands are never repeated here.
   */
  private async ask<T>(question: (adapter: Adapter) => Promise<T>, options: CallOptions | undefined): Promise<T> {
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
  private async adapter(options?: CallOptions): Promise<Adapter> {
    if (!this.found) await this.connectFirst(options?.signal);
    return this.found?.adapter as Adapter;
  }

  /** What was to be asked or sent after this has not been sent when this fails. */
  private async connectFirst(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.connect({ signal });
    } catch (thrown) {
      const { reason, words, more } = EngineError.from(thrown);
      throw new EngineError(reason, words, { ...more, sent: false });
    }
  }

  /** Slow on Podman: it asks its run-time programs for their versions, seconds on a busy machine (4.3.1). */
  private async askVersion(request: Omit<Request, 'path'>): Promise<EngineInfo> {
    const answer = await this.transport.request({ ...request, path: '/version' });
    if (answer.status !== 200) throw refusal(answer, { engine: this.id, id: '' });
    return readVersion(answer);
  }

  private adapt(info: EngineInfo): Adapter {
    return info.flavour === 'podman'
      ? new PodmanAdapter(this.id, this.transport)
      : new DockerAdapter(this.id, this.transport, info.apiVersion, this.clock);
  }
}
