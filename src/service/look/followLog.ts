import type { Clock } from '../../clock';
import { sleep } from '../../clock';
import { EngineError, isLost } from '../../engine/error';
import type { Insight } from '../../engine/insight';
import type { NodeKey } from '../../graph/model';
import { type Condition, conditionOf } from './condition';
import { LineJoiner, type LogLine } from './lines';
import { Resume } from './resume';

/** What happens to a log besides its lines; worded above. */
export type LogNotice =
  /** The engine ended the log of a container that still runs; it is read on from where it ended. */
  | { readonly kind: 'resumed' }
  | { readonly kind: 'down'; readonly exitCode: number | undefined }
  /** The container was started again, and so its log goes on. */
  | { readonly kind: 'up' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'lost'; readonly error: EngineError }
  /** The engine has no log to show, and will not have one. */
  | { readonly kind: 'refused'; readonly error: EngineError };

export interface LogReader {
  /** No more is read until it has resolved. */
  onLines(lines: readonly LogLine[]): Promise<void> | void;
  onNotice(notice: LogNotice): void;
}

export interface LogParts {
  readonly insight: Pick<Insight, 'describe' | 'logs'>;
  readonly clock: Clock;
  /** Resolves when something about the container may have changed; asking again is cheap. */
  readonly changed: (key: NodeKey, signal: AbortSignal) => Promise<void>;
}

export interface LogWish {
  readonly key: NodeKey;
  /** Seconds since the epoch from which on it is shown. */
  readonly since?: number | undefined;
  /** How many of the newest lines to begin with. */
  readonly tail?: number | undefined;
}

/** Milliseconds until it is asked again what became of a container, where nothing tells. */
const lookAgain = 5000;
/** Milliseconds before the log of a container that runs is asked for again: the engine just ended it. */
const pause = 250;

/**
 * Reads a container's log for as long as there is a container: on through the engine's early ends, restarts of the container
 * and absences of the engine, no line twice. Resolves when the container is gone, the engine refuses or the signal is aborted.
 */
export async function followLog(parts: LogParts, wish: LogWish, reader: LogReader, signal: AbortSignal): Promise<void> {
  const resume = new Resume();
  /** How many answers in a row brought nothing: an engine without a log to follow ends each at once. */
  let idle = 0;
  while (!signal.aborted) {
    const { broke, any } = await readOnce(parts.insight, wish, resume, reader, signal, true);
    if (signal.aborted) return;
    idle = any ? 0 : idle + 1;
    if (broke && !isLost(broke.reason) && broke.reason !== 'gone')
      return reader.onNotice({ kind: 'refused', error: broke });
    const now = await conditionOf(parts.insight, wish.key, signal);
    if (now.kind === 'running') {
      if (any) reader.onNotice({ kind: 'resumed' });
      await sleep(parts.clock, Math.min(lookAgain, pause * 2 ** idle), signal);
      continue;
    }
    // Podman ends a followed log with its container, however much of it has not been read yet (4.3.1, 5.8.6: 95 of 100 MB).
    if (now.kind === 'down' && resume.since !== undefined) {
      const rest = await readOnce(parts.insight, wish, resume, reader, signal, false);
      if (signal.aborted) return;
      if (rest.broke && isLost(rest.broke.reason)) continue;
    }
    tell(now, reader);
    if (now.kind === 'gone') return;
    if (!(await comesBack(parts, wish.key, now, reader, signal))) return;
  }
}

/** Resolves with why it broke off (undefined when the engine ended it properly), and whether anything new came. */
async function readOnce(
  insight: LogParts['insight'],
  wish: LogWish,
  resume: Resume,
  reader: LogReader,
  signal: AbortSignal,
  follow: boolean,
): Promise<{ readonly broke: EngineError | undefined; readonly any: boolean }> {
  let any = false;
  const joiner = new LineJoiner();
  const again = resume.since;
  const from = again === undefined ? { since: wish.since, tail: wish.tail } : { since: again };
  resume.begin();
  try {
    await insight.logs(wish.key, {
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

function tell(now: Condition, reader: LogReader) {
  if (now.kind === 'down') reader.onNotice({ kind: 'down', exitCode: now.exitCode });
  if (now.kind === 'gone') reader.onNotice({ kind: 'gone' });
  if (now.kind === 'unknown') reader.onNotice({ kind: 'lost', error: now.error });
}

/** Waits until a container that is down, or an engine that is away, is up again. Resolves with false when it never will be. */
async function comesBack(
  { insight, clock, changed }: LogParts,
  key: NodeKey,
  before: Condition,
  reader: LogReader,
  signal: AbortSignal,
): Promise<boolean> {
  for (let told = before; ;) {
    const waiting = new AbortController();
    const end = AbortSignal.any([signal, waiting.signal]);
    await Promise.race([changed(key, end), sleep(clock, lookAgain, end)]);
    waiting.abort();
    if (signal.aborted) return false;
    const now = await conditionOf(insight, key, signal);
    if (signal.aborted) return false;
    if (now.kind === 'running') {
      reader.onNotice({ kind: 'up' });
      return true;
    }
    // It ran and ended between two looks: what it printed is read all the same.
    if (now.kind === 'down' && told.kind === 'down' && now.startedAt !== told.startedAt) return true;
    if (now.kind !== told.kind) tell(now, reader);
    if (now.kind === 'gone') return false;
    told = now;
  }
}
