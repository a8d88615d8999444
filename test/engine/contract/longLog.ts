import { expect } from 'vitest';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '../../../src/clock';
import { followLog, type LogLine, type LogStatus } from '../../../src/service/streams/followLog';
import { defaultBounds, LogBuffer } from '../../../src/view/documents/logBuffer';
import { exclusiveContractTest } from './contractContext';
import { isDocker, isUnderSystemd } from './engineVersion';

/**
 * Lines of 1,000 characters, so that the engine's overhead per line is small. Fewer under systemd: journald and Podman's
 * reading of it take over three minutes for 100 MB on two busy cores.
 */
const lines = isUnderSystemd ? 30_000 : 100_000;
const line = 999;
const megabyte = 1_000_000;
const total = lines * (line + 1);

/** Bytes in use after garbage collection. */
function inUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A container prints many times what is kept. */
export function longLog(): void {
  exclusiveContractTest(
    `${total / megabyte} MB are followed in bounded memory, to the end`,
    { on: 'real' },
    async (context) => {
      const printing = `/busybox awk 'BEGIN { for (n = 0; n < ${lines}; n++) printf "%0${line}d\\n", n }'; echo the end`;
      const key = await context.container({ name: 'x', command: ['/busybox', 'sh', '-c', printing] });
      let shown = '';
      const surface = {
        append: (text: string) => void (shown += text),
        replace: (text: string) => void (shown = text),
      };
      const buffer = new LogBuffer(surface, (count) => `… ${count} …`);
      const notices: LogStatus['kind'][] = [];
      let bytes = 0;
      let most = 0;
      let sampledAt = 0;
      const before = inUse();
      let down: () => void = () => undefined;
      const isDown = new Promise<void>((resolve) => (down = resolve));
      let reading: Promise<void> | undefined;
      const reader = {
        onLines: async (some: readonly LogLine[]) => {
          // Reading starts when all is printed: until then, it waits in the engine.
          reading ??= context.event(key, 'exit').then(() => undefined);
          await reading;
          for (const { text } of some) {
            bytes += text.length + 1;
            buffer.push(text);
            expect(buffer.length).toBeLessThanOrEqual(4 * defaultBounds.characters);
            if (buffer.isFull) buffer.flush();
          }
          if (bytes - sampledAt < 10 * megabyte) return;
          sampledAt = bytes;
          most = Math.max(most, inUse());
          await turn();
        },
        onNotice: ({ kind }: LogStatus) => {
          notices.push(kind);
          if (kind === 'stopped') down();
        },
      };
      const changed = () => new Promise<void>((resolve) => setTimeout(resolve, 100));
      const following = new AbortController();
      const done = followLog(
        { inspector: context.engine, clock: systemClock, changed },
        { key },
        reader,
        following.signal,
      );
      await isDown;
      buffer.flush();
      const all = total + 'the end\n'.length;
      // Podman skips lines of a followed log that is written faster than it reads (4.3.1 and 5.8.6 send 4 to 20 of 100 MB
      // at any reading speed); the last lines are complete.
      if (isDocker) expect(bytes).toBe(all);
      else expect(bytes).toBeGreaterThan(megabyte);
      expect(most - before).toBeLessThan(0.4 * total);
      expect(shown.length).toBeLessThanOrEqual(3 * defaultBounds.characters);
      expect(shown.endsWith('the end\n')).toBe(true);
      expect(shown).toMatch(/^… \d+ …\n/);
      await context.engine.remove(key, { force: true });
      await done;
      expect(notices.filter((kind) => kind !== 'resumed')).toEqual(['stopped', 'gone']);
    },
  );
}
