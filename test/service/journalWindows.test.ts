import * as fs from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import type { NodeKey } from '../../src/graph/model/model';
import type { RecoveredRun } from '../../src/service';
import { journalFiles } from '../../src/service/journal/journalFiles';
import type { Recovery } from '../../src/service/journal/recovery';
import { key } from '../graph/build';
import { testWithFixture, type JournalFixture, samplePlan, removed } from './journalLab';

let lab: JournalFixture;
testWithFixture((one) => (lab = one));

const open = (recovery: Recovery) => ['web', 'db', 'lone'].filter((name) => recovery.isBusyInOtherWindow(key(name)));

describe('several windows', () => {
  test('a live removal is shown, and left to its window', async () => {
    await lab.window('one').open(samplePlan);
    const { interrupted, otherWindows } = await lab.window('two').find();
    expect(interrupted).toEqual([]);
    expect(otherWindows.map((one) => one.plan.id)).toEqual([samplePlan.id]);
  });

  test('heartbeats keep a long removal alive', async () => {
    const files = journalFiles(lab.folder);
    let beaten: () => void = () => undefined;
    const touch = async (name: string, at: number) => {
      await files.touch(name, at);
      beaten();
    };
    await lab.window('one', 'here', { ...files, touch }).open(samplePlan);
    const two = lab.window('two');
    for (let beat = 0; beat < 10; beat++) {
      const { interrupted, otherWindows } = await two.find();
      expect([interrupted.length, otherWindows.length]).toEqual([0, 1]);
      const heard = new Promise<void>((resolve) => (beaten = resolve));
      lab.pass(2_000);
      await heard;
    }
  });

  test('no beat is left once nothing is under way', async () => {
    const journal = lab.window('one');
    await (await journal.open(samplePlan)).close();
    lab.pass(2_000);
    expect(await fs.readdir(lab.folder)).toEqual([]);
  });

  test('of several that look for what fell silent, one has it', async () => {
    await lab.deadWindow('one').open(samplePlan);
    const windows = ['two', 'three', 'four'].map((name) => lab.window(name));
    const found = [];
    for (let looks = 0; looks < 6; looks++) {
      found.push(...(await Promise.all(windows.map((window) => window.find()))));
      lab.pass(2_000);
    }
    expect(found.flatMap(({ interrupted }) => interrupted)).toHaveLength(1);
    expect(found.flatMap(({ setAside }) => setAside)).toEqual([]);
  });

  test('what was taken over is alive in the hands of its new window', async () => {
    await lab.deadWindow('one').open(samplePlan);
    expect((await lab.watch(lab.window('two'))).interrupted).toHaveLength(1);
    const { interrupted, otherWindows } = await lab.window('three').find();
    expect([interrupted.length, otherWindows.length]).toEqual([0, 1]);
  });

  test('(J1) a window that stalled finds its journal gone and writes it again; the other one drops what it took', async () => {
    const entry = await lab.deadWindow('one').open(samplePlan);
    await entry.markStarted([key('lone')]);
    const two = lab.window('two');
    const [taken] = (await lab.watch(two)).interrupted;
    expect(taken?.plan.id).toBe(samplePlan.id);
    await entry.markStarted([key('web')]);
    entry.markFinished(key('web'), removed);
    await entry.markStarted([key('db')]);
    const { otherWindows } = await two.find();
    const unknown = { kind: 'unknown', words: 'interrupted' };
    expect(otherWindows.map(({ outcomes }) => Object.fromEntries(outcomes))).toEqual([
      { [key('lone')]: unknown, [key('web')]: removed, [key('db')]: unknown },
    ]);
    await Promise.all([entry.close(), taken?.entry.close()]);
    expect(await fs.readdir(lab.folder)).toEqual([]);
  });

  test('(J1) what took over a run that goes on after all does not settle it', async () => {
    const told: unknown[] = [];
    const one = await lab.deadWindow('one').open(samplePlan);
    let isShown = false;
    const recovery = lab.recovery('two', { isShown: () => isShown });
    recovery.onDidRecover.event((report) => told.push(report));
    try {
      await recovery.start();
      await lab.until(async () => (await fs.readdir(lab.folder)).join().includes('.two.'));
      await one.markStarted([key('web')]);
      await lab.until(async () => !(await fs.readdir(lab.folder)).join().includes('.two.'));
      isShown = true;
      await recovery.tryAll();
      expect(told).toEqual([]);
      expect(open(recovery)).toEqual(['web', 'db', 'lone']);
    } finally {
      recovery.dispose();
    }
  });

  test('(J1) neither a clock set forward nor a suspended machine makes a live journal stand still', async () => {
    await lab.window('one').open(samplePlan);
    const two = lab.window('two');
    await two.find();
    lab.epoch += 3_600_000;
    expect((await two.find()).interrupted).toEqual([]);
    lab.epoch -= 7_200_000;
    expect((await two.find()).interrupted).toEqual([]);
    // The heartbeat fires at the same moment as the look of the other window.
    lab.pass(600_000);
    expect((await two.find()).interrupted).toEqual([]);
    expect((await lab.watch(two)).interrupted).toEqual([]);
  });

  test('(J1) a heartbeat is a later time each time, whatever the clock is set to', async () => {
    await lab.window('one').open(samplePlan);
    const file = await lab.file();
    const times: number[] = [];
    for (let beat = 0; beat < 3; beat++) {
      const { mtimeMs } = await fs.stat(file);
      times.push(mtimeMs);
      lab.epoch -= 60_000;
      lab.pass(2_000);
      await lab.until(async () => (await fs.stat(file)).mtimeMs !== mtimeMs);
    }
    expect(times.slice(1)).toEqual([...times.slice(1)].sort((a, b) => a - b));
  });

  test('a window that closes in order lets go at once', async () => {
    const journal = lab.window('one');
    await journal.open(samplePlan);
    await journal.dispose();
    expect((await lab.window('two').find()).interrupted).toHaveLength(1);
  });
});

describe('a live removal of another window', () => {
  test('is known, node by node, from when it begins to when it ends', async () => {
    const told: NodeKey[] = [];
    const recovery = lab.recovery('two');
    recovery.onDidChangeOtherWindows.event((keys) => told.push(...keys));
    try {
      await recovery.start();
      expect(open(recovery)).toEqual([]);
      const shows = (names: string[]) =>
        vi.waitFor(
          () => {
            lab.pass(300);
            expect(open(recovery)).toEqual(names);
          },
          { timeout: 20_000, interval: 300 },
        );
      const entry = await lab.window('one').open(samplePlan);
      await shows(['web', 'db', 'lone']);
      await entry.markStarted([key('web')]);
      entry.markFinished(key('web'), removed);
      await shows(['db', 'lone']);
      await entry.close();
      await shows([]);
      expect(told.filter((one) => one === key('web'))).toHaveLength(2);
    } finally {
      recovery.dispose();
    }
  });

  test('is this window’s to settle as soon as it falls silent', async () => {
    const recovered: RecoveredRun[] = [];
    const recovery = lab.recovery('two', {
      whatIsLeft: async () => new Map([[key('db'), 'running' as const]]),
    });
    recovery.onDidRecover.event((one) => recovered.push(one));
    try {
      await lab.deadWindow('one').open(samplePlan);
      await recovery.start();
      expect(open(recovery)).toEqual(['web', 'db', 'lone']);
      await lab.until(async () => recovered.length === 1);
      expect(recovered[0]?.remaining).toEqual([key('db')]);
      expect(open(recovery)).toEqual([]);
    } finally {
      recovery.dispose();
    }
  });
});
