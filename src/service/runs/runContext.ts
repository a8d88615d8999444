import { type Clock, sleep } from '../../clock';
import type { CallOptions, Engine } from '../../engine/engine';
import { EngineError, isConnectionError, isTlsReason, isTransportError } from '../../engine/error';
import { stopDeadline } from '../../engine/timeouts';
import { type EngineId, keyDeps, type NodeKey } from '../../graph/model/model';
import type { Plan, Unit } from '../../graph/plan/plan';
import type { FailureReason } from '../../graph/plan/report';
import { inMilliseconds, inSeconds, total } from '../../graph/model/stopTimeout';
import type { KeyedLockMap } from '../concurrency/keyedLocks';
import type { ConcurrencyLimiter } from '../concurrency/limiter';
import type { JournalEntry } from '../journal/journal';
import type { Log } from '../log';
import type { Operation } from '../service';
import { type EngineStateView, isContainerActive } from '../state/engineStateView';
import type { StartTime } from './outcomeRecorder';
import { stopTimeoutIn } from './stopTimes';

/** How one attempt at a unit ended. */
export type UnitResult =
  /** `already`: what was as wanted before anything was sent. */
  | { readonly kind: 'done'; readonly already: ReadonlySet<NodeKey> }
  | {
      readonly kind: 'failed';
      readonly reason: FailureReason;
      readonly detail: string;
      /** Whether another attempt may go better. */
      readonly again: boolean;
      /** The engine says that it is overloaded. */
      readonly busy: boolean;
      /** What was said of single members of a pod. */
      readonly members: ReadonlyMap<NodeKey, string>;
    }
  /** The engine went away, and nobody knows. */
  | { readonly kind: 'disconnected'; readonly detail: string }
  /** Cancelled: nothing was sent, or no more than what these nodes needed. */
  | { readonly kind: 'aborted'; readonly done?: ReadonlySet<NodeKey> };

export interface UnitContext {
  readonly unit: Unit;
  readonly plan: Plan;
  readonly attempt: number;
  readonly engine: Engine;
  readonly observed: EngineStateView;
  readonly clock: Clock;
  /** Nodes for which a call that changes them was sent in this attempt: their fate is in doubt when an answer fails to come. */
  readonly sent: Set<NodeKey>;
  /** What of the unit was told to stop before this attempt. */
  readonly alreadySignalled: ReadonlySet<NodeKey>;
  /**
   * Of a unit that undoes another: what was sent a stop before that one was cancelled, and may be on its way down, with when
   * it had started.
   */
  readonly goingDown: ReadonlyMap<NodeKey, StartTime>;
  /** Whether others, or the end of it all, wait for this unit to be proved done. */
  readonly verifyImmediately: () => boolean;
  /** To be called just before anything is sent that ends what runs. */
  readonly onRequestSent: () => void;
  /** To be called with what is active just before a call is sent that stops it; returns what takes that back where it was not sent. */
  readonly onStopSent: (keys: Iterable<NodeKey>) => () => void;
  /** To be called just before a call is sent that starts these. */
  readonly onStartSent: (keys: Iterable<NodeKey>) => void;
  /** To be called with what still runs of a unit that a restart is to bring up. */
  readonly onStillUp: (keys: Iterable<NodeKey>) => void;
  /** To be called just before one is resumed, so that it can be stopped. */
  readonly onUnpauseSent: (key: NodeKey) => void;
  /** To be called when the engine has answered all that was sent: proof may come later, and costs it nothing. */
  readonly onResponse: () => void;
  /** Aborted when the run is cancelled: nothing more may be sent, what was sent is waited for. */
  readonly cancelled: AbortSignal;
  /** Aborted some time after a cancel: calls that may take very long are then given up, and the engine goes on alone. */
  readonly abandoned: AbortSignal;
}

/** Milliseconds. How long the event of a change may lag behind the answer before the engine is asked. */
const patience = 500;
/**
 * The same where others wait for the proof, and asking costs little: with events alone the links of a chain went one in each
 * quarter of a second, however fast they were deleted (Podman 5.8.6).
 */
const urgentPatience = 20;

/** Milliseconds for which the event that proves a unit done is waited for; then the engine is asked. */
export function verifyDelayMs({
  verifyImmediately,
  observed,
  unit,
}: Pick<UnitContext, 'verifyImmediately' | 'observed' | 'unit'>): number {
  if (!observed.hasEvents(unit.engine)) return 0;
  return verifyImmediately() ? urgentPatience : patience;
}

/** Seconds. A call whose stop timeouts are longer is not waited for to its end after a cancel. */
const longStop = 300;

/** The bounds of a call that stops, or may stop, what is in the unit. */
export function stopBounds({ unit, abandoned }: Pick<UnitContext, 'unit' | 'abandoned'>): CallOptions {
  const isLong = inSeconds(unit.stopTimeout) > longStop;
  return { deadline: stopDeadline(unit.stopTimeout), ...(isLong ? { signal: abandoned } : {}) };
}

export function failure(
  reason: FailureReason,
  detail: string,
  more: { again?: boolean; busy?: boolean; members?: ReadonlyMap<NodeKey, string> | undefined } = {},
): Extract<UnitResult, { kind: 'failed' }> {
  const { again = false, busy: reportOverload = false, members = new Map() } = more;
  return { kind: 'failed', reason, detail, again, busy: reportOverload, members };
}

/** What a run is given by the service that it belongs to. */
export interface RunManagerDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly observed: EngineStateView;
  readonly operations: KeyedLockMap<NodeKey, Operation>;
  readonly limiters: (engine: EngineId) => ConcurrencyLimiter;
  /** Writes the plan down before anything is sent; undefined where nothing can be written. */
  readonly journal: (plan: Plan) => Promise<JournalEntry | undefined>;
  /** Told of every node whose state within the removal changed. */
  readonly onChange: (keys: readonly NodeKey[]) => void;
}

/** Milliseconds. A call that broke off goes on inside the engine: how long it is watched beyond its stop timeouts. */
const slack = 5_000;
const poll = 500;
/** How long an engine may be unreachable before its part of the run is given up. */
const lostAfter = 3_000;
/** Milliseconds after a cancel for which a call that broke off is still watched: the engine goes on without us. */
const afterCancel = 60_000;

type Ended = Exclude<UnitResult, { kind: 'done' }>;

/** Whether nobody can tell from the failure if the engine did what it was asked. */
export function isOutcomeUnknown({ reason, details }: EngineError): boolean {
  // A page of something in front of the engine that refused the request itself.
  if (reason === 'malformed' && details.status !== undefined && details.status >= 400 && details.status < 500)
    return false;
  return reason === 'aborted' || (reason !== 'denied' && isConnectionError(reason));
}

/** Whether the engine itself is out of this user's reach. A call that was answered and forbidden concerns its object alone. */
export function isBarredFrom({ reason, details }: EngineError): boolean {
  return reason === 'denied' && details.status === undefined;
}

/** Whether the request never reached the engine: no connection came about. */
export function isUnsent({ reason, details }: EngineError): boolean {
  return details.sent === false || (isTransportError(reason) && isTlsReason(reason));
}

/**
 * Prepares and sends until the engine has been sent something: a failure before that leaves nothing in doubt. It is tried again
 * at once, then every half second, until a cancel ends it, the engine stays out of reach, or it answers.
 *
 * @param attempt `work.sent` says what it has sent; rejects as the engine does
 */
export async function untilSent<T>(
  work: Pick<UnitContext, 'clock' | 'cancelled' | 'sent'>,
  attempt: () => Promise<T>,
): Promise<T | Ended> {
  const { clock, cancelled, sent } = work;
  let since: number | undefined;
  for (;;) {
    try {
      return await orCancelled(work, attempt());
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (sent.size > 0 || !isOutcomeUnknown(error)) throw error;
      if (cancelled.aborted) return { kind: 'aborted' };
      if (since === undefined) since = clock.now();
      else if (clock.now() - since >= lostAfter) return givenUp(error);
      else await sleep(clock, poll, cancelled);
      if (cancelled.aborted) return { kind: 'aborted' };
    }
  }
}

/** Nothing is sent after a cancel: what has sent nothing by then need not be waited for. */
async function orCancelled<T>({ cancelled, sent }: Pick<UnitContext, 'cancelled' | 'sent'>, attempt: Promise<T>) {
  let stopListening: () => void = () => undefined;
  const withdrawn = new Promise<Ended>((resolve) => {
    const onCancel = () => {
      if (sent.size === 0) resolve({ kind: 'aborted' });
    };
    cancelled.addEventListener('abort', onCancel, { once: true });
    stopListening = () => cancelled.removeEventListener('abort', onCancel);
  });
  return Promise.race([attempt, withdrawn]).finally(stopListening);
}

/** An engine that answers other questions is not lost because of one that it does not answer. */
function givenUp(error: EngineError): Ended {
  const isAway = error.reason !== 'timeout' && error.reason !== 'malformed' && error.reason !== 'aborted';
  if (isAway) return { kind: 'disconnected', detail: error.detail };
  return failure(error.reason, error.detail, { again: error.reason !== 'timeout' });
}

/**
 * The engine goes on with a call that broke off, so its work is watched until it is done, or until the engine has had all the
 * time it may need for what was sent; only then may it be tried again. Never is a call of unknown fate sent a second time.
 *
 * @param isDone looks; rejects while the engine does not answer
 */
export async function waitForOutcome(
  work: Pick<UnitContext, 'clock' | 'unit' | 'plan' | 'observed' | 'sent' | 'cancelled'>,
  error: EngineError,
  isDone: () => Promise<boolean>,
): Promise<'done' | Extract<UnitResult, { kind: 'failed' | 'disconnected' }>> {
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
      if (clock.now() - silentSince >= lostAfter) return { kind: 'disconnected', detail: error.detail };
    }
    await sleep(clock, poll);
  }
  const isAbandoned = error.reason === 'aborted' && cancelled.aborted;
  const detail = isAbandoned ? 'it was still stopping when the cancelled run ended; the engine goes on' : error.detail;
  return failure(error.reason, detail, { again: error.reason !== 'timeout' });
}

/** Milliseconds that the engine may need to stop what still runs of what it was sent. */
function timeToStop({ unit, plan, observed, sent }: Pick<UnitContext, 'unit' | 'plan' | 'observed' | 'sent'>): number {
  const isConcerned = (key: NodeKey) => sent.has(key) || [...sent].some((one) => keyDeps(one).kind === 'pod');
  const running = [...unit.nodes, ...unit.infra].filter((key) => isConcerned(key) && isContainerActive(observed, key));
  return inMilliseconds(total(running.map((key) => stopTimeoutIn(plan, key))));
}
