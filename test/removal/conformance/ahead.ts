import { expect } from 'vitest';
import { nullLog } from '../../silent';
import {
  container,
  exitCode,
  outcomes,
  samplePlan,
  conformanceTest,
  EXITS_ON_SIGTERM,
  remove,
  IGNORES_SIGTERM,
  progressMessages,
  window,
} from './yard';

export function earlyStop(): void {
  conformanceTest(
    'what is told to stop while it waits ends as by a stop: its signal, its grace, its code, no return',
    'everywhere',
    async () => {
      const signalled: string[] = [];
      const note = (words: string) => words.includes('early stop') && signalled.push(words);
      // Two at once, and more than two that live out their grace: others have to wait behind them.
      const narrow = window(2, { ...nullLog, debug: note });
      const kinds = [
        IGNORES_SIGTERM,
        EXITS_ON_SIGTERM,
        IGNORES_SIGTERM,
        IGNORES_SIGTERM,
        EXITS_ON_SIGTERM,
        IGNORES_SIGTERM,
      ];
      const keys = await Promise.all(
        kinds.map((command, number) => container({ name: `c${number}`, command, stopTimeout: 10, restart: 'always' })),
      );
      const report = await remove(await samplePlan(keys, {}, narrow), narrow);
      expect(Object.values(outcomes(report))).toEqual(kinds.map(() => 'removed'));
      expect(signalled.length).toBeGreaterThan(0);
      for (const [number, key] of keys.entries()) {
        expect(await exitCode(key), `c${number}`).toBe(kinds[number] === EXITS_ON_SIGTERM ? 0 : 137);
        const course = progressMessages(key);
        expect(course.slice(course.indexOf('died'))).not.toContain('start');
      }
    },
  );
}
