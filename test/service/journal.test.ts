import * as fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { key } from '../graph/build';
import { testWithFixture, type JournalFixture, nothing, samplePlan, removed } from './journalFixture';

let fixture: JournalFixture;
testWithFixture((one) => (fixture = one));

const day = 24 * 3600 * 1000;

describe('the journal of a killed window', () => {
  test('the plan and outcomes are read as they were written', async () => {
    const entry = await fixture.deadWindow('one').open(samplePlan);
    await entry.markStarted([key('web'), key('lone')]);
    entry.markFinished(key('web'), removed);
    await entry.markStarted([key('db')]);
    const [found] = (await fixture.watch(fixture.window('two'))).interrupted;
    const { protects: _, ...options } = samplePlan.options;
    expect(found?.plan).toEqual({ ...samplePlan, options });
    const unknown = { kind: 'unknown', message: 'interrupted' };
    expect(Object.fromEntries(found?.outcomes ?? [])).toEqual({
      [key('web')]: removed,
      [key('lone')]: unknown,
      [key('db')]: unknown,
    });
  });

  test('a truncated last line is ignored', async () => {
    const entry = await fixture.deadWindow('one').open(samplePlan);
    await entry.markStarted([key('web')]);
    await fs.appendFile(await fixture.file(), '{"type":"finished","key":"e/cont');
    const { interrupted, quarantined } = await fixture.watch(fixture.window('two'));
    expect(quarantined).toEqual([]);
    expect([...(interrupted[0]?.outcomes.keys() ?? [])]).toEqual([key('web')]);
  });

  test('a finished run leaves none', async () => {
    const entry = await fixture.deadWindow('one').open(samplePlan);
    await entry.markStarted([key('web')]);
    await entry.close();
    expect(await fixture.watch(fixture.window('two'))).toEqual(nothing);
  });

  test('no run leaves none', async () => {
    expect(await fixture.watch(fixture.window('two'))).toEqual(nothing);
  });
});

describe('an unreadable journal is quarantined, with the reason', () => {
  const broken: Record<string, (text: string) => string> = {
    'an empty file': () => '',
    'no JSON': () => 'hello\n',
    'another format': (text) => text.replace('"format":5', '"format":1'),
    'a plan without nodes': (text) => text.replace(/"nodes":\[.*\](?=[,}])/, '"nodes":null'),
    'a plan that plans nothing (J3)': () =>
      '{"type":"plan","format":5,"at":1,"host":"here","plan":{"id":"a","nodes":[]}}\n',
    'a plan of another version (J3)': () => '{"type":"plan","format":1,"at":1,"plan":{"id":"a","nodes":[]}}\n',
  };
  for (const [what, damage] of Object.entries(broken)) {
    test(what, async () => {
      await fixture.deadWindow('one').open(samplePlan);
      const file = await fixture.file();
      await fs.writeFile(file, damage(await fs.readFile(file, 'utf8')));
      const { interrupted, otherWindows, quarantined } = await fixture.watch(fixture.window('two'));
      expect([interrupted, otherWindows]).toEqual([[], []]);
      expect(quarantined).toEqual([
        { file: expect.stringContaining('quarantined') as string, why: expect.any(String) as string },
      ]);
      expect(await fs.readFile(quarantined[0]?.file ?? '', 'utf8')).toBeDefined();
      expect(await fixture.watch(fixture.window('three'))).toEqual(nothing);
    });
  }

  test('a journal older than a week', async () => {
    await fixture.deadWindow('one').open(samplePlan);
    fixture.epoch += 8 * day;
    expect((await fixture.watch(fixture.window('two'))).quarantined).toMatchObject([{ why: 'it is too old' }]);
  });

  test('but not one that another window may be writing', async () => {
    await fs.mkdir(fixture.folder);
    const file = path.join(fixture.folder, 'removal-9.other.removal');
    await fs.writeFile(file, '{"type":"pl');
    expect(await fixture.window('two').scan()).toEqual({ ...nothing, isPending: true });
    expect(await fixture.file()).toBe(file);
  });
});

test('rejects if the journal cannot be written', async () => {
  await fs.writeFile(fixture.folder, 'a file where the folder should be');
  await expect(fixture.window('one').open(samplePlan)).rejects.toThrow();
});
