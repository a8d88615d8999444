import type { EngineId, NodeKey } from '../graph/model/model';
import { splitKey } from './adapter';
import type { CallOptions } from './engine';
import { EngineError, fromSystemError } from './error';
import type { ContainerInspector, ExecOptions, ExecSession, LogEntry, LogOptions, TerminalSize } from './inspector';
import { JsonObject, number, text } from './responses/json';
import { timeouts } from './timeouts';
import type { EngineHttpClient } from './transport/engineHttpClient';

const HEADER = 8;
const STDERR = 2;
/** What one frame may hold; engines cut at 16 KB (Docker) or at a read's end (Podman). */
const LONGEST = 16 * 1024 * 1024;

/**
 * Takes Docker's and Podman's multiplexed logs apart: `[stream, 0, 0, 0, length as 4 bytes, text]`, broken anywhere by chunks.
 * Each frame is an entry; holds no more than one that is incomplete.
 */
class LogFrames {
  private remainder: Buffer = Buffer.alloc(0);

  /** Throws where the bytes are no frames. */
  push(chunk: Uint8Array): LogEntry[] {
    let bytes = this.remainder.length > 0 ? Buffer.concat([this.remainder, chunk]) : Buffer.from(chunk);
    const entries: LogEntry[] = [];
    while (bytes.length >= HEADER) {
      const length = bytes.readUInt32BE(4);
      if (length > LONGEST || bytes.readUIntBE(1, 3) !== 0) throw new Error('logs: bytes that are no frame');
      if (bytes.length < HEADER + length) break;
      const stream = bytes[0] === STDERR ? 'stderr' : 'stdout';
      entries.push(entryOf(stream, bytes.toString('utf8', HEADER, HEADER + length)));
      bytes = bytes.subarray(HEADER + length);
    }
    this.remainder = bytes;
    return entries;
  }

  /** What is left at the end; half a frame is lost. */
  end(): LogEntry[] {
    return [];
  }
}

/** The logs of a container with a terminal, which Docker sends as they are: each line is an entry. */
class FrameDecoder {
  private readonly decoder = new TextDecoder();
  private remainder = '';

  push(chunk: Uint8Array): LogEntry[] {
    const lines = (this.remainder + this.decoder.decode(chunk, { stream: true })).split('\n');
    this.remainder = lines.pop() ?? '';
    const entries = lines.map((line) => entryOf('stdout', `${line}\n`));
    // A line without an end must not be held for ever.
    if (this.remainder.length > LONGEST) entries.push(...this.end());
    return entries;
  }

  end(): LogEntry[] {
    const { remainder } = this;
    this.remainder = '';
    return remainder === '' ? [] : [entryOf('stdout', remainder)];
  }
}

const stamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) /;

function entryOf(stream: LogEntry['stream'], text: string): LogEntry {
  const time = stamp.exec(text)?.[1] ?? '';
  return { stream, time, text: time === '' ? text : text.slice(time.length + 1) };
}

/** Looking into containers, which Podman's own paths and Docker's have in common but for their prefix. */
export class ExecAndLogsApi implements ContainerInspector {
  constructor(
    private readonly id: EngineId,
    private readonly api: EngineHttpClient,
    /** Whether logs of a container with a terminal come without frames (Docker; libpod frames all). */
    private readonly plainTerminals: boolean,
    /** Throws for a node that the engine would take for another one. */
    private readonly check: (key: NodeKey) => void = () => undefined,
  ) {}

  inspectRaw(key: NodeKey, options?: CallOptions): Promise<unknown> {
    this.check(key);
    const { kind, id } = splitKey(key, this.id);
    const path = kind === 'pod' ? `/pods/${id}/json` : `/containers/${id}/json`;
    return this.api.json('GET', path, { deadline: timeouts.inspect, options, id });
  }

  async logs(key: NodeKey, { signal, follow, since, tail, onEntries }: LogOptions): Promise<void> {
    const { id, path } = this.container(key);
    const plain = this.plainTerminals && (await this.hasTerminal(key, { signal }));
    const entries = plain ? new FrameDecoder() : new LogFrames();
    const query = { follow, stdout: true, stderr: true, timestamps: true, since, tail };
    const call = { query, deadline: timeouts.inspect, id };
    try {
      await this.api.stream(`${path}/logs`, call, signal, {
        onOpen: () => undefined,
        onChunk: (chunk) => onEntries(entries.push(chunk)),
      });
      await onEntries(entries.end());
    } catch (thrown) {
      if (!signal.aborted) throw fromSystemError(thrown);
    }
  }

  async fileExists(key: NodeKey, file: string, options?: CallOptions): Promise<boolean> {
    const { id, path } = this.container(key);
    try {
      const call = { query: { path: file }, deadline: timeouts.inspect, options, id };
      await this.api.send('HEAD', `${path}/archive`, call);
      return true;
    } catch (thrown) {
      const error = EngineError.from(thrown);
      // Without a body no reason is told: Docker 26 says 500 where a part of the way there is a file.
      if (error.details.status !== undefined) return false;
      throw error;
    }
  }

  async exec(key: NodeKey, options: ExecOptions): Promise<ExecSession> {
    const { columns, rows } = options.size;
    const id = await this.create(key, options.command, options, {
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      Env: Object.entries(options.environment ?? {}).map(([name, value]) => `${name}=${value}`),
    });
    // Podman takes the size as `h` and `w`, Docker (since API 1.42) as `ConsoleSize`.
    const body = { Detach: false, Tty: true, h: rows, w: columns, ConsoleSize: [rows, columns] };
    const call = { body, deadline: timeouts.command, options, kind: 'container' } as const;
    const socket = await this.api.upgrade(`/exec/${id}/start`, call);
    socket.on('data', options.onData);
    const ended = new Promise<void>((resolve) => {
      socket.once('close', resolve);
      // What broke ends like what was closed: `done` asks what became of the program.
      socket.once('error', () => socket.destroy());
      socket.once('end', () => socket.destroy());
    });
    return {
      done: ended.then(() => this.exitCode(id)),
      write: (typed) => void (socket.writable && socket.write(typed)),
      resize: (size) => this.resize(id, size),
      close: () => socket.destroy(),
    };
  }

  async execDetached(key: NodeKey, command: readonly string[], options?: CallOptions): Promise<void> {
    const id = await this.create(key, command, options, {});
    const call = { body: { Detach: true }, deadline: timeouts.command, options, id, kind: 'container' } as const;
    await this.api.send('POST', `/exec/${id}/start`, call);
  }

  private async create(key: NodeKey, command: readonly string[], options: CallOptions | undefined, more: object) {
    const { id, path } = this.container(key);
    const body = { Cmd: command, ...more };
    const call = { body, deadline: timeouts.command, options: { signal: options?.signal }, id };
    const made = text(JsonObject(await this.api.json('POST', `${path}/exec`, call))['Id']);
    if (!made) throw new EngineError('malformed', 'exec: an answer without an id');
    return encodeURIComponent(made);
  }

  private async resize(id: string, { columns, rows }: TerminalSize): Promise<void> {
    await this.api.send('POST', `/exec/${id}/resize`, { query: { h: rows, w: columns }, deadline: timeouts.command });
  }

  private async exitCode(id: string): Promise<number | undefined> {
    try {
      const answer = JsonObject(await this.api.json('GET', `/exec/${id}/json`, { deadline: timeouts.inspect }));
      return answer['Running'] === false ? number(answer['ExitCode']) : undefined;
    } catch {
      return undefined; // it went with its container, or the engine is gone
    }
  }

  private async hasTerminal(key: NodeKey, options: CallOptions): Promise<boolean> {
    return JsonObject(JsonObject(await this.inspectRaw(key, options))['Config'])['Tty'] === true;
  }

  private container(key: NodeKey): { readonly id: string; readonly path: string } {
    this.check(key);
    const { kind, id } = splitKey(key, this.id);
    if (kind === 'pod') throw new EngineError('unsupported', 'this is for containers');
    return { id, path: `/containers/${id}` };
  }
}
