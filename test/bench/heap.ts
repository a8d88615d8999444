import { setTimeout as pause } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

/** Collects garbage now, so that it does not happen during a measurement. */
export function collectGarbage(): void {
  collect();
}

/** Bytes in use after garbage collection. */
export async function retainedBytes(): Promise<number> {
  for (let times = 0; times < 4; times++) {
    collect();
    // Finalizers may release more.
    await pause(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
