import { mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The project's folder. */
export const projectRoot = path.resolve(import.meta.dirname, '..');

/** The cache of scripts, ignored by git: engines, editors, their run folders. */
export const cacheDir = path.join(projectRoot, '.lab');

/** Whether a process with this id exists, of any user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function acquireLockFile(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const owner = Number(await readFile(file, 'utf8').catch(() => ''));
  if (owner && !isAlive(owner)) await rm(file, { force: true });
  return false;
}

/**
 * Runs `work` while holding the lock file `.lab/<name>.lock`, shared by all processes. A lock whose owner has exited is
 * removed.
 */
export async function withCacheLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  await mkdir(cacheDir, { recursive: true });
  const file = path.join(cacheDir, `${name}.lock`);
  while (!(await acquireLockFile(file))) await pause(250);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}
