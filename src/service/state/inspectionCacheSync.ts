import { type Clock, sleep } from '../../clock';
import type { EngineId } from '../../graph/model/model';
import type { InspectionStore } from './inspectionCache';
import type { EngineStateStore } from './stateStore';

/** Milliseconds after an inspect until all are written down: what is asked in one go is written once. */
const later = 5_000;
/** Containers that are taken over before others get their turn. */
const restoreSliceMs = 500;

/** What one engine's inspections of an earlier window are worth to this one, and this one's to the next. */
export class InspectionCacheSync {
  private loading: ReturnType<InspectionStore['load']> | undefined;
  private recalling: Promise<void> | undefined;
  private writing: (() => void) | undefined;

  constructor(
    private readonly engine: EngineId,
    private readonly store: InspectionStore,
    private readonly observations: EngineStateStore,
    private readonly clock: Clock,
  ) {}

  /** Begins to read, so that it is there when the list is. */
  prepare() {
    this.loading ??= this.store.load(this.engine).catch(() => []);
  }

  /**
   * Takes over what is known of the containers that are listed, once; of others nothing is kept.
   * @param policiesHold whether a restart policy is what it was: engines that can change it are not taken at an old word
   */
  restore(policiesHold: boolean): Promise<void> {
    return (this.recalling ??= this.recallNow(policiesHold));
  }

  /** Something was inspected that the next window can do without asking for. */
  scheduleSave() {
    this.writing ??= this.clock.after(later, () => {
      this.writing = undefined;
      void this.store.save(this.engine, this.observations.inspected()).catch(() => undefined);
    });
  }

  dispose() {
    this.writing?.();
  }

  private async recallNow(policiesHold: boolean) {
    this.prepare();
    const all = (await this.loading) ?? [];
    this.loading = undefined;
    for (let from = 0; from < all.length; from += restoreSliceMs) {
      if (from > 0) await sleep(this.clock, 0);
      for (const { details, ...one } of all.slice(from, from + restoreSliceMs)) {
        this.observations.restoreInspection({
          ...one,
          details: policiesHold ? details : { ...details, restartPolicy: '' },
        });
      }
    }
  }
}
