import * as fs from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecoveredRun, QuarantinedJournal } from '../../src/service';
import { journalFiles } from '../../src/service/journal/journalFiles';
import type { RecoveryDeps } from '../../src/service/journal/recovery';
import { toPlanLine, parseJournal, serializeJournalLine } from '../../src/service/journal/journalFormat';
import { cases } from '../amounts';
import { key } from '../graph/build';
import { testWithFixture, type JournalFixture, samplePlan, removed } from './journalFixture';

let fixture: JournalFixture;
testWithFixture((one) => (fixture = one));

const unknown = { kind: 'unknown', message: 'interrupted' };
const day = 24 * 3600 * 1000;

/** Runs recovery until that many journals are reconciled or quarantined. */
async function recovered(more: Partial<RecoveryDeps>, count: number) {
  const settled: RecoveredRun[] = [];
  const quarantined: QuarantinedJournal[] = [];
  const recovery = fixture.recovery('two', more);
  recovery.onDidRecover.event((one) => settled.push(one));
  recovery.onDidQuarantine.event((one) => quarantined.push(one));
  await recovery.start();
  await fixture.until(async () => settled.length + quarantined.length >= count);
  recovery.dispose();
  return { settled, quarantined };
}

describe('(J2) a temporarily full disk', () => {
  test('loses no line: it is written with the next one', async () => {
    const files = journalFiles(fixture.folder);
    let isFull = false;
    const append = async (name: string, text: string, sync: boolean) => {
      if (!isFull) return files.append(name, text, sync);
      await files.append(name, text.slice(0, text.length / 2), sync);
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    const entry = await fixture.window('one', 'here', { ...files, append }).open(samplePlan);
    await entry.markStarted([key('lone')]);
    isFull = true;
    await entry.markStarted([key('web')]);
    entry.markFinished(key('web'), removed);
    isFull = false;
    await entry.markStarted([key('db')]);
    const { outcomes } = parseJournal(await fs.readFile(await fixture.file(), 'utf8'));
    expect(Object.fromEntries(outcomes)).toEqual({
      [key('lone')]: unknown,
      [key('web')]: removed,
      [key('db')]: unknown,
    });
  });

  test('with truncated lines, complete ones count, and no started node counts as unattempted', () => {
    const keys = [...samplePlan.nodes.keys()];
    const line = fc.record({ key: fc.constantFrom(...keys), ended: fc.boolean(), cut: fc.option(fc.nat(200)) });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const texts = lines.map(({ key: one, ended, cut }) => {
          const text = serializeJournalLine(
            ended ? { type: 'finished', key: one, outcome: removed } : { type: 'started', keys: [one] },
          ).trimEnd();
          return cut === null || cut >= text.length ? text : text.slice(0, cut);
        });
        const { outcomes } = parseJournal(
          [serializeJournalLine(toPlanLine(samplePlan, 1, 'here')), ...texts].join('\n'),
        );
        for (const one of keys) {
          const mayHaveBegun = lines.some(({ key: named, ended }, at) => named === one && !ended && texts[at] !== '');
          if (mayHaveBegun) expect(outcomes.has(one), texts.join('\n')).toBe(true);
        }
      }),
    );
  });
});

describe('(J3) an invalid journal', () => {
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
    test(`holds a plan ${what}: it is quarantined with a message, and others are recovered`, async () => {
      await fixture.deadWindow('one').open(samplePlan);
      const file = await fixture.file();
      const line = JSON.parse(await fs.readFile(file, 'utf8')) as { plan: Record<string, unknown> };
      await fs.writeFile(file, `${JSON.stringify({ ...line, plan: change(line.plan) })}\n`);
      await fixture.deadWindow('other').open({ ...samplePlan, id: 'removal-2' });
      const { settled, quarantined } = await recovered({}, 2);
      expect(settled.map(({ report }) => report.plan.id)).toEqual(['removal-2']);
      expect(quarantined).toEqual([
        { file: expect.stringContaining('quarantined') as string, why: expect.any(String) as string },
      ]);
    });
  }

  test('that is not a regular file, or binary: nothing rejects', async () => {
    await fs.mkdir(path.join(fixture.folder, 'a.b.removal'), { recursive: true });
    await fs.symlink('/dev/zero', path.join(fixture.folder, 'c.d.removal'));
    await fs.symlink('nowhere', path.join(fixture.folder, 'e.f.removal'));
    await fs.writeFile(path.join(fixture.folder, 'g.h.removal'), Buffer.from([0, 255, 10, 255]));
    const { quarantined } = await recovered({}, 4);
    expect(quarantined).toHaveLength(4);
    expect(await fs.readdir(fixture.folder)).toEqual(['quarantined']);
  });

  test('with any change in a line is parsed or rejected', () => {
    const text = serializeJournalLine(toPlanLine(samplePlan, 1, 'here'));
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 6 }), (at, length, put) => {
        const changed = text.slice(0, at) + put + text.slice(at + length);
        try {
          expect(parseJournal(changed).plan.nodes.size).toBeGreaterThan(0);
        } catch (thrown) {
          expect((thrown as Error).name).toBe('JournalError');
        }
      }),
      { numRuns: 20 * cases },
    );
  });
});

describe('(J4) a journal of another host', () => {
  test('is left to that host, even if stale', async () => {
    await fixture.deadWindow('one', 'there').open(samplePlan);
    const file = await fixture.file();
    const { interrupted, otherWindows, quarantined } = await fixture.watch(fixture.window('two'));
    expect([interrupted, otherWindows, quarantined]).toEqual([[], [], []]);
    expect(await fixture.file()).toBe(file);
    expect((await fixture.watch(fixture.window('three', 'there'))).interrupted).toHaveLength(1);
  });

  test('is quarantined when it is old, and later deleted', async () => {
    await fixture.deadWindow('one', 'there').open(samplePlan);
    fixture.epoch += 31 * day;
    await fixture.window('two').scan();
    expect(await fs.readdir(fixture.folder)).toEqual(['quarantined']);
    fixture.epoch += 29 * day;
    await fixture.window('three').scan();
    expect(await fs.readdir(path.join(fixture.folder, 'quarantined'))).toHaveLength(1);
    fixture.epoch += 2 * day;
    await fixture.window('four').scan();
    expect(await fs.readdir(path.join(fixture.folder, 'quarantined'))).toEqual([]);
  });
});

describe('reconciles only with the engine of the run', () => {
  const listNodes = async () => new Map();

  test('another engine at the same address: the journal is quarantined', async () => {
    (await fixture.deadWindow('one').open(samplePlan)).recordIdentity('e', 'the engine of the run');
    const { settled, quarantined } = await recovered({ listNodes, identityOf: async () => 'another' }, 1);
    expect([settled.length, quarantined.length]).toEqual([0, 1]);
  });

  test('the same engine: it is reconciled', async () => {
    (await fixture.deadWindow('one').open(samplePlan)).recordIdentity('e', 'engine');
    const { settled } = await recovered({ listNodes }, 1);
    expect(settled).toHaveLength(1);
  });

  test('an engine with a container of the plan need not have the same identity', async () => {
    (await fixture.deadWindow('one').open(samplePlan)).recordIdentity('e', 'a host that was called otherwise');
    const { settled } = await recovered({ listNodes: async () => new Map([[key('db'), 'running' as const]]) }, 1);
    expect(settled[0]?.remaining).toEqual([key('db')]);
  });
});

test('(J5) a run whose engine is not shown waits without requests', async () => {
  let [isConnected, asked] = [false, 0];
  await fixture.deadWindow('one').open(samplePlan);
  const settled: RecoveredRun[] = [];
  const recovery = fixture.recovery('two', {
    isConnected: () => isConnected,
    listNodes: async () => {
      asked++;
      return new Map();
    },
  });
  recovery.onDidRecover.event((one) => settled.push(one));
  await recovery.start();
  await fixture.until(async () => (await fs.readdir(fixture.folder)).join().includes('.two.'));
  await recovery.tryAll();
  expect(asked).toBe(0);
  isConnected = true;
  await recovery.tryAll();
  expect([asked, settled.length]).toEqual([1, 1]);
  recovery.dispose();
});
