import { mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The project's folder. */
export const projectRoot = path.resolve(import.meta.dirname, '..');

/** The ignored folder for what scripts prepare once and keep: engines, editors, their runs. */
export const cacheDir = path.join(projectRoot, '.lab');

/** True while the process of this id lives (a process of somebody else counts). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function takeLockFile(file: string): Promise<boolean> {
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
 * Runs `work` while holding the lock file `.lab/<name>.lock`, so that two processes do not prepare the same thing at once.
 * A lock whose owner is gone is taken over.
 */
export async function withCacheLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  await mkdir(cacheDir, { recursive: true });
  const file = path.join(cacheDir, `${name}.lock`);
  while (!(await takeLockFile(file))) await pause(250);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}
