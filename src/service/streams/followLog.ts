import { type Clock, sleep } from '../../clock';
import { EngineError, isConnectionError } from '../../engine/error';
import type { ContainerInspector, LogEntry } from '../../engine/engine';
import type { NodeKey } from '../../graph/model/model';
import { type ContainerStatus, getContainerStatus } from './containerStatus';
import { LogCursor } from './logCursor';

/** One log line, without its newline. */
export interface LogLine {
  readonly stream: LogEntry['stream'];
  /** The engine's timestamp of the line's first part. */
  readonly time: string;
  readonly text: string;
}

/** Longer lines are split; in characters. */
const maxLineLength = 16 * 1024;

/** Assembles the lines of each stream: an entry may end mid-line. */
class LineAssembler {
  private readonly partial = new Map<LogEntry['stream'], LogLine>();

  push(entry: LogEntry): LogLine[] {
    const beginning = this.partial.get(entry.stream);
    this.partial.delete(entry.stream);
    const parts = entry.text.split('\n');
    const rest = parts.pop() ?? '';
    const lines: LogLine[] = [];
    let line: LogLine = beginning ?? { stream: entry.stream, time: entry.time, text: '' };
    for (const part of parts) {
      lines.push(...splitLongLine({ ...line, text: (line.text + part).replace(/\r$/, '') }));
      line = { stream: entry.stream, time: entry.time, text: '' };
    }
    line = { ...line, text: line.text + rest };
    if (line.text.length > maxLineLength) lines.push(...splitLongLine(line));
    else if (line.text !== '') this.partial.set(entry.stream, line);
    return lines;
  }

  /** Returns the lines without a newline. */
  end(): LogLine[] {
    const lines = [...this.partial.values()];
    this.partial.clear();
    return lines;
  }
}

function splitLongLine(line: LogLine): LogLine[] {
  if (line.text.length <= maxLineLength) return [line];
  const pieces: LogLine[] = [];
  for (let at = 0; at < line.text.length; at += maxLineLength)
    pieces.push({ ...line, text: line.text.slice(at, at + maxLineLength) });
  return pieces;
}

/** Changes in a followed log other than its lines. */
export type LogStatus =
  /** The engine ended the stream of a running container; reading resumes where it ended. */
  | { readonly kind: 'resumed' }
  | { readonly kind: 'stopped'; readonly exitCode: number | undefined }
  | { readonly kind: 'started' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'disconnected'; readonly error: EngineError }
  /** The engine rejects the log request permanently. */
  | { readonly kind: 'refused'; readonly error: EngineError };

export interface LogReader {
  /** Reading pauses until the promise resolves. */
  onLines(lines: readonly LogLine[]): Promise<void> | void;
  onNotice(notice: LogStatus): void;
}

interface LogDeps {
  readonly inspector: Pick<ContainerInspector, 'inspectRaw' | 'logs'>;
  readonly clock: Clock;
  /** Resolves when the container may have changed; spurious results are fine. */
  readonly changed: (key: NodeKey, signal: AbortSignal) => Promise<void>;
}

export interface FollowLogOptions {
  readonly key: NodeKey;
  /** Seconds since the epoch. */
  readonly since?: number | undefined;
  /** Number of last lines to begin with. */
  readonly tail?: number | undefined;
}

/** Milliseconds between two status checks if no event arrives. */
const recheckDelayMs = 5000;
/** Initial backoff in milliseconds after the engine ended the log of a running container. */
const minBackoff = 250;

/**
 * Follows a container's log across early stream ends, restarts and lost connections, without duplicate lines. Resolves when
 * the container is removed, the engine refuses or the signal is aborted.
 */
export async function followLog(
  deps: LogDeps,
  options: FollowLogOptions,
  reader: LogReader,
  signal: AbortSignal,
): Promise<void> {
  const cursor = new LogCursor();
  /** Consecutive responses without entries: an engine that cannot follow a log ends each at once. */
  let idle = 0;
  while (!signal.aborted) {
    const { error, any } = await readOnce(deps.inspector, options, cursor, reader, signal, true);
    if (signal.aborted) return;
    idle = any ? 0 : idle + 1;
    if (error && !isConnectionError(error.reason) && error.reason !== 'gone')
      return reader.onNotice({ kind: 'refused', error });
    const now = await getContainerStatus(deps.inspector, options.key, signal);
    if (now.kind === 'running') {
      if (any) reader.onNotice({ kind: 'resumed' });
      await sleep(deps.clock, Math.min(recheckDelayMs, minBackoff * 2 ** idle), signal);
      continue;
    }
    // Podman ends a followed log at the container's exit, even if most of it is unread (4.3.1, 5.8.6: 95 of 100 MB).
    if (now.kind === 'stopped' && cursor.since !== undefined) {
      const rest = await readOnce(deps.inspector, options, cursor, reader, signal, false);
      if (signal.aborted) return;
      if (rest.error && isConnectionError(rest.error.reason)) continue;
    }
    report(now, reader);
    if (now.kind === 'gone') return;
    if (!(await waitForRestart(deps, options.key, now, reader, signal))) return;
  }
}

/** Resolves with the error, if any, and whether new entries arrived. */
async function readOnce(
  inspector: LogDeps['inspector'],
  options: FollowLogOptions,
  cursor: LogCursor,
  reader: LogReader,
  signal: AbortSignal,
  follow: boolean,
): Promise<{ readonly error: EngineError | undefined; readonly any: boolean }> {
  let any = false;
  const assembler = new LineAssembler();
  const { since } = cursor;
  const from = since === undefined ? { since: options.since, tail: options.tail } : { since };
  cursor.rewind();
  try {
    await inspector.logs(options.key, {
      ...from,
      follow,
      signal,
      onEntries: async (entries) => {
        const fresh = entries.filter((entry) => cursor.isNew(entry));
        any ||= fresh.length > 0;
        const lines = fresh.flatMap((entry) => assembler.push(entry));
        if (lines.length > 0) await reader.onLines(lines);
      },
    });
    return { error: undefined, any };
  } catch (thrown) {
    return { error: EngineError.from(thrown), any };
  } finally {
    const rest = assembler.end();
    if (rest.length > 0) await reader.onLines(rest);
  }
}

function report(now: ContainerStatus, reader: LogReader) {
  if (now.kind === 'stopped') reader.onNotice({ kind: 'stopped', exitCode: now.exitCode });
  if (now.kind === 'gone') reader.onNotice({ kind: 'gone' });
  if (now.kind === 'unknown') reader.onNotice({ kind: 'disconnected', error: now.error });
}

/** Waits until a stopped container or a disconnected engine is running again. Resolves with false if that cannot happen. */
async function waitForRestart(
  { inspector, clock, changed }: LogDeps,
  key: NodeKey,
  before: ContainerStatus,
  reader: LogReader,
  signal: AbortSignal,
): Promise<boolean> {
  for (let reported = before; ;) {
    const timeout = new AbortController();
    const end = AbortSignal.any([signal, timeout.signal]);
    await Promise.race([changed(key, end), sleep(clock, recheckDelayMs, end)]);
    timeout.abort();
    if (signal.aborted) return false;
    const now = await getContainerStatus(inspector, key, signal);
    if (signal.aborted) return false;
    if (now.kind === 'running') {
      reader.onNotice({ kind: 'started' });
      return true;
    }
    // It ran and exited between two checks: read that output, too.
    if (now.kind === 'stopped' && reported.kind === 'stopped' && now.startedAt !== reported.startedAt) return true;
    if (now.kind !== reported.kind) report(now, reader);
    if (now.kind === 'gone') return false;
    reported = now;
  }
}
