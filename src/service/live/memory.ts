import type { Clock } from '../../clock';
import { sleep } from '../../clock';
import type { EngineId } from '../../graph/model';
import type { InspectionStore } from './inspectionFiles';
import type { Observations } from './observations';

/** Milliseconds after an inspect until all are written down: what is asked in one go is written once. */
const later = 5_000;
/** Containers that are taken over before others get their turn. */
const slice = 500;

/** What one engine's inspections of an earlier window are worth to this one, and this one's to the next. */
export class Memory {
  private loading: ReturnType<InspectionStore['load']> | undefined;
  private recalling: Promise<void> | undefined;
  private writing: (() => void) | undefined;

  constructor(
    private readonly engine: EngineId,
    private readonly store: InspectionStore,
    private readonly observations: Observations,
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
  recall(policiesHold: boolean): Promise<void> {
    return (this.recalling ??= this.recallNow(policiesHold));
  }

  /** Something was inspected that the next window can do without asking for. */
  noteSoon() {
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
    for (let from = 0; from < all.length; from += slice) {
      if (from > 0) await sleep(this.clock, 0);
      for (const { details, ...one } of all.slice(from, from + slice)) {
        this.observations.recall({ ...one, details: policiesHold ? details : { ...details, restartPolicy: '' } });
      }
    }
  }
}
