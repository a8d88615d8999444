import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Removes the folders of processes that were killed: their ssh ended with them, its socket stayed. */
export function sweepFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = Number(/^podgraph-ssh-(\d+)-\w{6}$/.exec(name)?.[1]);
    if (owner && !isAlive(owner)) remove(path.join(tmpdir(), name));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Those of other users stay. */
function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    return;
  }
}
