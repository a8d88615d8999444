import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/clock';
import { EngineError } from '../../src/engine/error';
import type { LogEntry, LogOptions } from '../../src/engine/engine';
import { nodeKey } from '../../src/graph/model/model';
import { followLog, type LogStatus } from '../../src/service/streams/followLog';

const key = nodeKey('local', 'container', 'x');
const entry = (second: number, text: string, fraction = ''): LogEntry => ({
  stream: 'stdout',
  time: `2026-01-01T00:00:0${second}${fraction}Z`,
  text: `${text}\n`,
});
/** Fires timers at once. */
const clock: Clock = {
  now: () => 0,
  wallTime: () => 0,
  after: (_, fn) => {
    queueMicrotask(fn);
    return () => undefined;
  },
};

type State = 'running' | 'stopped' | 'gone';

/**
 * Follows the log of a fake inspector: after each response, the container has the given state.
 *
 * @param unread entries returned without `follow`
 */
async function read(
  responses: readonly (readonly [entries: readonly LogEntry[], then: State])[],
  unread: readonly LogEntry[] = [],
) {
  let at = -1;
  let starts = 0;
  const output: string[] = [];
  const requestedSince: (number | undefined)[] = [];
  let state: State = 'running';
  const inspector = {
    logs: async (_: unknown, options: LogOptions) => {
      if (!options.follow) return options.onEntries(unread);
      requestedSince.push(options.since);
      const [entries, then] = responses[++at] ?? [[], 'gone' as const];
      state = then;
      await options.onEntries(entries);
    },
    inspectRaw: async () => {
      if (state === 'gone') throw new EngineError('gone', 'no such container');
      const answer = { Running: state === 'running', Status: 'exited', ExitCode: 3, StartedAt: String(starts) };
      // It is started again before the next inspection.
      if (state === 'stopped') {
        state = 'running';
        starts++;
      }
      return { State: answer };
    },
  };
  const notices: LogStatus[] = [];
  const reader = {
    onLines: (lines: readonly { readonly text: string }[]) => void output.push(...lines.map(({ text }) => text)),
    onNotice: (notice: LogStatus) => {
      notices.push(notice);
      output.push(`(${notice.kind})`);
    },
  };
  const parts = { inspector, clock, changed: () => Promise.resolve() };
  await followLog(parts, { key, tail: 10 }, reader, new AbortController().signal);
  return { output, requestedSince, notices };
}

describe('followLog', () => {
  it('resumes where the engine ended early, without duplicates among lines with the same time', async () => {
    const [a, b, c, d] = [entry(1, 'a'), entry(1, 'b'), entry(1, 'c'), entry(2, 'd')];
    const { output, requestedSince } = await read([
      [[a, b], 'running'],
      [[a, b, c, d], 'gone'],
    ]);
    expect(output).toEqual(['a', 'b', '(resumed)', 'c', 'd', '(gone)']);
    expect(requestedSince).toEqual([undefined, Date.parse('2026-01-01T00:00:01Z') / 1000]);
  });

  it('compares times by value: engines omit trailing zeros', async () => {
    const { output } = await read([
      [[entry(1, 'a', '.5'), entry(1, 'b', '.75')], 'running'],
      [[entry(1, 'a', '.5'), entry(1, 'b', '.75'), entry(1, 'c', '.8')], 'gone'],
    ]);
    expect(output).toEqual(['a', 'b', '(resumed)', 'c', '(gone)']);
  });

  it('ends with the container, and continues after a restart', async () => {
    const { output, notices } = await read([
      [[entry(1, 'a')], 'stopped'],
      [[entry(1, 'a'), entry(3, 'again')], 'gone'],
    ]);
    expect(output).toEqual(['a', '(stopped)', '(started)', 'again', '(gone)']);
    expect(notices[0]).toEqual({ kind: 'stopped', exitCode: 3 });
  });

  it('reads the rest when the engine ended with the container', async () => {
    const all = [entry(1, 'a'), entry(2, 'b'), entry(2, 'c')];
    const { output } = await read(
      [
        [all.slice(0, 2), 'stopped'],
        [[], 'gone'],
      ],
      all,
    );
    expect(output.slice(0, 4)).toEqual(['a', 'b', 'c', '(stopped)']);
  });

  it('does not repeat the notice for a log that cannot be followed', async () => {
    const { output } = await read([
      [[], 'running'],
      [[], 'running'],
      [[], 'gone'],
    ]);
    expect(output).toEqual(['(gone)']);
  });
});
