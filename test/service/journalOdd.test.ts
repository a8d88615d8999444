import * as fs from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecoveredRun, SetAside } from '../../src/service';
import { journalFiles } from '../../src/service/journal/journalFiles';
import type { RecoveryDeps } from '../../src/service/journal/recovery';
import { serializeHeader, readJournal, serializePlan } from '../../src/service/journal/journalFormat';
import { key } from '../graph/build';
import { testWithFixture, type JournalFixture, samplePlan, removed } from './journalLab';

let lab: JournalFixture;
testWithFixture((one) => (lab = one));

const unknown = { kind: 'unknown', words: 'interrupted' };
const day = 24 * 3600 * 1000;

/** Recovery until what the journals hold is settled or set aside. */
async function recovered(more: Partial<RecoveryDeps>, count: number) {
  const settled: RecoveredRun[] = [];
  const aside: SetAside[] = [];
  const recovery = lab.recovery('two', more);
  recovery.onDidRecover.event((one) => settled.push(one));
  recovery.onDidSetAside.event((one) => aside.push(one));
  await recovery.start();
  await lab.until(async () => settled.length + aside.length >= count);
  recovery.dispose();
  return { settled, aside };
}

describe('(J2) a disk that is full for a moment', () => {
  test('loses no line: what could not be written is written with the next one', async () => {
    const files = journalFiles(lab.folder);
    let isFull = false;
    const append = async (name: string, text: string, sync: boolean) => {
      if (!isFull) return files.append(name, text, sync);
      await files.append(name, text.slice(0, text.length / 2), sync);
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    const entry = await lab.window('one', 'here', { ...files, append }).open(samplePlan);
    await entry.markStarted([key('lone')]);
    isFull = true;
    await entry.markStarted([key('web')]);
    entry.markFinished(key('web'), removed);
    isFull = false;
    await entry.markStarted([key('db')]);
    const { outcomes } = readJournal(await fs.readFile(await lab.file(), 'utf8'));
    expect(Object.fromEntries(outcomes)).toEqual({
      [key('lone')]: unknown,
      [key('web')]: removed,
      [key('db')]: unknown,
    });
  });

  test('wherever lines are torn, all whole ones count, and no node that a torn one began counts as untouched', () => {
    const keys = [...samplePlan.nodes.keys()];
    const line = fc.record({ key: fc.constantFrom(...keys), ended: fc.boolean(), cut: fc.option(fc.nat(200)) });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const texts = lines.map(({ key: one, ended, cut }) => {
          const text = serializePlan(
            ended ? { type: 'ended', key: one, outcome: removed } : { type: 'begun', keys: [one] },
          ).trimEnd();
          return cut === null || cut >= text.length ? text : text.slice(0, cut);
        });
        const { outcomes } = readJournal([serializePlan(serializeHeader(samplePlan, 1, 'here')), ...texts].join('\n'));
        for (const one of keys) {
          const mayHaveBegun = lines.some(({ key: named, ended }, at) => named === one && !ended && texts[at] !== '');
          if (mayHaveBegun) expect(outcomes.has(one), texts.join('\n')).toBe(true);
        }
      }),
    );
  });
});

describe('(J3) an odd journal', () => {
  const plans: Record<string, (line: Record<string, unknown>) => unknown> = {
    'without units': ({ units: _, ...others }) => others,
    'with units that are none': (one) => ({ ...one, units: [{}, null, 'x'] }),
    'with units of other nodes': (one) => ({ ...one, units: (one['units'] as unknown[]).slice(1) }),
    'with nodes of another engine than their unit’s': (one) => ({
      ...one,
      units: (one['units'] as { engine: string }[]).map((unit) => ({ ...unit, engine: 'other' })),
    }),
    'with nodes that are none': (one) => ({ ...one, nodes: [{ node: { key: 'x' } }] }),
    'with another action': (one) => ({ ...one, action: 'toString' }),
    'without counts': ({ counts: _, ...others }) => others,
    'that is a list': () => [],
    'that is none': () => null,
  };
  for (const [what, change] of Object.entries(plans)) {
    test(`holds a plan ${what}: it is set aside with a message, and others are recovered`, async () => {
      await lab.deadWindow('one').open(samplePlan);
      const file = await lab.file();
      const line = JSON.parse(await fs.readFile(file, 'utf8')) as { plan: Record<string, unknown> };
      await fs.writeFile(file, `${JSON.stringify({ ...line, plan: change(line.plan) })}\n`);
      await lab.deadWindow('other').open({ ...samplePlan, id: 'removal-2' });
      const { settled, aside } = await recovered({}, 2);
      expect(settled.map(({ report }) => report.plan.id)).toEqual(['removal-2']);
      expect(aside).toEqual([
        { file: expect.stringContaining('set-aside') as string, why: expect.any(String) as string },
      ]);
    });
  }

  test('is no file at all, or cannot be told by its lines: nothing rejects, whatever the folder holds', async () => {
    await fs.mkdir(path.join(lab.folder, 'a.b.removal'), { recursive: true });
    await fs.symlink('/dev/zero', path.join(lab.folder, 'c.d.removal'));
    await fs.symlink('nowhere', path.join(lab.folder, 'e.f.removal'));
    await fs.writeFile(path.join(lab.folder, 'g.h.removal'), Buffer.from([0, 255, 10, 255]));
    const { aside } = await recovered({}, 4);
    expect(aside).toHaveLength(4);
    expect(await fs.readdir(lab.folder)).toEqual(['set-aside']);
  });

  test('however a line is changed, it is read or refused', () => {
    const text = serializePlan(serializeHeader(samplePlan, 1, 'here'));
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 6 }), (at, length, put) => {
        const changed = text.slice(0, at) + put + text.slice(at + length);
        try {
          expect(readJournal(changed).plan.nodes.size).toBeGreaterThan(0);
        } catch (thrown) {
          expect((thrown as Error).name).toBe('JournalError');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('(J4) a journal of another host', () => {
  test('is left to that host, however long it stands still', async () => {
    await lab.deadWindow('one', 'there').open(samplePlan);
    const file = await lab.file();
    const { interrupted, otherWindows, setAside } = await lab.watch(lab.window('two'));
    expect([interrupted, otherWindows, setAside]).toEqual([[], [], []]);
    expect(await lab.file()).toBe(file);
    expect((await lab.watch(lab.window('three', 'there'))).interrupted).toHaveLength(1);
  });

  test('is cleared away when it is old, and what was set aside is deleted when that is old', async () => {
    await lab.deadWindow('one', 'there').open(samplePlan);
    lab.epoch += 31 * day;
    await lab.window('two').find();
    expect(await fs.readdir(lab.folder)).toEqual(['set-aside']);
    lab.epoch += 29 * day;
    await lab.window('three').find();
    expect(await fs.readdir(path.join(lab.folder, 'set-aside'))).toHaveLength(1);
    lab.epoch += 2 * day;
    await lab.window('four').find();
    expect(await fs.readdir(path.join(lab.folder, 'set-aside'))).toEqual([]);
  });
});

describe('nothing is settled against an engine that it does not belong to', () => {
  const whatIsLeft = async () => new Map();

  test('another one at the same address: the journal is set aside', async () => {
    (await lab.deadWindow('one').open(samplePlan)).identified('e', 'the engine of the run');
    const { settled, aside } = await recovered({ whatIsLeft, identityOf: async () => 'another' }, 1);
    expect([settled.length, aside.length]).toEqual([0, 1]);
  });

  test('the same one: it is settled', async () => {
    (await lab.deadWindow('one').open(samplePlan)).identified('e', 'engine');
    const { settled } = await recovered({ whatIsLeft }, 1);
    expect(settled).toHaveLength(1);
  });

  test('one that holds a container of the plan needs not say who it is', async () => {
    (await lab.deadWindow('one').open(samplePlan)).identified('e', 'a host that was called otherwise');
    const { settled } = await recovered({ whatIsLeft: async () => new Map([[key('db'), 'running' as const]]) }, 1);
    expect(settled[0]?.remaining).toEqual([key('db')]);
  });
});

test('(J5) what an engine is needed for that is not shown rests without a question', async () => {
  let [isShown, asked] = [false, 0];
  await lab.deadWindow('one').open(samplePlan);
  const settled: RecoveredRun[] = [];
  const recovery = lab.recovery('two', {
    isShown: () => isShown,
    whatIsLeft: async () => {
      asked++;
      return new Map();
    },
  });
  recovery.onDidRecover.event((one) => settled.push(one));
  await recovery.start();
  await lab.until(async () => (await fs.readdir(lab.folder)).join().includes('.two.'));
  await recovery.tryAll();
  expect(asked).toBe(0);
  isShown = true;
  await recovery.tryAll();
  expect([asked, settled.length]).toEqual([1, 1]);
  recovery.dispose();
});
