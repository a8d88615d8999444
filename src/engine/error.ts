import type { NodeKey } from '../graph/model';
import { isBarred, isWayReason, type WayReason } from './transport/reason';

/** Why an engine did not do what it was asked. Parsed once, from the engine's `cause`, never from a status alone. */
export type EngineErrorReason =
  | 'running'
  | 'paused'
  | 'hasDependents'
  | 'isInfra'
  | 'isService'
  /** A volume that a container uses. */
  | 'inUse'
  | 'gone'
  /** EBUSY and its like: worth another try. */
  | 'busy'
  /** The engine's database is locked: worth another try. */
  | 'locked'
  /** Somebody else is removing it at this moment: worth another try. */
  | 'inProgress'
  /** Processes outlived the kill: worth another try. */
  | 'didNotDie'
  /** The container's monitor process (conmon) ended too early: the same call often succeeds the second time. */
  | 'monitorExited'
  /** Another object than the requested one is missing: the pod of a member, a network, an image. */
  | 'otherMissing'
  /** The id of the object is also the name of another one, which the engine would take in its place. */
  | 'ambiguousId'
  /** The engine reports no events. */
  | 'noEvents'
  /** A pod removal that did not take every member; `members` says which. */
  | 'partial'
  | 'unsupported'
  /** Nobody serves at the address, or the connection broke. */
  | 'unreachable'
  /** The socket is there, but not for this user. */
  | 'denied'
  | 'timeout'
  | 'aborted'
  /** HTML, half JSON, a shape that is not the engine's. */
  | 'malformed'
  /** The way there, by TLS or ssh, does not stand. */
  | WayReason
  | 'unknown';

export class EngineError extends Error {
  override readonly name = 'EngineError';

  constructor(
    readonly reason: EngineErrorReason,
    /** The engine's own words, or the system's; one line, no secrets. */
    readonly words: string,
    readonly more: {
      readonly status?: number | undefined;
      /** Full keys of the dependents an engine named in a refusal. */
      readonly dependents?: readonly NodeKey[] | undefined;
      /** What a partial pod removal said of each member that failed. */
      readonly members?: ReadonlyMap<NodeKey, string> | undefined;
      /** What the operating system called it: `ENOENT`. */
      readonly code?: string | undefined;
      /** Host that a failure of TLS or ssh is about. */
      readonly host?: string | undefined;
      /** False where the request certainly never reached the engine: it may be sent again. */
      readonly sent?: false | undefined;
    } = {},
  ) {
    super(`${reason}: ${words}`);
  }

  /** A rejection of any kind as an `EngineError`. */
  static from(thrown: unknown): EngineError {
    if (thrown instanceof EngineError || isOfAnotherBundle(thrown)) return thrown;
    return new EngineError('unknown', thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** Bundles that are loaded lazily have a class of their own by this name. */
function isOfAnotherBundle(thrown: unknown): thrown is EngineError {
  return thrown instanceof Error && thrown.name === 'EngineError' && 'reason' in thrown && 'words' in thrown;
}

const passing: ReadonlySet<EngineErrorReason> = new Set(['busy', 'locked', 'inProgress', 'didNotDie']);

/** Whether the same call may well succeed a moment later. */
export function isPassing(reason: EngineErrorReason): boolean {
  return passing.has(reason);
}

const passingOnce: ReadonlySet<EngineErrorReason> = new Set(['monitorExited', 'otherMissing']);

/** Whether the call is worth sending again after so many attempts. */
export function isWorthRetrying(reason: EngineErrorReason, attempt: number): boolean {
  return isPassing(reason) || (passingOnce.has(reason) && attempt < 2);
}

/** Whether a question that failed so may well be answered a moment later. What was awaited in full is not asked again. */
export function isWorthAskingAgain({ reason, more }: EngineError): boolean {
  if (isPassing(reason) || passingOnce.has(reason)) return true;
  if (reason === 'unreachable') return more.status !== undefined;
  return reason === 'malformed' || (reason === 'unknown' && (more.status ?? 0) >= 500);
}

/** Whether the engine could not be reached at all, so that nothing is known about what was asked. */
export function isLost(reason: EngineErrorReason): boolean {
  if (isWayReason(reason)) return true;
  return reason === 'unreachable' || reason === 'timeout' || reason === 'denied' || reason === 'malformed';
}

/** Whether the engine is there but not for this user: that changes only when somebody does something about it. */
export function isDenied(reason: EngineErrorReason): boolean {
  return reason === 'denied' || isBarred(reason);
}
