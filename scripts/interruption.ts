import { setTimeout as pause } from 'node:timers/promises';

/** Resolves on SIGINT, SIGTERM or SIGHUP, or when the parent process ended. Call it before anything else. */
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
