import * as fs from 'node:fs/promises';
import { describe, expect, test, vi } from 'vitest';
import type { NodeKey } from '../../src/graph/model';
import type { Recovered } from '../../src/service/index';
import { Journal } from '../../src/service/index';
import { journalFiles } from '../../src/service/journal/files';
import { Recovery } from '../../src/service/journal/recovery';
import { key } from '../graph/build';
import { silent } from '../silent';
import { eachInLab, type JournalLab, plan, removed, silence } from './journalLab';

let lab: JournalLab;
eachInLab((one) => (lab = one));

describe('several windows', () => {
  test('a live removal is shown, and left to its window', async () => {
    await lab.window('one').begin(plan);
    const { interrupted, elsewhere } = await lab.window('two').find();
    expect(interrupted).toEqual([]);
    expect(elsewhere.map((one) => one.plan.id)).toEqual([plan.id]);
  });

  test('heartbeats keep a long removal alive', async () => {
    const files = journalFiles(lab.folder);
    let beaten: () => void = () => undefined;
    const touch = async (name: string, at: number) => {
      await files.touch(name, at);
      beaten();
    };
    await new Journal(lab.folder, 'one', lab.clock, silent, { ...files, touch }).begin(plan);
    for (let beat = 0; beat < 10; beat++) {
      const heard = new Promise<void>((resolve) => (beaten = resolve));
      lab.pass(2_000);
      await heard;
    }
    const { interrupted, elsewhere } = await lab.window('two').find();
    expect([interrupted.length, elsewhere.length]).toEqual([0, 1]);
  });

  test('no beat is left once nothing is under way', async () => {
    const journal = lab.window('one');
    await (await journal.begin(plan)).close();
    lab.pass(2_000);
    expect(await fs.readdir(lab.folder)).toEqual([]);
  });

  test('of several that look for what fell silent, one has it', async () => {
    await lab.deadWindow('one').begin(plan);
    lab.pass(silence);
    const found = await Promise.all(['two', 'three', 'four'].map((name) => lab.window(name).find()));
    expect(found.flatMap(({ interrupted }) => interrupted)).toHaveLength(1);
    expect(found.flatMap(({ setAside }) => setAside)).toEqual([]);
  });

  test('what was taken over is alive in the hands of its new window', async () => {
    await lab.deadWindow('one').begin(plan);
    lab.pass(silence);
    expect((await lab.window('two').find()).interrupted).toHaveLength(1);
    const { interrupted, elsewhere } = await lab.window('three').find();
    expect([interrupted.length, elsewhere.length]).toEqual([0, 1]);
  });

  test('a window that slept through its heartbeats writes nothing more into what another has taken over', async () => {
    const entry = await lab.deadWindow('one').begin(plan);
    lab.pass(silence);
    const [taken] = (await lab.window('two').find()).interrupted;
    await entry.begun([key('web')]);
    await entry.close();
    expect(await fs.readFile(await lab.file(), 'utf8')).not.toContain('begun');
    await taken?.entry.close();
    expect(await fs.readdir(lab.folder)).toEqual([]);
  });

  test('a window that closes in order lets go at once', async () => {
    const journal = lab.window('one');
    await journal.begin(plan);
    await journal.dispose();
    expect((await lab.window('two').find()).interrupted).toHaveLength(1);
  });
});

describe('a live removal of another window', () => {
  const open = (recovery: Recovery) => ['web', 'db', 'lone'].filter((name) => recovery.isElsewhere(key(name)));

  test('is known, node by node, from when it begins to when it ends', async () => {
    const told: NodeKey[] = [];
    const recovery = new Recovery(lab.window('two'), lab.clock, silent, async () => new Map());
    recovery.onDidChangeElsewhere.event((keys) => told.push(...keys));
    try {
      await recovery.begin();
      expect(open(recovery)).toEqual([]);
      const shows = (names: string[]) =>
        vi.waitFor(
          () => {
            lab.pass(300);
            expect(open(recovery)).toEqual(names);
          },
          { timeout: 20_000, interval: 300 },
        );
      const entry = await lab.window('one').begin(plan);
      await shows(['web', 'db', 'lone']);
      await entry.begun([key('web')]);
      entry.ended(key('web'), removed);
      await shows(['db', 'lone']);
      await entry.close();
      await shows([]);
      expect(told.filter((one) => one === key('web'))).toHaveLength(2);
    } finally {
      recovery.dispose();
    }
  });

  test('is this window’s to settle as soon as it falls silent', async () => {
    const recovered: Recovered[] = [];
    const recovery = new Recovery(
      lab.window('two'),
      lab.clock,
      silent,
      async () => new Map([[key('db'), 'running' as const]]),
    );
    recovery.onDidRecover.event((one) => recovered.push(one));
    try {
      await lab.deadWindow('one').begin(plan);
      await recovery.begin();
      expect(open(recovery)).toEqual(['web', 'db', 'lone']);
      lab.pass(silence);
      await vi.waitFor(() => expect(recovered).toHaveLength(1), { timeout: 20_000 });
      expect(recovered[0]?.remaining).toEqual([key('db')]);
      expect(open(recovery)).toEqual([]);
    } finally {
      recovery.dispose();
    }
  });
});
