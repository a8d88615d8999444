import { setTimeout as pause } from 'node:timers/promises';

/** Resolves at Ctrl-C, at a polite kill, or when the process that started this one is gone. Call it first of all. */
export function onInterrupt(): Promise<string> {
  const parent = process.ppid;
  const signal = new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => resolve(name));
  });
  const orphaned = (async () => {
    while (process.ppid === parent) await pause(500, undefined, { ref: false });
    return 'the parent process ended';
  })();
  return Promise.race([signal, orphaned]);
}
