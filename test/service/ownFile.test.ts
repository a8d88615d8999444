import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  fileNameOf,
  isMissing,
  journalFiles,
  type JournalFiles,
  OwnFile,
} from '../../src/service/journal/journalFiles';
import { nullLog } from '../silent';

const missing = () => Object.assign(new Error('ENOENT'), { code: 'ENOENT' });

/** A file whose writes are recorded, and fail as long as there are errors. */
function start(written: readonly string[] = ['head\n']) {
  const calls: string[] = [];
  const errors: Error[] = [];
  const warnings: string[] = [];
  let time = 0;
  const call = (text: string) => {
    calls.push(text);
    const error = errors.shift();
    return error ? Promise.reject(error) : Promise.resolve();
  };
  const files = {
    append: (name: string, text: string, sync: boolean) => call(`append ${name} ${JSON.stringify(text)} ${sync}`),
    create: (name: string, text: string) => call(`create ${name} ${JSON.stringify(text)}`),
    touch: (name: string, at: number) => call(`touch ${name} ${at}`),
    remove: (name: string) => call(`remove ${name}`),
  } as unknown as JournalFiles;
  const clock = { now: () => 0, wallTime: () => time, after: () => () => undefined };
  const log = { ...nullLog, warn: (message: string) => void warnings.push(message) };
  const file = new OwnFile('f', [...written], { files, clock, log });
  /** The calls since the last time. */
  const done = () => calls.splice(0);
  return { file, errors, warnings, done, setTime: (ms: number) => (time = ms) };
}

describe('the lines of a journal', () => {
  test('are written in batches, which are synced if one line must be', async () => {
    const { file, done } = start();
    await Promise.all([file.append('a\n', false), file.append('b\n', true), file.append('c\n', false)]);
    await file.append('d\n', false);
    expect(done()).toEqual(['append f "a\\nb\\nc\\n" true', 'append f "d\\n" false']);
  });

  test('that could not be written are written with the next line, on a new line, and synced', async () => {
    const { file, errors, done, warnings } = start();
    errors.push(new Error('full'), new Error('full'));
    await file.append('a\n', true);
    await file.append('b\n', false);
    await file.append('c\n', false);
    await file.append('d\n', false);
    expect(done()).toEqual([
      'append f "a\\n" true',
      'append f "\\na\\nb\\n" true',
      'append f "\\na\\nb\\nc\\n" true',
      'append f "d\\n" false',
    ]);
    expect(warnings).toEqual(['journal f: Error: full']);
  });

  test('are reported again if a write fails after one that succeeded, or with another error', async () => {
    const { file, errors, warnings } = start();
    errors.push(new Error('full'));
    await file.append('a\n', false);
    await file.append('b\n', false);
    errors.push(new Error('full'), new Error('gone'));
    await file.append('c\n', false);
    await file.append('d\n', false);
    expect(warnings.map((text) => text.slice(-4))).toEqual(['full', 'full', 'gone']);
  });

  test('begin on a new line if the file ends within one', async () => {
    const { file, done } = start(['head\n', 'torn']);
    await file.append('a\n', false);
    expect(done()).toEqual(['append f "\\na\\n" false']);
    const empty = start([]);
    await empty.file.append('a\n', false);
    expect(empty.done()).toEqual(['append f "a\\n" false']);
  });
});

describe('a missing journal', () => {
  test('is written again with all its lines', async () => {
    const { file, errors, done, warnings } = start();
    await file.append('a\n', false);
    errors.push(missing());
    await file.append('b\n', true);
    await file.append('c\n', false);
    expect(done().slice(1)).toEqual([
      'append f "b\\n" true',
      'create f "head\\na\\nb\\n"',
      expect.stringContaining('append f "c\\n" '),
    ]);
    expect(warnings).toEqual([expect.stringContaining('journal f is missing')]);
  });

  test('that ended within a line has a new line there', async () => {
    const { file, errors, done } = start(['torn']);
    errors.push(missing());
    await file.touch();
    errors.push(missing());
    await file.touch();
    expect(done().filter((call) => call.startsWith('create'))).toEqual(['create f "torn\\n"', 'create f "torn\\n"']);
  });

  test('that cannot be written is removed, and written with the next line', async () => {
    const { file, errors, done, warnings } = start();
    errors.push(missing(), new Error('full'), new Error('locked'));
    await file.append('a\n', false);
    expect(done()).toEqual(['append f "a\\n" false', 'create f "head\\na\\n"', 'remove f']);
    expect(warnings.at(-1)).toBe('journal f: Error: full');
    errors.push(missing());
    await file.append('b\n', false);
    expect(done()).toEqual(['append f "\\na\\nb\\n" false', 'create f "head\\na\\nb\\n"']);
  });
});

describe('a heartbeat', () => {
  test('increases the time, even if the clock is set back', async () => {
    const { file, done, setTime } = start();
    setTime(10_000);
    await file.touch();
    setTime(5_000);
    await file.touch();
    setTime(50_000);
    await file.touch();
    expect(done()).toEqual(['touch f 10000', 'touch f 12000', 'touch f 50000']);
  });

  test('writes what could not be written', async () => {
    const { file, errors, done } = start();
    errors.push(new Error('full'));
    await file.append('a\n', false);
    await file.touch();
    await file.touch();
    expect(done().slice(1)).toEqual(['touch f 0', 'append f "\\na\\n" false', 'touch f 2000']);
  });
});

test('nothing is written after the last operation, not even if that fails', async () => {
  const { file, errors, done } = start();
  errors.push(missing());
  const ended: string[] = [];
  const end = file.end((name) => {
    ended.push(name);
    return Promise.reject(missing());
  });
  await Promise.all([end, file.append('a\n', true), file.touch(), file.end(async () => void ended.push('again'))]);
  expect(ended).toEqual(['f']);
  expect(done()).toEqual([]);
});

describe('the folder of journals', () => {
  let folder: string;
  beforeEach(
    async () => void (folder = path.join(await fs.mkdtemp(path.join(tmpdir(), 'podgraph-files-')), 'journals')),
  );
  afterEach(() => fs.rm(path.dirname(folder), { recursive: true, force: true }));

  test('is created with the first journal, which only its user can read', async () => {
    const files = journalFiles(folder);
    expect(await files.names()).toEqual([]);
    await files.create('a', 'one\n');
    await files.append('a', 'two\n', true);
    expect(await files.names()).toEqual(['a']);
    expect((await files.read('a')).text).toBe('one\ntwo\n');
    await expect(files.create('a', '')).rejects.toMatchObject({ code: 'EEXIST' });
    if (process.platform !== 'win32') expect((await fs.stat(path.join(folder, 'a'))).mode & 0o777).toBe(0o600);
  });

  test('has no file that only an append names', async () => {
    const files = journalFiles(folder);
    await files.create('a', '');
    await expect(files.append('b', 'x', false)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(files.read('b')).rejects.toSatisfy(isMissing);
    expect(await files.names()).toEqual(['a']);
    await files.remove('b');
  });

  test('has the time of a heartbeat, and follows a rename', async () => {
    const files = journalFiles(folder);
    await files.create('a', 'text');
    await files.touch('a', 1_000_000);
    await files.rename('a', 'b');
    expect(await files.read('b')).toEqual({ text: 'text', modifiedAt: 1_000_000 });
    await files.remove('b');
    expect(await files.names()).toEqual([]);
  });

  test('has a quarantine, whose old files are deleted', async () => {
    const files = journalFiles(folder);
    await files.pruneQuarantine(0);
    for (const [name, at] of [
      ['old', 1000],
      ['new', 2000],
    ] as const) {
      await files.create(name, name);
      expect(await files.quarantine(name, at)).toBe(path.join(folder, 'quarantined', name));
    }
    await files.pruneQuarantine(2000);
    expect(await fs.readdir(path.join(folder, 'quarantined'))).toEqual(['new']);
  });

  test('has only regular files of a possible size', async () => {
    const files = journalFiles(folder);
    await files.create('large', '');
    await fs.truncate(path.join(folder, 'large'), 256 * 1024 * 1024 + 1);
    await expect(files.read('large')).rejects.toThrow('it is too large');
    await fs.mkdir(path.join(folder, 'folder'));
    await expect(files.read('folder')).rejects.toThrow('it is not a file');
  });
});

test('the file name of an id has no path, and is not too long', () => {
  expect(fileNameOf('../a b/c.d-e_1')).toBe('___a_b_c_d-e_1');
  expect(fileNameOf('x'.repeat(101))).toBe('x'.repeat(100));
});
