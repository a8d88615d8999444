import { createEngine } from '../../../src/engine/createEngine';
import { createService, Journal, type Service } from '../../../src/service';
import { nullLog } from '../../silent';
import type { Disk } from './disk';
import type { ElasticClock } from './elasticClock';
import { engineId } from './engines';

/** A window: the production service with its journal and a separate clock. */
export class TrialWindow {
  readonly service: Service;
  private running = true;

  constructor(
    name: string,
    readonly clock: ElasticClock,
    socket: string,
    disk: Disk,
    random: () => number,
    /** Where recipes of removals are saved; by default none are. */
    recipes?: Disk,
  ) {
    const journal = new Journal(
      '',
      name,
      clock,
      nullLog,
      disk.filesFor(() => this.running),
    );
    const saved = recipes && { files: recipes.filesFor(() => this.running), retentionMs: () => 1e12 };
    const host = { clock, log: nullLog, concurrency: () => 4, random, journal, recipes: saved };
    const engine = createEngine({ id: engineId, address: { kind: 'unix', path: socket } }, clock);
    this.service = createService(host, [{ id: engineId, label: engineId, engine }]);
    this.service.setVisible(true);
  }

  /** Simulates the end of the process: no more timers fire, and nothing is written to disk. */
  crash() {
    this.running = false;
    this.clock.stall();
  }

  get isAlive(): boolean {
    return this.running;
  }

  /** Pending timers of a running process. */
  get timers(): number {
    return this.running ? this.clock.pending : 0;
  }

  close() {
    this.service.dispose();
    this.clock.dispose();
  }
}
