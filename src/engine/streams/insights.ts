import type { EngineId, NodeKey } from '../../graph/model';
import { nodeOf } from '../adapter';
import { fields, number, text } from '../answers/json';
import { deadlines } from '../deadlines';
import type { CallOptions } from '../engine';
import { EngineError } from '../error';
import type { ExecOptions, ExecSession, Insight, LogOptions, TerminalSize } from '../insight';
import type { Api } from '../transport/api';
import { systemError } from '../transport/systemError';
import { LogFrames, LogLines } from './frames';

/** Looking into containers, which Podman's own paths and Docker's have in common but for their prefix. */
export class Insights implements Insight {
  constructor(
    private readonly id: EngineId,
    private readonly api: Api,
    /** Whether logs of a container with a terminal come without frames (Docker; libpod frames all). */
    private readonly plainTerminals: boolean,
    /** Throws for a node that the engine would take for another one. */
    private readonly check: (key: NodeKey) => void = () => undefined,
  ) {}

  describe(key: NodeKey, options?: CallOptions): Promise<unknown> {
    this.check(key);
    const { kind, id } = nodeOf(key, this.id);
    const path = kind === 'pod' ? `/pods/${id}/json` : `/containers/${id}/json`;
    return this.api.json('GET', path, { deadline: deadlines.inspect, options, id });
  }

  async logs(key: NodeKey, { signal, follow, since, tail, onEntries }: LogOptions): Promise<void> {
    const { id, path } = this.container(key);
    const plain = this.plainTerminals && (await this.hasTerminal(key, { signal }));
    const entries = plain ? new LogLines() : new LogFrames();
    const query = { follow, stdout: true, stderr: true, timestamps: true, since, tail };
    const call = { query, deadline: deadlines.inspect, id };
    try {
      await this.api.stream(`${path}/logs`, call, signal, {
        onOpen: () => undefined,
        onChunk: (chunk) => onEntries(entries.push(chunk)),
      });
      await onEntries(entries.end());
    } catch (thrown) {
      if (!signal.aborted) throw systemError(thrown);
    }
  }

  async hasFile(key: NodeKey, file: string, options?: CallOptions): Promise<boolean> {
    const { id, path } = this.container(key);
    try {
      const call = { query: { path: file }, deadline: deadlines.inspect, options, id };
      await this.api.send('HEAD', `${path}/archive`, call);
      return true;
    } catch (thrown) {
      const error = EngineError.from(thrown);
      // Without a body no reason is told: Docker 26 says 500 where a part of the way there is a file.
      if (error.more.status !== undefined) return false;
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
    const call = { body, deadline: deadlines.command, options, kind: 'container' } as const;
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

  async run(key: NodeKey, command: readonly string[], options?: CallOptions): Promise<void> {
    const id = await this.create(key, command, options, {});
    const call = { body: { Detach: true }, deadline: deadlines.command, options, id, kind: 'container' } as const;
    await this.api.send('POST', `/exec/${id}/start`, call);
  }

  private async create(key: NodeKey, command: readonly string[], options: CallOptions | undefined, more: object) {
    const { id, path } = this.container(key);
    const body = { Cmd: command, ...more };
    const call = { body, deadline: deadlines.command, options: { signal: options?.signal }, id };
    const made = text(fields(await this.api.json('POST', `${path}/exec`, call))['Id']);
    if (!made) throw new EngineError('malformed', 'exec: an answer without an id');
    return encodeURIComponent(made);
  }

  private async resize(id: string, { columns, rows }: TerminalSize): Promise<void> {
    await this.api.send('POST', `/exec/${id}/resize`, { query: { h: rows, w: columns }, deadline: deadlines.command });
  }

  private async exitCode(id: string): Promise<number | undefined> {
    try {
      const answer = fields(await this.api.json('GET', `/exec/${id}/json`, { deadline: deadlines.inspect }));
      return answer['Running'] === false ? number(answer['ExitCode']) : undefined;
    } catch {
      return undefined; // it went with its container, or the engine is gone
    }
  }

  private async hasTerminal(key: NodeKey, options: CallOptions): Promise<boolean> {
    return fields(fields(await this.describe(key, options))['Config'])['Tty'] === true;
  }

  private container(key: NodeKey): { readonly id: string; readonly path: string } {
    this.check(key);
    const { kind, id } = nodeOf(key, this.id);
    if (kind === 'pod') throw new EngineError('unsupported', 'this is for containers');
    return { id, path: `/containers/${id}` };
  }
}
