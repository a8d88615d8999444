import { type Clock } from '../../clock';
import type { CallOptions, Engine } from '../../engine/engine';
import { stopCallTimeout } from '../../engine/timeouts';
import { type NodeKey } from '../../graph/model/model';
import type { StartTime } from '../../graph/model/startTime';
import { type Plan, type Unit } from '../../graph/plan/plan';
import type { FailureReason } from '../../graph/plan/report';
import { inSeconds } from '../../graph/model/stopTimeout';
import type { EngineStateView } from '../state/engineStateView';
import type { VolumeBackups } from './volumeBackups';

/** How one attempt at a unit ended. */
export type UnitResult =
  /** `unchanged`: nodes that were in their target state before anything was sent. */
  | {
      readonly kind: 'done';
      readonly unchanged: ReadonlySet<NodeKey>;
      /** Fields of created nodes that differ from their recipes. */
      readonly differences?: ReadonlyMap<NodeKey, readonly string[]> | undefined;
    }
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

/** Records requests whose outcome may differ from that of their unit. */
export interface RequestRecorder {
  /** Call with active containers just before sending a stop or signal; returns an undo for a request that was not sent. */
  recordStopSent(keys: Iterable<NodeKey>): () => void;
  /** Call just before sending a start. */
  recordStartSent(keys: Iterable<NodeKey>): void;
  /** Call with the nodes of a start unit that run before it starts them. */
  recordStillRunning(keys: Iterable<NodeKey>): void;
  /** Call just before sending an unpause that precedes a stop. */
  recordUnpauseSent(key: NodeKey): void;
}

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
  readonly recorder: RequestRecorder;
  /** The recipes of the removed nodes are on disk. */
  readonly hasRecipes: boolean;
  /** Undefined if the plan saves no volumes. */
  readonly backups: Pick<VolumeBackups, 'pending' | 'save' | 'isUnsaved'> | undefined;
  /** Call with the bytes of volumes copied so far, and with undefined at the end. */
  readonly onBytesCopied: (phase: 'saving' | 'restoring', bytes: number | undefined) => void;
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
