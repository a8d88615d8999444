import type { Clock } from '../clock';
import type { DefaultFor } from '../engine/discovery/connection';
import type { Engine } from '../engine/engine';
import type { EngineId } from '../graph/model/model';
import type { Journal } from './journal/journal';
import type { JournalFiles } from './journal/journalFiles';
import type { Log } from './service';
import type { InspectionStore } from './state/inspectionCache';

/** A connection to show. */
export interface EngineSource {
  readonly id: EngineId;
  readonly label: string;
  readonly engine: Engine;
  /** The command-line client whose default connection it is. */
  readonly defaultFor?: DefaultFor | undefined;
  /** Simulated in this window: no run on it can be recovered, and none may include other engines. */
  readonly isDemo?: boolean;
}

/** Concurrent operations per engine; `auto` adapts to measured throughput. */
export type ConcurrencySetting = 'auto' | number;

export interface ServiceDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** Read whenever a plan is made or run. */
  readonly concurrency: () => ConcurrencySetting;
  /** Records runs in progress; without one, they cannot be recovered after a crash. */
  readonly journal?: Journal | undefined;
  /** Keeps what is needed to bring removed nodes back; 0 ms saves nothing. */
  readonly recipes?: { readonly files: JournalFiles; readonly retentionMs: () => number } | undefined;
  /** Inspections of earlier windows; without it every container is inspected again. */
  readonly inspections?: InspectionStore | undefined;
  /** A list and a plan after it block the event loop one by one, not together. By default, they follow at once. */
  readonly nextTurn?: (() => Promise<void>) | undefined;
  /** In [0, 1): jitter for retries and reconnects. */
  readonly random: () => number;
}
