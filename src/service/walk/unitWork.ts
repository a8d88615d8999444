import type { Clock } from '../../clock';
import { stopDeadline } from '../../engine/deadlines';
import type { CallOptions, Engine } from '../../engine/engine';
import type { NodeKey } from '../../graph/model';
import type { Plan, Unit } from '../../graph/plan';
import type { FailureReason } from '../../graph/report';
import { inSeconds } from '../../graph/stopTimeout';
import type { StartTime } from './ledger';
import type { Observed } from '../observed';

/** How one attempt at a unit ended. */
export type UnitResult =
  /** `already`: what was as wanted before anything was sent. */
  | { readonly kind: 'done'; readonly already: ReadonlySet<NodeKey> }
  | {
      readonly kind: 'failed';
      readonly reason: FailureReason;
      readonly words: string;
      /** Whether another attempt may go better. */
      readonly again: boolean;
      /** The engine says that it is overloaded. */
      readonly busy: boolean;
      /** What was said of single members of a pod. */
      readonly members: ReadonlyMap<NodeKey, string>;
    }
  /** The engine went away, and nobody knows. */
  | { readonly kind: 'lost'; readonly words: string }
  /** Cancelled: nothing was sent, or no more than what these nodes needed. */
  | { readonly kind: 'withdrawn'; readonly done?: ReadonlySet<NodeKey> };

export interface UnitWork {
  readonly unit: Unit;
  readonly plan: Plan;
  readonly attempt: number;
  readonly engine: Engine;
  readonly observed: Observed;
  readonly clock: Clock;
  /** Nodes for which a call that changes them was sent in this attempt: their fate is in doubt when an answer fails to come. */
  readonly sent: Set<NodeKey>;
  /** What of the unit was told to stop before this attempt. */
  readonly told: ReadonlySet<NodeKey>;
  /**
   * Of a unit that undoes another: what was sent a stop before that one was cancelled, and may be on its way down, with when
   * it had started.
   */
  readonly goingDown: ReadonlyMap<NodeKey, StartTime>;
  /** Whether others, or the end of it all, wait for this unit to be proved done. */
  readonly isUrgent: () => boolean;
  /** To be called just before anything is sent that ends what runs. */
  readonly onSend: () => void;
  /** To be called with what is active just before a call is sent that stops it; returns what takes that back where it was not sent. */
  readonly onStopSent: (keys: Iterable<NodeKey>) => () => void;
  /** To be called just before a call is sent that starts these. */
  readonly onStartSent: (keys: Iterable<NodeKey>) => void;
  /** To be called with what still runs of a unit that a restart is to bring up. */
  readonly onStillUp: (keys: Iterable<NodeKey>) => void;
  /** To be called just before one is resumed, so that it can be stopped. */
  readonly onUnpauseSent: (key: NodeKey) => void;
  /** To be called when the engine has answered all that was sent: proof may come later, and costs it nothing. */
  readonly onAnswer: () => void;
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
export function proofPatience({ isUrgent, observed, unit }: Pick<UnitWork, 'isUrgent' | 'observed' | 'unit'>): number {
  if (!observed.hasEvents(unit.engine)) return 0;
  return isUrgent() ? urgentPatience : patience;
}

/** Seconds. A call whose stop timeouts are longer is not waited for to its end after a cancel. */
const longStop = 300;

/** The bounds of a call that stops, or may stop, what is in the unit. */
export function stopBounds({ unit, abandoned }: Pick<UnitWork, 'unit' | 'abandoned'>): CallOptions {
  const isLong = inSeconds(unit.grace) > longStop;
  return { deadline: stopDeadline(unit.grace), ...(isLong ? { signal: abandoned } : {}) };
}

export function failed(
  reason: FailureReason,
  words: string,
  more: { again?: boolean; busy?: boolean; members?: ReadonlyMap<NodeKey, string> | undefined } = {},
): Extract<UnitResult, { kind: 'failed' }> {
  const { again = false, busy = false, members = new Map() } = more;
  return { kind: 'failed', reason, words, again, busy, members };
}
