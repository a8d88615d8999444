import { expect } from 'vitest';
import { silent } from '../../silent';
import { container, exitCode, outcomes, plan, promise, QUICK, remove, STUBBORN, told, window } from './yard';

export function ahead(): void {
  promise(
    'what is told to stop while it waits ends as by a stop: its signal, its grace, its code, no return',
    'everywhere',
    async () => {
      const signalled: string[] = [];
      const note = (words: string) => words.includes('signalled ahead') && signalled.push(words);
      // Two at once, and more than two that live out their grace: others have to wait behind them.
      const narrow = window(2, { ...silent, debug: note });
      const kinds = [STUBBORN, QUICK, STUBBORN, STUBBORN, QUICK, STUBBORN];
      const keys = await Promise.all(
        kinds.map((command, number) => container({ name: `c${number}`, command, stopTimeout: 10, restart: 'always' })),
      );
      const report = await remove(await plan(keys, {}, narrow), narrow);
      expect(Object.values(outcomes(report))).toEqual(kinds.map(() => 'removed'));
      expect(signalled.length).toBeGreaterThan(0);
      for (const [number, key] of keys.entries()) {
        expect(await exitCode(key), `c${number}`).toBe(kinds[number] === QUICK ? 0 : 137);
        const course = told(key);
        expect(course.slice(course.indexOf('died'))).not.toContain('start');
      }
    },
  );
}
