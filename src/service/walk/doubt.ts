import { sleep } from '../../clock';
import type { EngineError } from '../../engine/error';
import { isLost } from '../../engine/error';
import type { UnitResult, UnitWork } from './unitWork';
import { failed } from './unitWork';

/** Milliseconds. A call that broke off goes on inside the engine: how long it is watched beyond its grace periods. */
const slack = 5_000;
const poll = 500;
/** How long an engine may be unreachable before its part of the run is given up. */
const lostAfter = 3_000;

/** Whether nobody can tell from the failure if the engine did what it was asked. */
export function isDoubtful({ reason, more }: EngineError): boolean {
  // A page of something in front of the engine that refused the request itself.
  if (reason === 'malformed' && more.status !== undefined && more.status >= 400 && more.status < 500) return false;
  return reason === 'aborted' || (reason !== 'denied' && isLost(reason));
}

/** Whether the engine itself is out of this user's reach. A call that was answered and forbidden concerns its object alone. */
export function isBarredFrom({ reason, more }: EngineError): boolean {
  return reason === 'denied' && more.status === undefined;
}

/**
 * The engine goes on with a call that broke off, so its work is watched until it is done, or until the engine has had all the
 * time it may need; only then may it be tried again. Never is a call of unknown fate sent a second time.
 *
 * @param isDone looks; rejects while the engine does not answer
 */
export async function watch(
  { clock, unit }: Pick<UnitWork, 'clock' | 'unit'>,
  error: EngineError,
  isDone: () => Promise<boolean>,
): Promise<'done' | Extract<UnitResult, { kind: 'failed' | 'lost' }>> {
  const until = clock.now() + (error.reason === 'timeout' ? 0 : unit.grace * 1000) + slack;
  let silentSince: number | undefined;
  for (;;) {
    try {
      if (await isDone()) return 'done';
      silentSince = undefined;
      if (clock.now() >= until) break;
    } catch {
      silentSince ??= clock.now();
      if (clock.now() - silentSince >= lostAfter) return { kind: 'lost', words: error.words };
    }
    await sleep(clock, poll);
  }
  return failed(error.reason, error.words, { again: error.reason !== 'timeout' });
}
