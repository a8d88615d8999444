import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { removeStaleFolders } from '../../src/engine/transport/ssh/connector';

const shared = mkdtempSync(path.join(tmpdir(), 'sweep-'));
afterEach(() => rmSync(shared, { recursive: true, force: true }));

/** The id of an exited process. */
const ended = spawnSync(process.execPath, ['--version']).pid;

function folder(pid: number, name: string): string {
  const made = path.join(shared, `podgraph-ssh-${pid}-${name}`);
  mkdirSync(made, { recursive: true });
  writeFileSync(path.join(made, 'engine.sock'), '');
  return made;
}

test("(H5) only folders of this user's exited processes are removed", () => {
  const user = process.getuid?.() ?? 0;
  const [stale, alive] = [folder(ended, 'aaaaaa'), folder(process.pid, 'bbbbbb')];
  const foreign = path.join(shared, `podgraph-ssh-${ended}-cccccc`);
  symlinkSync(alive, foreign);
  removeStaleFolders(shared, user + 1);
  expect([stale, alive, foreign].map((one) => existsSync(one))).toEqual([true, true, true]);
  removeStaleFolders(shared, user);
  expect([stale, alive, foreign].map((one) => existsSync(one))).toEqual([false, true, true]);
});
