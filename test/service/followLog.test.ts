import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/clock';
import { EngineError } from '../../src/engine/error';
import type { LogEntry, LogOptions } from '../../src/engine/inspector';
import { nodeKey } from '../../src/graph/model/model';
import { followLog, type LogStatus } from '../../src/service/streams/followLog';

const key = nodeKey('local', 'container', 'x');
const entry = (second: number, text: string, fraction = ''): LogEntry => ({
  stream: 'stdout',
  time: `2026-01-01T00:00:0${second}${fraction}Z`,
  text: `${text}\n`,
});
/** Every wait is over at once. */
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
 * An engine that gives these answers one after the other; after each, the container is in the state beside it.
 *
 * @param unread what it has when it is asked for what there is, without following
 */
async function read(
  answers: readonly (readonly [entries: readonly LogEntry[], then: State])[],
  unread: readonly LogEntry[] = [],
) {
  let at = -1;
  let starts = 0;
  const told: string[] = [];
  const asked: (number | undefined)[] = [];
  let state: State = 'running';
  const inspector = {
    logs: async (_: unknown, options: LogOptions) => {
      if (!options.follow) return options.onEntries(unread);
      asked.push(options.since);
      const [entries, then] = answers[++at] ?? [[], 'gone' as const];
      state = then;
      await options.onEntries(entries);
    },
    inspectRaw: async () => {
      if (state === 'gone') throw new EngineError('gone', 'no such container');
      const answer = { Running: state === 'running', Status: 'exited', ExitCode: 3, StartedAt: String(starts) };
      // It is started again before the next look.
      if (state === 'stopped') {
        state = 'running';
        starts++;
      }
      return { State: answer };
    },
  };
  const notices: LogStatus[] = [];
  const reader = {
    onLines: (lines: readonly { readonly text: string }[]) => void told.push(...lines.map(({ text }) => text)),
    onNotice: (notice: LogStatus) => {
      notices.push(notice);
      told.push(`(${notice.kind})`);
    },
  };
  const parts = { inspector, clock, changed: () => Promise.resolve() };
  await followLog(parts, { key, tail: 10 }, reader, new AbortController().signal);
  return { told, asked, notices };
}

describe('a followed log', () => {
  it('goes on where the engine ended it early, says so, and doubles nothing although many lines bear the same time', async () => {
    const [a, b, c, d] = [entry(1, 'a'), entry(1, 'b'), entry(1, 'c'), entry(2, 'd')];
    const { told, asked } = await read([
      [[a, b], 'running'],
      [[a, b, c, d], 'gone'],
    ]);
    expect(told).toEqual(['a', 'b', '(resumed)', 'c', 'd', '(gone)']);
    expect(asked).toEqual([undefined, Date.parse('2026-01-01T00:00:01Z') / 1000]);
  });

  it('knows times by their meaning: engines leave out the zeros at the end', async () => {
    const { told } = await read([
      [[entry(1, 'a', '.5'), entry(1, 'b', '.75')], 'running'],
      [[entry(1, 'a', '.5'), entry(1, 'b', '.75'), entry(1, 'c', '.8')], 'gone'],
    ]);
    expect(told).toEqual(['a', 'b', '(resumed)', 'c', '(gone)']);
  });

  it('ends with the container, and goes on when that is started again', async () => {
    const { told, notices } = await read([
      [[entry(1, 'a')], 'stopped'],
      [[entry(1, 'a'), entry(3, 'again')], 'gone'],
    ]);
    expect(told).toEqual(['a', '(down)', '(up)', 'again', '(gone)']);
    expect(notices[0]).toEqual({ kind: 'down', exitCode: 3 });
  });

  it('is read to its end although the engine ended it with the container', async () => {
    const all = [entry(1, 'a'), entry(2, 'b'), entry(2, 'c')];
    const { told } = await read(
      [
        [all.slice(0, 2), 'stopped'],
        [[], 'gone'],
      ],
      all,
    );
    expect(told.slice(0, 4)).toEqual(['a', 'b', 'c', '(down)']);
  });

  it('does not say again and again that an engine has nothing to follow', async () => {
    const { told } = await read([
      [[], 'running'],
      [[], 'running'],
      [[], 'gone'],
    ]);
    expect(told).toEqual(['(gone)']);
  });
});
