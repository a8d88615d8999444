import { describe, expect, it } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import type { Operation, Progress } from '../../src/service/service';
import { progressText, slowStops } from '../../src/view/text/status';
import { containerKey } from './graphSpec';

const start = 1_000_000;
const nameOf = (key: NodeKey) => key.split('/')[2] ?? '';

/** Name, start of the stop and stop timeout, in seconds. */
type Stopping = readonly [string, number, number];

/** Progress of ten nodes. */
function progress(...stopping: readonly Stopping[]): Progress {
  const active = new Map(
    stopping.map(([name, began, grace]): [NodeKey, Operation] => [
      containerKey(name),
      { phase: 'stopping', run: 'r', since: start + began * 1000, stopTimeout: grace },
    ]),
  );
  return { total: 10, finished: 3, failed: 0, active, cancelled: false };
}

const text = (seconds: number, ...stopping: Stopping[]) =>
  progressText(progress(...stopping), nameOf, start + seconds * 1000, 'remove');

describe('removal progress', () => {
  it('names stopping containers', () => {
    expect(text(4, ['web', 0, 10], ['db', 1, 10])).toBe('3 of 10 removed · stopping web, db');
  });

  it('shows the stopping time after 5 s, longest first', () => {
    expect(text(7, ['quick', 5, 10], ['db', 2, 30], ['web', 0, 10])).toBe(
      '3 of 10 removed · stopping web 7 s of 10 s, db 5 s of 30 s, +1',
    );
  });

  it('ignores nodes that are being removed or waiting', () => {
    const removing: Operation = { phase: 'removing', run: 'r', since: start };
    const active = new Map([[containerKey('big'), removing]]);
    expect(slowStops({ active }, start + 60_000)).toEqual([]);
  });
});
