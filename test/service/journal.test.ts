import * as fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { key } from '../graph/build';
import { testWithFixture, type JournalFixture, nothing, samplePlan, removed } from './journalLab';

let lab: JournalFixture;
testWithFixture((one) => (lab = one));

const day = 24 * 3600 * 1000;

describe('what a killed window leaves', () => {
  test('the plan and what became of each node are read back as they were', async () => {
    const entry = await lab.deadWindow('one').open(samplePlan);
    await entry.markStarted([key('web'), key('lone')]);
    entry.markFinished(key('web'), removed);
    await entry.markStarted([key('db')]);
    const [found] = (await lab.watch(lab.window('two'))).interrupted;
    const { protects: _, ...options } = samplePlan.options;
    expect(found?.plan).toEqual({ ...samplePlan, options });
    const unknown = { kind: 'unknown', message: 'interrupted' };
    expect(Object.fromEntries(found?.outcomes ?? [])).toEqual({
      [key('web')]: removed,
      [key('lone')]: unknown,
      [key('db')]: unknown,
    });
  });

  test('a last line that was cut off is left out', async () => {
    const entry = await lab.deadWindow('one').open(samplePlan);
    await entry.markStarted([key('web')]);
    await fs.appendFile(await lab.file(), '{"type":"ended","key":"e/cont');
    const { interrupted, setAside } = await lab.watch(lab.window('two'));
    expect(setAside).toEqual([]);
    expect([...(interrupted[0]?.outcomes.keys() ?? [])]).toEqual([key('web')]);
  });

  test('nothing of a removal that came to its end', async () => {
    const entry = await lab.deadWindow('one').open(samplePlan);
    await entry.markStarted([key('web')]);
    await entry.close();
    expect(await lab.watch(lab.window('two'))).toEqual(nothing);
  });

  test('nothing at all where no removal ever ran', async () => {
    expect(await lab.watch(lab.window('two'))).toEqual(nothing);
  });
});

describe('what cannot be read is set aside, with the reason', () => {
  const broken: Record<string, (text: string) => string> = {
    'an empty file': () => '',
    'no JSON': () => 'hello\n',
    'another format': (text) => text.replace('"format":3', '"format":1'),
    'a plan without nodes': (text) => text.replace(/"nodes":\[.*\](?=[,}])/, '"nodes":null'),
    'a plan that plans nothing (J3)': () =>
      '{"type":"plan","format":3,"at":1,"host":"here","plan":{"id":"a","nodes":[]}}\n',
    'a plan of another version (J3)': () => '{"type":"plan","format":1,"at":1,"plan":{"id":"a","nodes":[]}}\n',
  };
  for (const [what, damage] of Object.entries(broken)) {
    test(what, async () => {
      await lab.deadWindow('one').open(samplePlan);
      const file = await lab.file();
      await fs.writeFile(file, damage(await fs.readFile(file, 'utf8')));
      const { interrupted, otherWindows, setAside } = await lab.watch(lab.window('two'));
      expect([interrupted, otherWindows]).toEqual([[], []]);
      expect(setAside).toEqual([
        { file: expect.stringContaining('set-aside') as string, why: expect.any(String) as string },
      ]);
      expect(await fs.readFile(setAside[0]?.file ?? '', 'utf8')).toBeDefined();
      expect(await lab.watch(lab.window('three'))).toEqual(nothing);
    });
  }

  test('a journal of more than a week ago', async () => {
    await lab.deadWindow('one').open(samplePlan);
    lab.epoch += 8 * day;
    expect((await lab.watch(lab.window('two'))).setAside).toMatchObject([{ why: 'it is too old' }]);
  });

  test('but not what another window may just be writing', async () => {
    await fs.mkdir(lab.folder);
    const file = path.join(lab.folder, 'removal-9.other.removal');
    await fs.writeFile(file, '{"type":"pl');
    expect(await lab.window('two').find()).toEqual({ ...nothing, isPending: true });
    expect(await lab.file()).toBe(file);
  });
});

test('where nothing can be written, a plan is refused rather than lost', async () => {
  await fs.writeFile(lab.folder, 'a file where the folder should be');
  await expect(lab.window('one').open(samplePlan)).rejects.toThrow();
});
