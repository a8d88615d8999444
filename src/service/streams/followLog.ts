import { type Clock, sleep } from '../../clock';
import { EngineError, isConnectionError } from '../../engine/error';
import type { ContainerInspector, LogEntry } from '../../engine/inspector';
import type { NodeKey } from '../../graph/model/model';
import { type ContainerStatus, getContainerStatus } from './containerStatus';
import { LogCursor } from './logCursor';

/** One line that a container has printed, without its end. */
export interface LogLine {
  readonly stream: LogEntry['stream'];
  /** As the engine told it; of the line's first part. */
  readonly time: string;
  readonly text: string;
}

/** A longer line is cut into several. */
const longest = 16 * 1024;

/** Puts the lines of each stream together again: engines hand over what was read at once, which may be half a line. */
class LineAssembler {
  private readonly open = new Map<LogEntry['stream'], LogLine>();

  push(entry: LogEntry): LogLine[] {
    const begun = this.open.get(entry.stream);
    this.open.delete(entry.stream);
    const parts = entry.text.split('\n');
    const rest = parts.pop() ?? '';
    const lines: LogLine[] = [];
    let line: LogLine = begun ?? { stream: entry.stream, time: entry.time, text: '' };
    for (const part of parts) {
      lines.push(...cut({ ...line, text: (line.text + part).replace(/\r$/, '') }));
      line = { stream: entry.stream, time: entry.time, text: '' };
    }
    line = { ...line, text: line.text + rest };
    if (line.text.length > longest) lines.push(...cut(line));
    else if (line.text !== '') this.open.set(entry.stream, line);
    return lines;
  }

  /** What was not ended. */
  end(): LogLine[] {
    const lines = [...this.open.values()];
    this.open.clear();
    return lines;
  }
}

function cut(line: LogLine): LogLine[] {
  if (line.text.length <= longest) return [line];
  const pieces: LogLine[] = [];
  for (let at = 0; at < line.text.length; at += longest)
    pieces.push({ ...line, text: line.text.slice(at, at + longest) });
  return pieces;
}

/** What happens to a log besides its lines; worded above. */
export type LogStatus =
  /** The engine ended the log of a container that still runs; it is read on from where it ended. */
  | { readonly kind: 'resumed' }
  | { readonly kind: 'down'; readonly exitCode: number | undefined }
  /** The container was started again, and so its log goes on. */
  | { readonly kind: 'up' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'lost'; readonly error: EngineError }
  /** The engine has no log to show, and will not have one. */
  | { readonly kind: 'refused'; readonly error: EngineError };

interface LogReader {
  /** No more is read until it has resolved. */
  onLines(lines: readonly LogLine[]): Promise<void> | void;
  onNotice(notice: LogStatus): void;
}

interface LogDeps {
  readonly inspector: Pick<ContainerInspector, 'inspectRaw' | 'logs'>;
  readonly clock: Clock;
  /** Resolves when something about the container may have changed; asking again is cheap. */
  readonly changed: (key: NodeKey, signal: AbortSignal) => Promise<void>;
}

export interface FollowLogOptions {
  readonly key: NodeKey;
  /** Seconds since the epoch from which on it is shown. */
  readonly since?: number | undefined;
  /** How many of the newest lines to begin with. */
  readonly tail?: number | undefined;
}

/** Milliseconds until it is asked again what became of a container, where nothing tells. */
const recheckDelayMs = 5000;
/** Milliseconds before the log of a container that runs is asked for again: the engine just ended it. */
const pause = 250;

/**
 * Reads a container's log for as long as there is a container: on through the engine's early ends, restarts of the container
 * and absences of the engine, no line twice. Resolves when the container is gone, the engine refuses or the signal is aborted.
 */
export async function followLog(
  parts: LogDeps,
  options: FollowLogOptions,
  reader: LogReader,
  signal: AbortSignal,
): Promise<void> {
  const resume = new LogCursor();
  /** How many answers in a row brought nothing: an engine without a log to follow ends each at once. */
  let idle = 0;
  while (!signal.aborted) {
    const { broke, any } = await readOnce(parts.inspector, options, resume, reader, signal, true);
    if (signal.aborted) return;
    idle = any ? 0 : idle + 1;
    if (broke && !isConnectionError(broke.reason) && broke.reason !== 'gone')
      return reader.onNotice({ kind: 'refused', error: broke });
    const now = await getContainerStatus(parts.inspector, options.key, signal);
    if (now.kind === 'running') {
      if (any) reader.onNotice({ kind: 'resumed' });
      await sleep(parts.clock, Math.min(recheckDelayMs, pause * 2 ** idle), signal);
      continue;
    }
    // Podman ends a followed log with its container, however much of it has not been read yet (4.3.1, 5.8.6: 95 of 100 MB).
    if (now.kind === 'stopped' && resume.since !== undefined) {
      const rest = await readOnce(parts.inspector, options, resume, reader, signal, false);
      if (signal.aborted) return;
      if (rest.broke && isConnectionError(rest.broke.reason)) continue;
    }
    report(now, reader);
    if (now.kind === 'gone') return;
    if (!(await waitForRestart(parts, options.key, now, reader, signal))) return;
  }
}

/** Resolves with why it broke off (undefined when the engine ended it properly), and whether anything new came. */
async function readOnce(
  inspector: LogDeps['inspector'],
  options: FollowLogOptions,
  resume: LogCursor,
  reader: LogReader,
  signal: AbortSignal,
  follow: boolean,
): Promise<{ readonly broke: EngineError | undefined; readonly any: boolean }> {
  let any = false;
  const joiner = new LineAssembler();
  const again = resume.since;
  const from = again === undefined ? { since: options.since, tail: options.tail } : { since: again };
  resume.rewind();
  try {
    await inspector.logs(options.key, {
      ...from,
      follow,
      signal,
      onEntries: async (entries) => {
        const fresh = entries.filter((entry) => resume.isNew(entry));
        any ||= fresh.length > 0;
        const lines = fresh.flatMap((entry) => joiner.push(entry));
        if (lines.length > 0) await reader.onLines(lines);
      },
    });
    return { broke: undefined, any };
  } catch (thrown) {
    return { broke: EngineError.from(thrown), any };
  } finally {
    const rest = joiner.end();
    if (rest.length > 0) await reader.onLines(rest);
  }
}

function report(now: ContainerStatus, reader: LogReader) {
  if (now.kind === 'stopped') reader.onNotice({ kind: 'down', exitCode: now.exitCode });
  if (now.kind === 'gone') reader.onNotice({ kind: 'gone' });
  if (now.kind === 'unknown') reader.onNotice({ kind: 'lost', error: now.error });
}

/** Waits until a container that is down, or an engine that is away, is up again. Resolves with false when it never will be. */
async function waitForRestart(
  { inspector, clock, changed }: LogDeps,
  key: NodeKey,
  before: ContainerStatus,
  reader: LogReader,
  signal: AbortSignal,
): Promise<boolean> {
  for (let reported = before; ;) {
    const waiting = new AbortController();
    const end = AbortSignal.any([signal, waiting.signal]);
    await Promise.race([changed(key, end), sleep(clock, recheckDelayMs, end)]);
    waiting.abort();
    if (signal.aborted) return false;
    const now = await getContainerStatus(inspector, key, signal);
    if (signal.aborted) return false;
    if (now.kind === 'running') {
      reader.onNotice({ kind: 'up' });
      return true;
    }
    // It ran and ended between two looks: what it printed is read all the same.
    if (now.kind === 'stopped' && reported.kind === 'stopped' && now.startedAt !== reported.startedAt) return true;
    if (now.kind !== reported.kind) report(now, reader);
    if (now.kind === 'gone') return false;
    reported = now;
  }
}
