import { type Clock, sleep } from '../../clock';
import type { CallOptions, Engine } from '../../engine/engine';
import { EngineError, isConnectionError, isTlsReason, isTransportError } from '../../engine/error';
import { stopCallTimeout } from '../../engine/timeouts';
import { type EngineId, parseKey, type NodeKey } from '../../graph/model/model';
import type { Plan, Unit } from '../../graph/plan/plan';
import type { FailureReason } from '../../graph/plan/report';
import { inMilliseconds, inSeconds, total } from '../../graph/model/stopTimeout';
import type { KeyedLockMap } from '../concurrency/keyedLocks';
import type { ConcurrencyLimiter } from '../concurrency/limiter';
import type { JournalEntry } from '../journal/journal';
import type { Log } from '../log';
import type { Operation } from '../service';
import { type EngineStateView, isContainerActive } from '../state/engineStateView';
import type { StartTime } from './startTime';
import { stopTimeoutIn } from './stopTimes';

/** How one attempt at a unit ended. */
export type UnitResult =
  /** `unchanged`: nodes that were in their target state before anything was sent. */
  | { readonly kind: 'done'; readonly unchanged: ReadonlySet<NodeKey> }
  | {
      readonly kind: 'failed';
      readonly reason: FailureReason;
      readonly detail: string;
      /** Whether another attempt may succeed. */
      readonly canRetry: boolean;
      /** The engine reported overload. */
      readonly busy: boolean;
      /** Error messages of single pod members. */
      readonly members: ReadonlyMap<NodeKey, string>;
    }
  /** The engine disconnected: the outcome is unknown. */
  | { readonly kind: 'disconnected'; readonly detail: string }
  /** Cancelled: nothing was sent, or only requests for the nodes in `done`. */
  | { readonly kind: 'aborted'; readonly done?: ReadonlySet<NodeKey> };

/** One attempt at a unit. */
export interface UnitContext {
  readonly unit: Unit;
  readonly plan: Plan;
  readonly attempt: number;
  readonly engine: Engine;
  readonly observed: EngineStateView;
  readonly clock: Clock;
  /** Nodes for which a request was sent in this attempt: without a response, their outcome is unknown. */
  readonly sent: Set<NodeKey>;
  /** Containers that were signalled before this attempt. */
  readonly alreadySignalled: ReadonlySet<NodeKey>;
  /** In a start unit of a restart: containers that its stop unit sent a stop, with their start times then. */
  readonly pendingStops: ReadonlyMap<NodeKey, StartTime>;
  /** Whether other units, or the end of the run, wait for this unit. */
  readonly verifyImmediately: () => boolean;
  /** Call just before sending anything that stops containers. */
  readonly onRequestSent: () => void;
  /** Call with active containers just before sending a stop; returns an undo for a request that was not sent. */
  readonly onStopSent: (keys: Iterable<NodeKey>) => () => void;
  /** Call just before sending a start. */
  readonly onStartSent: (keys: Iterable<NodeKey>) => void;
  /** Call with the nodes of a start unit that run before it starts them. */
  readonly onStillRunning: (keys: Iterable<NodeKey>) => void;
  /** Call just before sending an unpause that precedes a stop. */
  readonly onUnpauseSent: (key: NodeKey) => void;
  /** Call after the engine responded to all requests; verification may follow. */
  readonly onResponse: () => void;
  /** Aborted when the run is cancelled: nothing more is sent, but responses are awaited. */
  readonly cancelled: AbortSignal;
  /** Aborted some time after a cancel: calls with a very long stop timeout are abandoned. */
  readonly abandoned: AbortSignal;
}

/** Milliseconds to wait for the event that confirms a change before the engine is queried. */
const verifyDelay = 500;
/**
 * The same if other units wait: Podman 5.8.6 delivers events in batches every 250 ms, which would limit a chain of
 * dependencies to four removals per second.
 */
const immediateVerifyDelay = 20;

export function verifyDelayMs({
  verifyImmediately,
  observed,
  unit,
}: Pick<UnitContext, 'verifyImmediately' | 'observed' | 'unit'>): number {
  if (!observed.hasEvents(unit.engine)) return 0;
  return verifyImmediately() ? immediateVerifyDelay : verifyDelay;
}

/** Seconds; a call with a longer stop timeout can be abandoned after a cancel. */
const longStop = 300;

/** Deadline and signal of a call that may stop the unit's containers. */
export function stopBounds({ unit, abandoned }: Pick<UnitContext, 'unit' | 'abandoned'>): CallOptions {
  const isLong = inSeconds(unit.stopTimeout) > longStop;
  return { timeoutMs: stopCallTimeout(unit.stopTimeout), ...(isLong ? { signal: abandoned } : {}) };
}

export function failure(
  reason: FailureReason,
  detail: string,
  more: { canRetry?: boolean; busy?: boolean; members?: ReadonlyMap<NodeKey, string> | undefined } = {},
): Extract<UnitResult, { kind: 'failed' }> {
  const { canRetry = false, busy = false, members = new Map() } = more;
  return { kind: 'failed', reason, detail, canRetry, busy, members };
}

export interface PlanRunDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly observed: EngineStateView;
  readonly operations: KeyedLockMap<NodeKey, Operation>;
  readonly limiters: (engine: EngineId) => ConcurrencyLimiter;
  /** Records the plan before anything is sent; undefined if there is no journal or it cannot be written. */
  readonly journal: (plan: Plan) => Promise<JournalEntry | undefined>;
  /** Called with nodes whose operation or outcome changed. */
  readonly onChange: (keys: readonly NodeKey[]) => void;
}

/** Milliseconds beyond the stop timeouts for which the outcome of an interrupted call is awaited. */
const outcomeMargin = 5_000;
/** Milliseconds. */
const pollInterval = 500;
/** Milliseconds without a response after which the engine counts as disconnected. */
const disconnectAfter = 3_000;
/** Milliseconds after a cancel for which the outcome of an interrupted call is still awaited. */
const cancelLimit = 60_000;

type Ended = Exclude<UnitResult, { kind: 'done' }>;

/** Whether the engine may have executed the request despite the error. */
export function isOutcomeUnknown({ reason, details }: EngineError): boolean {
  // A proxy in front of the engine rejected the request.
  if (reason === 'malformed' && details.status !== undefined && details.status >= 400 && details.status < 500)
    return false;
  return reason === 'aborted' || (reason !== 'denied' && isConnectionError(reason));
}

/** Whether the user has no access to the engine; a forbidden response concerns only the requested object. */
export function isEngineAccessDenied({ reason, details }: EngineError): boolean {
  return reason === 'denied' && details.status === undefined;
}

/** Whether the request did not reach the engine. */
export function isUnsent({ reason, details }: EngineError): boolean {
  return details.sent === false || (isTransportError(reason) && isTlsReason(reason));
}

/**
 * Retries while connection errors occur before a request was sent (`sent` is empty): immediately, then every 500 ms, until
 * a cancel or for `disconnectAfter`. Rejects with an `EngineError`.
 */
export async function untilSent<T>(
  context: Pick<UnitContext, 'clock' | 'cancelled' | 'sent'>,
  attempt: () => Promise<T>,
): Promise<T | Ended> {
  const { clock, cancelled, sent } = context;
  let since: number | undefined;
  for (;;) {
    try {
      return await orCancelled(context, attempt());
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (sent.size > 0 || !isOutcomeUnknown(error)) throw error;
      if (cancelled.aborted) return { kind: 'aborted' };
      if (since === undefined) since = clock.now();
      else if (clock.now() - since >= disconnectAfter) return unsentResult(error);
      else await sleep(clock, pollInterval, cancelled);
      if (cancelled.aborted) return { kind: 'aborted' };
    }
  }
}

/** Does not await an attempt that has sent nothing when the run is cancelled. */
async function orCancelled<T>({ cancelled, sent }: Pick<UnitContext, 'cancelled' | 'sent'>, attempt: Promise<T>) {
  let stopListening: () => void = () => undefined;
  const aborted = new Promise<Ended>((resolve) => {
    const onCancel = () => {
      if (sent.size === 0) resolve({ kind: 'aborted' });
    };
    cancelled.addEventListener('abort', onCancel, { once: true });
    stopListening = () => cancelled.removeEventListener('abort', onCancel);
  });
  return Promise.race([attempt, aborted]).finally(stopListening);
}

/** One request without a response does not mean that the engine is disconnected. */
function unsentResult(error: EngineError): Ended {
  const isAway = error.reason !== 'timeout' && error.reason !== 'malformed' && error.reason !== 'aborted';
  if (isAway) return { kind: 'disconnected', detail: error.detail };
  return failure(error.reason, error.detail, { canRetry: error.reason !== 'timeout' });
}

/**
 * The engine continues an interrupted call: polls until it is done or the engine has had the time it may need. Only then may
 * it be retried, so that no request is sent twice while its outcome is unknown.
 *
 * @param isDone rejects while the engine does not respond
 */
export async function waitForOutcome(
  context: Pick<UnitContext, 'clock' | 'unit' | 'plan' | 'observed' | 'sent' | 'cancelled'>,
  error: EngineError,
  isDone: () => Promise<boolean>,
): Promise<'done' | Extract<UnitResult, { kind: 'failed' | 'disconnected' }>> {
  const { clock, cancelled } = context;
  const startedAt = clock.now();
  let silentSince: number | undefined;
  let cancelledAt = cancelled.aborted ? startedAt : undefined;
  for (;;) {
    if (cancelled.aborted) cancelledAt ??= clock.now();
    try {
      if (await isDone()) return 'done';
      silentSince = undefined;
      const { reason } = error;
      // After its deadline, or abandoned after a cancel, the stop timeouts have passed.
      const stopTime = reason === 'timeout' || (reason === 'aborted' && cancelled.aborted) ? 0 : timeToStop(context);
      const cancelEnds = cancelledAt === undefined ? Infinity : cancelledAt + cancelLimit;
      if (clock.now() >= Math.min(startedAt + stopTime + outcomeMargin, cancelEnds)) break;
    } catch {
      silentSince ??= clock.now();
      if (clock.now() - silentSince >= disconnectAfter) return { kind: 'disconnected', detail: error.detail };
    }
    await sleep(clock, pollInterval);
  }
  const isAbandoned = error.reason === 'aborted' && cancelled.aborted;
  const detail = isAbandoned ? 'still stopping when the cancelled run ended; the engine continues' : error.detail;
  return failure(error.reason, detail, { canRetry: error.reason !== 'timeout' });
}

/** Milliseconds that the engine may need to stop the running containers that requests were sent for. */
function timeToStop({ unit, plan, observed, sent }: Pick<UnitContext, 'unit' | 'plan' | 'observed' | 'sent'>): number {
  const isAffected = (key: NodeKey) => sent.has(key) || [...sent].some((one) => parseKey(one).kind === 'pod');
  const running = [...unit.nodes, ...unit.infra].filter((key) => isAffected(key) && isContainerActive(observed, key));
  return inMilliseconds(total(running.map((key) => stopTimeoutIn(plan, key))));
}
