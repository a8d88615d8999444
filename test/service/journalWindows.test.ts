import * as fs from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import type { RecoveredRun } from '../../src/service';
import { journalFiles } from '../../src/service/journal/journalFiles';
import type { Recovery } from '../../src/service/journal/recovery';
import { key } from '../graph/build';
import { testWithFixture, type JournalFixture, samplePlan, removed } from './journalFixture';

let fixture: JournalFixture;
testWithFixture((one) => (fixture = one));

const busyNodes = (recovery: Recovery) =>
  ['web', 'db', 'lone'].filter((name) => recovery.isBusyInOtherWindow(key(name)));

describe('several windows', () => {
  test('a live run is left to its window', async () => {
    await fixture.window('one').open(samplePlan);
    const { interrupted, otherWindows } = await fixture.window('two').scan();
    expect(interrupted).toEqual([]);
    expect(otherWindows.map((one) => one.plan.id)).toEqual([samplePlan.id]);
  });

  test('heartbeats keep a long run alive', async () => {
    const files = journalFiles(fixture.folder);
    let onTouch: () => void = () => undefined;
    const touch = async (name: string, at: number) => {
      await files.touch(name, at);
      onTouch();
    };
    await fixture.window('one', 'here', { ...files, touch }).open(samplePlan);
    const two = fixture.window('two');
    for (let beat = 0; beat < 10; beat++) {
      const { interrupted, otherWindows } = await two.scan();
      expect([interrupted.length, otherWindows.length]).toEqual([0, 1]);
      const touched = new Promise<void>((resolve) => (onTouch = resolve));
      fixture.pass(2_000);
      await touched;
    }
  });

  test('heartbeats end with the last run', async () => {
    const journal = fixture.window('one');
    await (await journal.open(samplePlan)).close();
    fixture.pass(2_000);
    expect(await fs.readdir(fixture.folder)).toEqual([]);
  });

  test('one of several windows claims a stale journal', async () => {
    await fixture.deadWindow('one').open(samplePlan);
    const windows = ['two', 'three', 'four'].map((name) => fixture.window(name));
    const found = [];
    for (let scans = 0; scans < 6; scans++) {
      found.push(...(await Promise.all(windows.map((window) => window.scan()))));
      fixture.pass(2_000);
    }
    expect(found.flatMap(({ interrupted }) => interrupted)).toHaveLength(1);
    expect(found.flatMap(({ quarantined }) => quarantined)).toEqual([]);
  });

  test('a claimed journal is alive in its new window', async () => {
    await fixture.deadWindow('one').open(samplePlan);
    expect((await fixture.watch(fixture.window('two'))).interrupted).toHaveLength(1);
    const { interrupted, otherWindows } = await fixture.window('three').scan();
    expect([interrupted.length, otherWindows.length]).toEqual([0, 1]);
  });

  test('(J1) a stalled window writes its claimed journal again; the other window drops it', async () => {
    const entry = await fixture.deadWindow('one').open(samplePlan);
    await entry.markStarted([key('lone')]);
    const two = fixture.window('two');
    const [claimed] = (await fixture.watch(two)).interrupted;
    expect(claimed?.plan.id).toBe(samplePlan.id);
    await entry.markStarted([key('web')]);
    entry.markFinished(key('web'), removed);
    await entry.markStarted([key('db')]);
    const { otherWindows } = await two.scan();
    const unknown = { kind: 'unknown', message: 'interrupted' };
    expect(otherWindows.map(({ outcomes }) => Object.fromEntries(outcomes))).toEqual([
      { [key('lone')]: unknown, [key('web')]: removed, [key('db')]: unknown },
    ]);
    await Promise.all([entry.close(), claimed?.entry.close()]);
    expect(await fs.readdir(fixture.folder)).toEqual([]);
  });

  test('(J1) a window does not reconcile a claimed run that continues', async () => {
    const reported: unknown[] = [];
    const one = await fixture.deadWindow('one').open(samplePlan);
    let isConnected = false;
    const recovery = fixture.recovery('two', { isConnected: () => isConnected });
    recovery.onDidRecover.event((report) => reported.push(report));
    try {
      await recovery.start();
      await fixture.until(async () => (await fs.readdir(fixture.folder)).join().includes('.two.'));
      await one.markStarted([key('web')]);
      await fixture.until(async () => !(await fs.readdir(fixture.folder)).join().includes('.two.'));
      isConnected = true;
      await recovery.tryAll();
      expect(reported).toEqual([]);
      expect(busyNodes(recovery)).toEqual(['web', 'db', 'lone']);
    } finally {
      recovery.dispose();
    }
  });

  test('(J1) neither a changed clock nor a suspended machine makes a live journal stale', async () => {
    await fixture.window('one').open(samplePlan);
    const two = fixture.window('two');
    await two.scan();
    fixture.epoch += 3_600_000;
    expect((await two.scan()).interrupted).toEqual([]);
    fixture.epoch -= 7_200_000;
    expect((await two.scan()).interrupted).toEqual([]);
    // The heartbeat fires at the same time as the scan of the other window.
    fixture.pass(600_000);
    expect((await two.scan()).interrupted).toEqual([]);
    expect((await fixture.watch(two)).interrupted).toEqual([]);
  });

  test('(J1) the time of a heartbeat always increases, even if the clock is set back', async () => {
    await fixture.window('one').open(samplePlan);
    const file = await fixture.file();
    const times: number[] = [];
    for (let beat = 0; beat < 3; beat++) {
      const { mtimeMs } = await fs.stat(file);
      times.push(mtimeMs);
      fixture.epoch -= 60_000;
      fixture.pass(2_000);
      await fixture.until(async () => (await fs.stat(file)).mtimeMs !== mtimeMs);
    }
    expect(times.slice(1)).toEqual([...times.slice(1)].sort((a, b) => a - b));
  });

  test('a window releases its journals when it closes', async () => {
    const journal = fixture.window('one');
    await journal.open(samplePlan);
    await journal.dispose();
    expect((await fixture.window('two').scan()).interrupted).toHaveLength(1);
  });
});

describe('a live run of another window', () => {
  test('is busy node by node from its start to its end', async () => {
    const reported: NodeKey[] = [];
    const recovery = fixture.recovery('two');
    recovery.onDidChangeOtherWindows.event((keys) => reported.push(...keys));
    try {
      await recovery.start();
      expect(busyNodes(recovery)).toEqual([]);
      const shows = (names: string[]) =>
        vi.waitFor(
          () => {
            fixture.pass(300);
            expect(busyNodes(recovery)).toEqual(names);
          },
          { timeout: 20_000, interval: 300 },
        );
      const entry = await fixture.window('one').open(samplePlan);
      await shows(['web', 'db', 'lone']);
      await entry.markStarted([key('web')]);
      entry.markFinished(key('web'), removed);
      await shows(['db', 'lone']);
      await entry.close();
      await shows([]);
      expect(reported.filter((one) => one === key('web'))).toHaveLength(2);
    } finally {
      recovery.dispose();
    }
  });

  test('is reconciled here as soon as it is stale', async () => {
    const recovered: RecoveredRun[] = [];
    const recovery = fixture.recovery('two', {
      listNodes: async () => new Map([[key('db'), 'running' as const]]),
    });
    recovery.onDidRecover.event((one) => recovered.push(one));
    try {
      await fixture.deadWindow('one').open(samplePlan);
      await recovery.start();
      expect(busyNodes(recovery)).toEqual(['web', 'db', 'lone']);
      await fixture.until(async () => recovered.length === 1);
      expect(recovered[0]?.remaining).toEqual([key('db')]);
      expect(busyNodes(recovery)).toEqual([]);
    } finally {
      recovery.dispose();
    }
  });

  test('is recovered again until it was resumed or discarded, and is not busy meanwhile', async () => {
    const listNodes = async () => new Map([[key('db'), 'running' as const]]);
    const recoveredBy = async (window: string) => {
      const found: RecoveredRun[] = [];
      const journal = fixture.window(window);
      const recovery = fixture.recovery(window, { listNodes, journal });
      recovery.onDidRecover.event((one) => found.push(one));
      await recovery.start();
      await fixture.until(async () => found.length === 1);
      const end = async () => {
        recovery.dispose();
        await journal.dispose();
      };
      return { run: found[0] as RecoveredRun, end };
    };
    await fixture.deadWindow('one').open(samplePlan);
    const second = await recoveredBy('two');
    const other = fixture.recovery('other');
    await other.start();
    expect(busyNodes(other)).toEqual([]);
    other.dispose();
    await second.end();
    const third = await recoveredBy('three');
    expect(third.run.remaining).toEqual([key('db')]);
    await third.run.close();
    await third.end();
    expect(await fixture.watch(fixture.window('four'))).toMatchObject({ interrupted: [], otherWindows: [] });
  });
});
