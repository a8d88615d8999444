import { Duplex, type Readable } from 'node:stream';
import type { EngineId, NodeKind } from '../../graph/model/model';
import { parseJson } from '../responses/json';
import { type ListParser, ListReader } from '../responses/listReader';
import { toEngineError } from '../responses/errorResponse';
import type { CallOptions } from '../engine';
import { EngineError } from '../error';
import type { HttpResponse, Method, Query, Request, Transport } from './transport';

export interface ApiCall {
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  /** A tar, sent as the body of a PUT. */
  readonly content?: Readable | undefined;
  /** Milliseconds, unless `options` has a value. */
  readonly timeoutMs: number;
  readonly options?: CallOptions | undefined;
  /** Id of the requested node: other ids in an error message are dependents or members. */
  readonly id?: string | undefined;
  /** The node's kind, if the path does not contain it. */
  readonly kind?: NodeKind | undefined;
}

export interface NodePath {
  readonly kind: NodeKind;
  /** URL-encoded. */
  readonly id: string;
  /** `/containers/1f2e` */
  readonly path: string;
}

/** Requests with one path prefix; a failed status rejects with the engine's reason. */
export class EngineHttpClient {
  constructor(
    readonly transport: Transport,
    private readonly engine: EngineId,
    /** `/v4.0.0/libpod` */
    private readonly prefix: string,
  ) {}

  async json(method: Method, path: string, call: ApiCall): Promise<unknown> {
    return parseJson(await this.send(method, path, call));
  }

  /** Parses a list while it arrives. */
  async list<T>(path: string, call: ApiCall, createParser: () => ListParser<T>): Promise<T> {
    const reader = new ListReader(createParser);
    const response = await this.transport.request(this.request('GET', path, call), (chunk) => reader.push(chunk));
    return reader.end(this.expectSuccess(response, call));
  }

  /** Resolves for 2xx and for 304, the status of both engines for no change. */
  async send(method: Method, path: string, call: ApiCall): Promise<HttpResponse> {
    const response = await this.transport.request(this.request(method, path, call));
    return this.expectSuccess(response, call);
  }

  /** Reads an endless response in chunks; resolves when the engine ends it. */
  async stream(
    path: string,
    call: ApiCall,
    signal: AbortSignal,
    reader: { onOpen(): void; onChunk(chunk: Uint8Array): Promise<void> | void },
  ): Promise<void> {
    const request = this.request('GET', path, call);
    const response = await this.transport.openStream(request, signal);
    if (response.statusCode !== 200) this.expectSuccess(await this.transport.readBody(response, request), call);
    reader.onOpen();
    // Reading pauses until the chunk is handled, which also pauses the sender.
    for await (const chunk of response as AsyncIterable<Uint8Array>) await reader.onChunk(chunk);
  }

  /** Opens a raw connection to an exec session. */
  async upgrade(path: string, call: ApiCall): Promise<Duplex> {
    const response = await this.transport.upgrade(this.request('POST', path, call));
    if (response instanceof Duplex) return response;
    this.expectSuccess(response, call);
    throw new EngineError('unsupported', `${response.request}: the connection was not handed over`);
  }

  private request(method: Method, path: string, call: ApiCall): Request {
    return {
      method,
      path: `${this.prefix}${path}`,
      query: call.query,
      body: call.body,
      content: call.content,
      timeoutMs: call.options?.timeoutMs ?? call.timeoutMs,
      signal: call.options?.signal,
    };
  }

  private expectSuccess(response: HttpResponse, call: ApiCall): HttpResponse {
    if ((response.status >= 200 && response.status < 300) || response.status === 304) return response;
    throw toEngineError(response, { engine: this.engine, id: call.id ?? '', kind: call.kind });
  }
}
