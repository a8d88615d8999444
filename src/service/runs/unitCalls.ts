import { sleep } from '../../clock';
import { EngineError, isConnectionError, isTlsReason, isTransportError } from '../../engine/error';
import { parseKey, type NodeKey } from '../../graph/model/model';
import { isLaterStart } from '../../graph/model/startTime';
import { inMilliseconds, total } from '../../graph/model/stopTimeout';
import { stopTimeoutIn } from '../../graph/plan/plan';
import { type EngineStateView, isContainerActive, refreshUntilConsistent } from '../state/engineStateView';
import { failure, type UnitContext, type UnitResult } from './runContext';

/**
 * Sends a request that changes a target, and records it unless it certainly did not reach the engine.
 *
 * @param stops whether it stops running containers
 */
export async function sendCall(context: UnitContext, target: NodeKey, stops: boolean, call: () => Promise<void>) {
  const stopped = stops ? containersOf(context, target).filter((key) => isContainerActive(context.observed, key)) : [];
  const undo = context.recorder.recordStopSent(stopped);
  context.sent.add(target);
  try {
    await call();
  } catch (thrown) {
    if (isUnsent(EngineError.from(thrown))) {
      context.sent.delete(target);
      undo();
    }
    throw thrown;
  }
}

/** The containers of the unit that a call to a target affects. */
export function containersOf(
  { observed, unit }: Pick<UnitContext, 'unit'> & { readonly observed: Pick<EngineStateView, 'container'> },
  target: NodeKey,
): readonly NodeKey[] {
  return unit.nodes.filter((key) => key === target || observed.container(key)?.pod === target);
}

/** Milliseconds; reads the observed state only. */
const stateCheckInterval = 200;
/** Milliseconds to wait for the exit of a killed container. */
const exitWait = 5_000;

/**
 * Waits for containers that another client is stopping, up to their stop timeouts, then kills the rest. A second stop would
 * cut the first short (Podman 4.3.1 kills at once) or start the whole timeout again (5.8.6, 6.1.1).
 */
export async function awaitOthersStop(context: UnitContext, keys: readonly NodeKey[]): Promise<void> {
  await Promise.all(keys.map((key) => awaitOne(context, key)));
}

async function awaitOne(context: UnitContext, key: NodeKey): Promise<void> {
  const { clock, observed, plan, engine, unit, cancelled } = context;
  const startedAt = observed.container(key)?.startedAt;
  const isStopping = () => {
    const container = observed.container(key);
    return (
      container?.state === 'stopping' && !(startedAt !== undefined && isLaterStart(container.startedAt, startedAt))
    );
  };
  const until = clock.now() + inMilliseconds(stopTimeoutIn(plan, key));
  while (isStopping() && clock.now() < until && !cancelled.aborted) await sleep(clock, stateCheckInterval, cancelled);
  if (!isStopping() || cancelled.aborted) return;
  try {
    // A stop whose client was killed ends without an event.
    await refreshUntilConsistent(observed, key);
    if (!isStopping() || cancelled.aborted) return;
    context.recorder.recordStopSent([key]);
    await engine.kill(key, 'SIGKILL');
    await observed.waitUntil(unit.engine, () => !isStopping(), exitWait);
  } catch {
    // The request that follows reports the error if it persists.
  }
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
  const isUnreachable = error.reason !== 'timeout' && error.reason !== 'malformed' && error.reason !== 'aborted';
  if (isUnreachable) return { kind: 'disconnected', detail: error.detail };
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
