import { setTimeout as pause } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** Clears away what others left, so that nobody is timed while it happens. */
export function collectGarbage(): void {
  collect();
}

/** Bytes that are held once all garbage is gone. */
export async function retainedBytes(): Promise<number> {
  for (let times = 0; times < 4; times++) {
    collect();
    // What is let go by a finaliser is garbage only then.
    await pause(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
