import { expect } from 'vitest';
import { parseKey, type NodeKey, nodeKey } from '../../../src/graph/model/model';
import type { LifecycleAction } from '../../../src/graph/plan/lifecycleAction';
import {
  cli,
  conformanceTest,
  container,
  exitedAt,
  IGNORES_SIGTERM,
  outcomes,
  pod,
  raw,
  remove,
  samplePlan,
  theService,
} from './fixture';

/** The engine's start and end times, in milliseconds since the epoch. */
async function timesOf(key: NodeKey): Promise<{ started: number; finished: number }> {
  const { json } = await raw('GET', `/containers/${parseKey(key).id}/json`);
  const { StartedAt, FinishedAt } = (json as { State: { StartedAt: string; FinishedAt: string } }).State;
  return { started: Date.parse(StartedAt), finished: Date.parse(FinishedAt) };
}

async function change(action: LifecycleAction, chosen: readonly NodeKey[]): Promise<string[]> {
  return Object.values(await outcomesOf(action, chosen));
}

async function outcomesOf(action: LifecycleAction, chosen: readonly NodeKey[]): Promise<Record<string, string>> {
  return outcomes(await remove(await samplePlan(chosen, { action })));
}

/**
 * A chain `top > mid > base`, and `borrower` with the volumes of base. Dependents take a second to stop, so that a wrong
 * order would show.
 */
async function chain() {
  const slow = { command: IGNORES_SIGTERM, stopTimeout: 1 };
  const base = await container({ name: 'base', volumes: ['/data'] });
  const mid = await container({ name: 'mid', network: 'base' });
  const top = await container({ name: 'top', network: 'mid', ...slow });
  const borrower = await container({ name: 'borrower', volumesFrom: ['base'], ...slow });
  return { base, mid, top, borrower };
}

/** Creates a container by the engine's command line, with options that `Fleet` lacks. */
async function created(...options: string[]): Promise<NodeKey> {
  const result = await cli(['create', ...options]);
  if (result.code !== 0) throw new Error(result.stderr);
  return nodeKey('yard', 'container', result.stdout.trim());
}

const image = 'localhost/bb:1';

/** States reported for a container within a second, longer than a cycle of a crash loop. */
async function statesFor(key: NodeKey): Promise<ReadonlySet<string>> {
  const states = new Set<string>();
  const until = Date.now() + 1_000;
  while (Date.now() < until) {
    const { json } = await raw('GET', `/containers/${parseKey(key).id}/json`);
    states.add((json as { State: { Status: string } }).State.Status);
  }
  return states;
}

/** Order by the engine's timestamps. */
export function changes(): void {
  conformanceTest('containers stop before their dependencies and start after them', 'everywhere', async () => {
    const { base, mid, top, borrower } = await chain();
    const all = [base, mid, top, borrower];
    const allDone = { base: 'done', mid: 'done', top: 'done', borrower: 'done' };
    expect(await outcomesOf('stop', all)).toEqual(allDone);
    const down = {
      base: await timesOf(base),
      mid: await timesOf(mid),
      top: await timesOf(top),
      borrower: await timesOf(borrower),
    };
    expect(down.top.finished).toBeLessThanOrEqual(down.mid.finished);
    expect(down.mid.finished).toBeLessThanOrEqual(down.base.finished);
    expect(down.borrower.finished).toBeLessThanOrEqual(down.base.finished);

    expect(await outcomesOf('start', all)).toEqual(allDone);
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

  conformanceTest('a restart of a chain stops all before it starts any', 'everywhere', async () => {
    const { base, mid, top } = await chain();
    const before = await timesOf(top);
    expect(await change('restart', [base, mid, top])).toEqual(['done', 'done', 'done']);
    const [first, second, third] = [await timesOf(base), await timesOf(mid), await timesOf(top)];
    expect(first.started).toBeGreaterThan(before.started);
    expect(first.started).toBeLessThanOrEqual(second.started);
    expect(second.started).toBeLessThanOrEqual(third.started);
  });

  conformanceTest('a container in a crash loop counts as running, and a stop ends the loop', 'real', async () => {
    const loop = await container({ name: 'loop', command: ['/busybox', 'sh', '-c', 'exit 1'], restart: 'always' });
    await exitedAt(loop);
    const plan = await samplePlan([loop], { running: 'skip' });
    expect(plan.retained.map(({ why }) => why.kind)).toEqual(['running']);
    expect(await change('stop', [loop])).toEqual(['done']);
    expect(await statesFor(loop)).toEqual(new Set(['exited']));
  });

  conformanceTest('a --rm container that exits at once counts as started (A3)', 'real', async () => {
    const brief = await created('--rm', '--name', 'brief', image, '/busybox', 'true');
    const report = await remove(await samplePlan([brief], { action: 'start' }));
    expect(report.nodes.get(brief)).toMatchObject({ outcome: { kind: 'done' }, attempts: 1 });
  });

  conformanceTest(
    'a pod is started with an init container that runs once (A4), and runs with one that has exited (A8)',
    'real podman',
    async () => {
      const key = await pod('p');
      const once = await created('--pod', 'p', '--init-ctr', 'once', '--name', 'once', image, '/busybox', 'true');
      const always = await created('--pod', 'p', '--init-ctr', 'always', '--name', 'always', image, '/busybox', 'true');
      const main = await created('--pod', 'p', '--name', 'main', image, '/busybox', 'sleep', '1000');
      const report = await remove(await samplePlan([key], { action: 'start' }));
      for (const one of [key, once, always, main]) {
        expect(report.nodes.get(one), one).toMatchObject({ outcome: { kind: 'done' }, attempts: 1 });
      }
      await theService().refresh();
      expect(theService().snapshot.graph.get(key)).toMatchObject({ state: 'running' });
      expect((await samplePlan([key], { action: 'start' })).nodes.size).toBe(0);
      expect(await change('stop', [key])).not.toContain('failed');
      expect(await change('start', [key])).not.toContain('failed');
    },
  );
}
