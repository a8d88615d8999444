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
  eventActions,
  window,
} from './fixture';

export function earlyStop(): void {
  conformanceTest(
    'an early stop ends a container like a stop: its signal, stop timeout and exit code, and no restart',
    'everywhere',
    async () => {
      const signalled: string[] = [];
      const debug = (text: string) => text.includes('early stop') && signalled.push(text);
      // Limit 2, and more than two that use their full stop timeout: the others have to wait.
      const limited = window(2, { ...nullLog, debug });
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
      const report = await remove(await samplePlan(keys, {}, limited), limited);
      expect(Object.values(outcomes(report))).toEqual(kinds.map(() => 'removed'));
      expect(signalled.length).toBeGreaterThan(0);
      for (const [number, key] of keys.entries()) {
        expect(await exitCode(key), `c${number}`).toBe(kinds[number] === EXITS_ON_SIGTERM ? 0 : 137);
        const actions = eventActions(key);
        expect(actions.slice(actions.indexOf('exit'))).not.toContain('start');
      }
    },
  );
}
