import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Removes the folders of this user's processes that were killed: their ssh ended with them, its socket stayed. The temporary
 * folder is shared: of other users nothing is touched, not even by root, nor what is no folder.
 */
export function sweepFolders(within = tmpdir(), user = process.getuid?.()): void {
  for (const name of readdirSync(within)) {
    const owner = Number(/^podgraph-ssh-(\d+)-\w{6}$/.exec(name)?.[1]);
    const folder = path.join(within, name);
    if (owner && !isAlive(owner) && isOwn(folder, user)) remove(folder);
  }
}

function isOwn(folder: string, user: number | undefined): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && (user === undefined || stat.uid === user);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** What cannot be removed stays: another window may sweep at the same time. */
function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    return;
  }
}
