import type { NodeKey } from '../../../src/graph/model/model';
import type { Plan } from '../../../src/graph/plan/plan';
import type { Report } from '../../../src/graph/plan/report';
import type { Run } from '../../../src/service';
import type { ElasticClock } from './elasticClock';
import type { ListedObject, TestedEngine } from './engines';
import type { TrialFleet } from './fleet';
import type { FaultProxy } from './proxy';
import type { Disk } from './disk';
import type { TrialWindow } from './window';

/** The parts of one run, for a fault. */
export interface Stage {
  readonly engine: TestedEngine;
  readonly fleet: TrialFleet;
  readonly proxy: FaultProxy;
  readonly window: TrialWindow;
  readonly disk: Disk;
  readonly plan: Plan;
  readonly random: () => number;
  /** Clock of the engine, and of everything but the window. */
  readonly clock: ElasticClock;
  /** Records that the fault occurred. */
  hit(): void;
  /** Records that a required event of the run did not occur. */
  miss(description: string): void;
  /** Socket of the engine that the report is compared with, if it was replaced. */
  serving?: string;
  /** Other engines, which must not change. */
  readonly alsoUnchanged: { readonly socket: string; readonly before: ReadonlyMap<NodeKey, ListedObject> }[];
  /** Opens another window with the same journals and engine. */
  openWindow(): TrialWindow;
  /** Whether the run's interruption occurred; resolves when it has started. */
  readonly interrupted: Promise<boolean>;
  /** Adds work to await before the report is compared with the engine. */
  untilDone(work: Promise<unknown>): void;
  /** Adds cleanup after the comparison. */
  onEnd(undo: () => unknown): void;
}

/** A kind of fault. Every run must call `hit`, or it counts as missed. */
export interface FaultKind {
  readonly name: string;
  /** Has no effect by itself: needs an interruption. */
  readonly isQuiet?: boolean;
  /** The demo engine if it supports the fault, else a real one. */
  readonly on: 'demo' | 'real';
  /** Changes things between the plan and the run. */
  readonly prepare?: (stage: Stage) => Promise<void>;
  /** Starts with the run. The proxy's rules are removed when the run has ended. */
  readonly begin?: (stage: Stage) => void;
  /** Gets the report, if not from the end of the run. */
  readonly report?: (stage: Stage, run: Run) => Promise<Report>;
}
