import { sleep } from '../../clock';
import { EngineError, isLost } from '../../engine/error';
import { isTlsReason, isWayReason } from '../../engine/transport/reason';
import type { NodeKey } from '../../graph/model';
import { keyParts } from '../../graph/model';
import { inMilliseconds, total } from '../../graph/stopTimeout';
import { isUp } from '../observed';
import { stopTimeoutIn } from './stopTimes';
import type { UnitResult, UnitWork } from './unitWork';
import { failed } from './unitWork';

/** Milliseconds. A call that broke off goes on inside the engine: how long it is watched beyond its stop timeouts. */
const slack = 5_000;
const poll = 500;
/** How long an engine may be unreachable before its part of the run is given up. */
const lostAfter = 3_000;
/** Milliseconds after a cancel for which a call that broke off is still watched: the engine goes on without us. */
const afterCancel = 60_000;

type Ended = Exclude<UnitResult, { kind: 'done' }>;

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

/** Whether the request never reached the engine: no connection came about. */
export function isUnsent({ reason, more }: EngineError): boolean {
  return more.sent === false || (isWayReason(reason) && isTlsReason(reason));
}

/**
 * Prepares and sends until the engine has been sent something: a failure before that leaves nothing in doubt. It is tried again
 * at once, then every half second, until a cancel ends it, the engine stays out of reach, or it answers.
 *
 * @param attempt `work.sent` says what it has sent; rejects as the engine does
 */
export async function untilSent<T>(
  work: Pick<UnitWork, 'clock' | 'cancelled' | 'sent'>,
  attempt: () => Promise<T>,
): Promise<T | Ended> {
  const { clock, cancelled, sent } = work;
  let since: number | undefined;
  for (;;) {
    try {
      return await orCancelled(work, attempt());
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (sent.size > 0 || !isDoubtful(error)) throw error;
      if (cancelled.aborted) return { kind: 'withdrawn' };
      if (since === undefined) since = clock.now();
      else if (clock.now() - since >= lostAfter) return givenUp(error);
      else await sleep(clock, poll, cancelled);
      if (cancelled.aborted) return { kind: 'withdrawn' };
    }
  }
}

/** Nothing is sent after a cancel: what has sent nothing by then need not be waited for. */
async function orCancelled<T>({ cancelled, sent }: Pick<UnitWork, 'cancelled' | 'sent'>, attempt: Promise<T>) {
  let stopListening: () => void = () => undefined;
  const withdrawn = new Promise<Ended>((resolve) => {
    const onCancel = () => {
      if (sent.size === 0) resolve({ kind: 'withdrawn' });
    };
    cancelled.addEventListener('abort', onCancel, { once: true });
    stopListening = () => cancelled.removeEventListener('abort', onCancel);
  });
  return Promise.race([attempt, withdrawn]).finally(stopListening);
}

/** An engine that answers other questions is not lost because of one that it does not answer. */
function givenUp(error: EngineError): Ended {
  const isAway = error.reason !== 'timeout' && error.reason !== 'malformed' && error.reason !== 'aborted';
  if (isAway) return { kind: 'lost', words: error.words };
  return failed(error.reason, error.words, { again: error.reason !== 'timeout' });
}

/**
 * The engine goes on with a call that broke off, so its work is watched until it is done, or until the engine has had all the
 * time it may need for what was sent; only then may it be tried again. Never is a call of unknown fate sent a second time.
 *
 * @param isDone looks; rejects while the engine does not answer
 */
export async function watch(
  work: Pick<UnitWork, 'clock' | 'unit' | 'plan' | 'observed' | 'sent' | 'cancelled'>,
  error: EngineError,
  isDone: () => Promise<boolean>,
): Promise<'done' | Extract<UnitResult, { kind: 'failed' | 'lost' }>> {
  const { clock, cancelled } = work;
  const began = clock.now();
  let silentSince: number | undefined;
  let cancelledAt = cancelled.aborted ? began : undefined;
  for (;;) {
    if (cancelled.aborted) cancelledAt ??= clock.now();
    try {
      if (await isDone()) return 'done';
      silentSince = undefined;
      const { reason } = error;
      // A call that reached its deadline, or was given up after a cancel, has had its time.
      const stops = reason === 'timeout' || (reason === 'aborted' && cancelled.aborted) ? 0 : timeToStop(work);
      const until = Math.min(began + stops + slack, cancelledAt === undefined ? Infinity : cancelledAt + afterCancel);
      if (clock.now() >= until) break;
    } catch {
      silentSince ??= clock.now();
      if (clock.now() - silentSince >= lostAfter) return { kind: 'lost', words: error.words };
    }
    await sleep(clock, poll);
  }
  const isAbandoned = error.reason === 'aborted' && cancelled.aborted;
  const words = isAbandoned ? 'it was still stopping when the cancelled run ended; the engine goes on' : error.words;
  return failed(error.reason, words, { again: error.reason !== 'timeout' });
}

/** Milliseconds that the engine may need to stop what still runs of what it was sent. */
function timeToStop({ unit, plan, observed, sent }: Pick<UnitWork, 'unit' | 'plan' | 'observed' | 'sent'>): number {
  const isConcerned = (key: NodeKey) => sent.has(key) || [...sent].some((one) => keyParts(one).kind === 'pod');
  const running = [...unit.nodes, ...unit.infra].filter((key) => isConcerned(key) && isUp(observed, key));
  return inMilliseconds(total(running.map((key) => stopTimeoutIn(plan, key))));
}
