import { expect } from 'vitest';
import type { Change } from '../../../src/graph/action';
import type { NodeKey } from '../../../src/graph/model';
import { keyParts } from '../../../src/graph/model';
import { container, outcomes, plan, promise, raw, remove, STUBBORN } from './yard';

/** When the engine itself saw it start and end, in milliseconds since the epoch. */
async function timesOf(key: NodeKey): Promise<{ started: number; finished: number }> {
  const { json } = await raw('GET', `/containers/${keyParts(key).id}/json`);
  const { StartedAt, FinishedAt } = (json as { State: { StartedAt: string; FinishedAt: string } }).State;
  return { started: Date.parse(StartedAt), finished: Date.parse(FinishedAt) };
}

async function change(action: Change, chosen: readonly NodeKey[]): Promise<string[]> {
  return Object.values(outcomes(await remove(await plan(chosen, { action }))));
}

/**
 * A chain `top > mid > base`, and one that borrows the volumes of base. What is to go first takes a second to stop, so that
 * what is to go last would be down long before it if nobody waited.
 */
async function chain() {
  const slow = { command: STUBBORN, stopTimeout: 1 };
  const base = await container({ name: 'base', volumes: ['/data'] });
  const mid = await container({ name: 'mid', network: 'base' });
  const top = await container({ name: 'top', network: 'mid', ...slow });
  const borrower = await container({ name: 'borrower', volumesFrom: ['base'], ...slow });
  return { base, mid, top, borrower };
}

/** Order by the engine's own clock. */
export function changes(): void {
  promise('what is stopped has finished before what it needs, and is started after it', 'everywhere', async () => {
    const { base, mid, top, borrower } = await chain();
    const all = [base, mid, top, borrower];
    expect(await change('stop', all)).toEqual(['done', 'done', 'done', 'done']);
    const down = {
      base: await timesOf(base),
      mid: await timesOf(mid),
      top: await timesOf(top),
      borrower: await timesOf(borrower),
    };
    expect(down.top.finished).toBeLessThanOrEqual(down.mid.finished);
    expect(down.mid.finished).toBeLessThanOrEqual(down.base.finished);
    expect(down.borrower.finished).toBeLessThanOrEqual(down.base.finished);

    expect(await change('start', all)).toEqual(['done', 'done', 'done', 'done']);
    const up = {
      base: await timesOf(base),
      mid: await timesOf(mid),
      top: await timesOf(top),
      borrower: await timesOf(borrower),
    };
    for (const [name, { started }] of Object.entries(up)) {
      expect(started, name).toBeGreaterThan(down[name as keyof typeof down].started);
    }
    expect(up.base.started).toBeLessThanOrEqual(up.mid.started);
    expect(up.mid.started).toBeLessThanOrEqual(up.top.started);
    expect(up.base.started).toBeLessThanOrEqual(up.borrower.started);
  });

  promise('a restart of a chain goes down before anything of it comes up again', 'everywhere', async () => {
    const { base, mid, top } = await chain();
    const before = await timesOf(top);
    expect(await change('restart', [base, mid, top])).toEqual(['done', 'done', 'done']);
    const [first, second, third] = [await timesOf(base), await timesOf(mid), await timesOf(top)];
    expect(first.started).toBeGreaterThan(before.started);
    expect(first.started).toBeLessThanOrEqual(second.started);
    expect(second.started).toBeLessThanOrEqual(third.started);
  });
}
