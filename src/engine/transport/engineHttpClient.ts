import { Duplex } from 'node:stream';
import type { EngineId, NodeKind } from '../../graph/model/model';
import { parseJson } from '../responses/json';
import { toEngineError } from '../responses/errorResponse';
import type { CallOptions } from '../engine';
import { EngineError } from '../error';
import type { Answer, Method, Query, Request, Transport } from './transport';

export interface ApiCall {
  readonly query?: Query | undefined;
  /** Sent as JSON. */
  readonly body?: object | undefined;
  /** Milliseconds, where `options` gives none. */
  readonly deadline: number;
  readonly options?: CallOptions | undefined;
  /** Id of the node that is asked for: other ids in a refusal are its dependents or members. */
  readonly id?: string | undefined;
  /** What that node is, where a refusal of it is read in another way. */
  readonly kind?: NodeKind | undefined;
}

/** Requests under one version prefix: what is not a success rejects with the engine's reason. */
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

  /** Resolves for 2xx and for 304, which both makes answer where there was nothing to do. */
  async send(method: Method, path: string, call: ApiCall): Promise<Answer> {
    const answer = await this.transport.request(this.request(method, path, call));
    return this.expectSuccess(answer, call);
  }

  /** Hands over an endless answer chunk by chunk; resolves when the signal is aborted, or when the engine ends it. */
  async stream(
    path: string,
    call: ApiCall,
    signal: AbortSignal,
    reader: { onOpen(): void; onChunk(chunk: Uint8Array): Promise<void> | void },
  ): Promise<void> {
    const request = this.request('GET', path, call);
    const response = await this.transport.open(request, signal);
    if (response.statusCode !== 200) this.expectSuccess(await this.transport.closeIdle(response, request), call);
    reader.onOpen();
    // No more is read, and none is sent, until what came has been taken.
    for await (const chunk of response as AsyncIterable<Uint8Array>) await reader.onChunk(chunk);
  }

  /** Opens a connection to a program: what is written goes in, what is read has come out. */
  async upgrade(path: string, call: ApiCall): Promise<Duplex> {
    const answer = await this.transport.upgrade(this.request('POST', path, call));
    if (answer instanceof Duplex) return answer;
    this.expectSuccess(answer, call);
    throw new EngineError('unsupported', `${answer.request}: the connection was not handed over`);
  }

  private request(method: Method, path: string, call: ApiCall): Request {
    return {
      method,
      path: `${this.prefix}${path}`,
      query: call.query,
      body: call.body,
      deadline: call.options?.deadline ?? call.deadline,
      signal: call.options?.signal,
    };
  }

  private expectSuccess(answer: Answer, call: ApiCall): Answer {
    if ((answer.status >= 200 && answer.status < 300) || answer.status === 304) return answer;
    throw toEngineError(answer, { engine: this.engine, id: call.id ?? '', kind: call.kind });
  }
}
