import type { NodeKey } from '../../../src/graph/model/model';
import type { Plan } from '../../../src/graph/plan/plan';
import type { Report } from '../../../src/graph/plan/report';
import type { Run } from '../../../src/service';
import type { ElasticClock } from './elasticClock';
import type { Held, TestedEngine } from './engines';
import type { TrialFleet } from './fleet';
import type { FaultProxy } from './proxy';
import type { Disk } from './disk';
import type { TrialWindow } from './window';

/** The parts of one trial, as a fault finds them. */
export interface Stage {
  readonly engine: TestedEngine;
  readonly fleet: TrialFleet;
  readonly proxy: FaultProxy;
  readonly window: TrialWindow;
  readonly disk: Disk;
  readonly plan: Plan;
  readonly random: () => number;
  /** Time of the engine, and of everything but the window. */
  readonly clock: ElasticClock;
  /** The fault took place, once more. */
  hit(): void;
  /** Something else that the run was to show did not take place. */
  miss(what: string): void;
  /** The socket of the engine to which the report is held, if another one serves at the end. */
  serving?: string;
  /** Other engines on which nothing may change. */
  readonly alsoUnchanged: { readonly socket: string; readonly before: ReadonlyMap<NodeKey, Held> }[];
  /** Opens one more window over the same journals and engine. */
  openWindow(): TrialWindow;
  /** Whether the interruption that comes with the run took place; resolves as soon as it has begun. */
  readonly interrupted: Promise<boolean>;
  /** Work that has to be over before the report is held against the engine. */
  untilDone(work: Promise<unknown>): void;
  /** Runs after the report was held against the engine. */
  onEnd(undo: () => unknown): void;
}

/** A kind of fault. Every run of it has to call `hit`, or it counts as missed. */
export interface FaultKind {
  readonly name: string;
  /** It changes nothing by itself: an interruption has to come with it. */
  readonly isQuiet?: boolean;
  /** The demo engine shows it, or only a real one does. */
  readonly on: 'demo' | 'real';
  /** Changes things between the plan and the run. */
  readonly prepare?: (stage: Stage) => Promise<void>;
  /** Begins together with the run. Traffic passes again when the run has ended. */
  readonly begin?: (stage: Stage) => void;
  /** Waits for the report in another way than by the end of the run. */
  readonly report?: (stage: Stage, run: Run) => Promise<Report>;
}
