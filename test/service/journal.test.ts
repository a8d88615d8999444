import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Clock } from '../../src/engine/clock';
import type { Plan } from '../../src/graph/plan';
import { planRemoval } from '../../src/graph/planRemoval';
import type { NodeKey } from '../../src/graph/model';
import type { Recovered } from '../../src/service/index';
import { Journal } from '../../src/service/index';
import { journalFiles } from '../../src/service/journal/files';
import { Recovery } from '../../src/service/journal/recovery';
import { graphOf, key } from '../graph/build';
import { silent } from './schedule';

/** Real files, and a clock whose hands the test moves. */
class Lab {
  private readonly timers = new Set<{ at: number; fn: () => void }>();
  private time = Date.now();
  readonly clock: Clock = {
    now: () => this.time,
    after: (ms, fn) => {
      const timer = { at: this.time + ms, fn };
      this.timers.add(timer);
      return () => this.timers.delete(timer);
    },
  };

  constructor(readonly folder: string) {}

  window(name: string): Journal {
    return new Journal(this.folder, name, this.clock, silent);
  }

  /** A window that was killed: its timers never fire. */
  deadWindow(name: string): Journal {
    return new Journal(this.folder, name, { now: () => this.time, after: () => () => undefined }, silent);
  }

  pass(ms: number) {
    this.time += ms;
    for (const timer of [...this.timers]) {
      if (timer.at > this.time) continue;
      this.timers.delete(timer);
      timer.fn();
    }
  }

  async file(): Promise<string> {
    const names = (await fs.readdir(this.folder)).filter((name) => name.endsWith('.removal'));
    expect(names).toHaveLength(1);
    return path.join(this.folder, names[0] ?? '');
  }
}

const plan: Plan = planRemoval(
  'removal-1',
  graphOf('web>db lone'),
  { chosen: ['web', 'db', 'lone'].map(key), everything: true },
  { dependents: 'include', running: 'stop', grace: 3, protects: () => undefined },
);
const removed = { kind: 'removed' } as const;
/** Longer than a journal may be silent. */
const silence = 9_000;
const nothing = { interrupted: [], elsewhere: [], setAside: [] };

let lab: Lab;
beforeEach(async () => {
  lab = new Lab(path.join(await fs.mkdtemp(path.join(os.tmpdir(), 'podgraph-journal-')), 'journals'));
});
afterEach(() => fs.rm(path.dirname(lab.folder), { recursive: true, force: true }));

describe('what a killed window leaves', () => {
  test('the plan and what became of each node are read back as they were', async () => {
    const entry = await lab.deadWindow('one').begin(plan);
    await entry.begun([key('web'), key('lone')]);
    entry.ended(key('web'), removed);
    await entry.begun([key('db')]);
    lab.pass(silence);
    const [found] = (await lab.window('two').find()).interrupted;
    const { protects: _, ...options } = plan.options;
    expect(found?.plan).toEqual({ ...plan, options });
    const unknown = { kind: 'unknown', words: 'interrupted' };
    expect(Object.fromEntries(found?.outcomes ?? [])).toEqual({
      [key('web')]: removed,
      [key('lone')]: unknown,
      [key('db')]: unknown,
    });
  });

  test('a last line that was cut off is left out', async () => {
    const entry = await lab.deadWindow('one').begin(plan);
    await entry.begun([key('web')]);
    await fs.appendFile(await lab.file(), '{"type":"ended","key":"e/cont');
    lab.pass(silence);
    const { interrupted, setAside } = await lab.window('two').find();
    expect(setAside).toEqual([]);
    expect([...(interrupted[0]?.outcomes.keys() ?? [])]).toEqual([key('web')]);
  });

  test('nothing of a removal that came to its end', async () => {
    const entry = await lab.deadWindow('one').begin(plan);
    await entry.begun([key('web')]);
    await entry.close();
    lab.pass(silence);
    expect(await lab.window('two').find()).toEqual(nothing);
  });

  test('nothing at all where no removal ever ran', async () => {
    expect(await lab.window('two').find()).toEqual(nothing);
  });
});

describe('what cannot be read is set aside, with the reason', () => {
  const broken: Record<string, (text: string) => string> = {
    'an empty file': () => '',
    'no JSON': () => 'hello\n',
    'another format': (text) => text.replace('"format":1', '"format":0'),
    'a plan without nodes': (text) => text.replace(/"nodes":\[.*\](?=[,}])/, '"nodes":null'),
    'a line in the middle that is damaged': (text) => `${text}{"type":"beg\n{"type":"begun","keys":[]}\n`,
  };
  for (const [what, damage] of Object.entries(broken)) {
    test(what, async () => {
      await lab.deadWindow('one').begin(plan);
      const file = await lab.file();
      await fs.writeFile(file, damage(await fs.readFile(file, 'utf8')));
      lab.pass(silence);
      const { interrupted, elsewhere, setAside } = await lab.window('two').find();
      expect([interrupted, elsewhere]).toEqual([[], []]);
      expect(setAside).toEqual([
        { file: expect.stringContaining('set-aside') as string, why: expect.any(String) as string },
      ]);
      expect(await fs.readFile(setAside[0]?.file ?? '', 'utf8')).toBeDefined();
      expect(await lab.window('three').find()).toEqual(nothing);
    });
  }

  test('a journal of more than a week ago', async () => {
    await lab.deadWindow('one').begin(plan);
    lab.pass(8 * 24 * 3600 * 1000);
    expect((await lab.window('two').find()).setAside).toMatchObject([{ why: 'it is too old' }]);
  });

  test('but not what another window may just be writing', async () => {
    await fs.mkdir(lab.folder);
    const file = path.join(lab.folder, 'removal-9.other.removal');
    await fs.writeFile(file, '{"type":"pl');
    await fs.utimes(file, new Date(lab.clock.now()), new Date(lab.clock.now()));
    expect(await lab.window('two').find()).toEqual(nothing);
    expect(await lab.file()).toBe(file);
  });
});

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

test('where nothing can be written, a plan is refused rather than lost', async () => {
  await fs.writeFile(lab.folder, 'a file where the folder should be');
  await expect(lab.window('one').begin(plan)).rejects.toThrow();
});

describe('a live removal of another window', () => {
  const stateless = () => undefined;
  const open = (recovery: Recovery) => ['web', 'db', 'lone'].filter((name) => recovery.isElsewhere(key(name)));

  test('is known, node by node, from when it begins to when it ends', async () => {
    const told: NodeKey[] = [];
    const recovery = new Recovery(lab.window('two'), lab.clock, silent, async () => new Set(), stateless);
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
    const recovery = new Recovery(lab.window('two'), lab.clock, silent, async () => new Set([key('db')]), stateless);
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
