import type { NodeKey } from '../graph/model/model';
import type {
  CallOptions,
  ContainerInspector,
  ExecOptions,
  ExecSession,
  LogEntry,
  LogOptions,
  TerminalSize,
} from './engine';
import { EngineError, fromSystemError } from './error';
import { asNumber, asObject, asString } from '../graph/model/untrusted';
import { timeouts } from './timeouts';
import type { EngineHttpClient, NodePath } from './transport/engineHttpClient';

const HEADER_BYTES = 8;
const STDERR = 2;
/** Bytes of a frame; engines split at 16 KiB (Docker) or at a read (Podman). */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Decodes multiplexed logs: frames of `[stream, 0, 0, 0, length (4 bytes), text]`, which chunks may split. One entry
 * per frame.
 */
class LogFrameDecoder {
  private remainder: Buffer = Buffer.alloc(0);

  /** Throws if the bytes are no frame. */
  push(chunk: Uint8Array): LogEntry[] {
    let bytes = this.remainder.length > 0 ? Buffer.concat([this.remainder, chunk]) : Buffer.from(chunk);
    const entries: LogEntry[] = [];
    while (bytes.length >= HEADER_BYTES) {
      const length = bytes.readUInt32BE(4);
      if (length > MAX_BYTES || bytes.readUIntBE(1, 3) !== 0) throw new Error('logs: bytes that are no frame');
      if (bytes.length < HEADER_BYTES + length) break;
      const stream = bytes[0] === STDERR ? 'stderr' : 'stdout';
      entries.push(parseEntry(stream, bytes.toString('utf8', HEADER_BYTES, HEADER_BYTES + length)));
      bytes = bytes.subarray(HEADER_BYTES + length);
    }
    this.remainder = bytes;
    return entries;
  }

  /** A truncated frame is dropped. */
  end(): LogEntry[] {
    return [];
  }
}

/** Decodes the unframed logs of a container with a terminal (Docker): one entry per line. */
class LogLineDecoder {
  private readonly decoder = new TextDecoder();
  private remainder = '';

  push(chunk: Uint8Array): LogEntry[] {
    const lines = (this.remainder + this.decoder.decode(chunk, { stream: true })).split('\n');
    this.remainder = lines.pop() ?? '';
    const entries = lines.map((line) => parseEntry('stdout', `${line}\n`));
    // Bounds the buffer for a line that never ends.
    if (this.remainder.length > MAX_BYTES) entries.push(...this.end());
    return entries;
  }

  end(): LogEntry[] {
    const { remainder } = this;
    this.remainder = '';
    return remainder === '' ? [] : [parseEntry('stdout', remainder)];
  }
}

const timestamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) /;

function parseEntry(stream: LogEntry['stream'], text: string): LogEntry {
  const time = timestamp.exec(text)?.[1] ?? '';
  return { stream, time, text: time === '' ? text : text.slice(time.length + 1) };
}

/** Exec and logs: the same on libpod and Docker but for the path prefix. */
export class ExecAndLogs implements ContainerInspector {
  constructor(
    private readonly api: EngineHttpClient,
    /** Throws for a node whose id the engine would resolve to another one. */
    private readonly node: (key: NodeKey) => NodePath,
    /** Whether logs of a container with a terminal are unframed. */
    private readonly unframedTerminals: boolean,
    /** The last part of the path that inspects a volume or network. */
    private readonly resourceSuffix: () => string,
  ) {}

  inspectRaw(key: NodeKey, options?: CallOptions): Promise<unknown> {
    const { id, path, kind } = this.node(key);
    const suffix = kind === 'volume' || kind === 'network' ? this.resourceSuffix() : '/json';
    return this.api.json('GET', `${path}${suffix}`, { timeoutMs: timeouts.inspect, options, id });
  }

  async logs(key: NodeKey, { signal, follow, since, tail, onEntries }: LogOptions): Promise<void> {
    const { id, path } = this.container(key);
    const isUnframed = this.unframedTerminals && (await this.hasTerminal(key, { signal }));
    const entries = isUnframed ? new LogLineDecoder() : new LogFrameDecoder();
    const query = { follow, stdout: true, stderr: true, timestamps: true, since, tail };
    const call = { query, timeoutMs: timeouts.inspect, id };
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
      const call = { query: { path: file }, timeoutMs: timeouts.inspect, options, id };
      await this.api.send('HEAD', `${path}/archive`, call);
      return true;
    } catch (thrown) {
      const error = EngineError.from(thrown);
      // HEAD has no body with a reason: Docker 26 responds with 500 if a parent in the path is a file.
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
    // Podman reads the size from `h` and `w`, Docker (API 1.42 and later) from `ConsoleSize`.
    const body = { Detach: false, Tty: true, h: rows, w: columns, ConsoleSize: [rows, columns] };
    const call = { body, timeoutMs: timeouts.command, options, kind: 'container' } as const;
    const socket = await this.api.upgrade(`/exec/${id}/start`, call);
    socket.on('data', options.onData);
    const ended = new Promise<void>((resolve) => {
      socket.once('close', resolve);
      // A broken connection ends like a closed one: `done` requests the exit code.
      socket.once('error', () => socket.destroy());
      socket.once('end', () => socket.destroy());
    });
    return {
      done: ended.then(() => this.exitCode(id)),
      write: (input) => void (socket.writable && socket.write(input)),
      resize: (size) => this.resize(id, size),
      close: () => socket.destroy(),
    };
  }

  async execDetached(key: NodeKey, command: readonly string[], options?: CallOptions): Promise<void> {
    const id = await this.create(key, command, options, {});
    const call = { body: { Detach: true }, timeoutMs: timeouts.command, options, id, kind: 'container' } as const;
    await this.api.send('POST', `/exec/${id}/start`, call);
  }

  private async create(key: NodeKey, command: readonly string[], options: CallOptions | undefined, attributes: object) {
    const { id, path } = this.container(key);
    const body = { Cmd: command, ...attributes };
    const call = { body, timeoutMs: timeouts.command, options: { signal: options?.signal }, id };
    const execId = asString(asObject(await this.api.json('POST', `${path}/exec`, call))['Id']);
    if (!execId) throw new EngineError('malformed', 'exec: a response without an id');
    return encodeURIComponent(execId);
  }

  private async resize(id: string, { columns, rows }: TerminalSize): Promise<void> {
    await this.api.send('POST', `/exec/${id}/resize`, { query: { h: rows, w: columns }, timeoutMs: timeouts.command });
  }

  private async exitCode(id: string): Promise<number | undefined> {
    try {
      const response = asObject(await this.api.json('GET', `/exec/${id}/json`, { timeoutMs: timeouts.inspect }));
      return response['Running'] === false ? asNumber(response['ExitCode']) : undefined;
    } catch {
      return undefined; // removed with its container, or the engine is unreachable
    }
  }

  private async hasTerminal(key: NodeKey, options: CallOptions): Promise<boolean> {
    return asObject(asObject(await this.inspectRaw(key, options))['Config'])['Tty'] === true;
  }

  private container(key: NodeKey): NodePath {
    const node = this.node(key);
    if (node.kind === 'container') return node;
    throw new EngineError('unsupported', 'only containers have logs and programs');
  }
}
