import { type Clock, sleep } from '../../clock';
import type { EngineId } from '../../graph/model/model';
import type { InspectionStore } from './inspectionCache';
import type { EngineStateStore } from './stateStore';

/** Milliseconds after an inspect until all are saved. */
const saveDelay = 5_000;
/** Containers restored before yielding to other tasks. */
const restoreSliceSize = 500;

/** Restores one engine's inspections from the cache, and saves them for the next window. */
export class InspectionCacheSync {
  private loading: ReturnType<InspectionStore['load']> | undefined;
  private restoring: Promise<void> | undefined;
  private cancelSave: (() => void) | undefined;

  constructor(
    private readonly engine: EngineId,
    private readonly store: InspectionStore,
    private readonly observations: EngineStateStore,
    private readonly clock: Clock,
  ) {}

  /** Starts to read, so that the data is available with the first list. */
  prepare() {
    this.loading ??= this.store.load(this.engine).catch(() => []);
  }

  /**
   * Restores cached data of listed containers, once.
   * @param policiesHold whether cached restart policies are valid: some engines can change them
   */
  restore(policiesHold: boolean): Promise<void> {
    return (this.restoring ??= this.restoreNow(policiesHold));
  }

  scheduleSave() {
    this.cancelSave ??= this.clock.after(saveDelay, () => {
      this.cancelSave = undefined;
      void this.store.save(this.engine, this.observations.inspected()).catch(() => undefined);
    });
  }

  dispose() {
    this.cancelSave?.();
  }

  private async restoreNow(policiesHold: boolean) {
    this.prepare();
    const all = (await this.loading) ?? [];
    this.loading = undefined;
    for (let from = 0; from < all.length; from += restoreSliceSize) {
      if (from > 0) await sleep(this.clock, 0);
      for (const { details, ...one } of all.slice(from, from + restoreSliceSize)) {
        this.observations.restoreInspection({
          ...one,
          details: policiesHold ? details : { ...details, restartPolicy: '' },
        });
      }
    }
  }
}
