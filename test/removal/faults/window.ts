import { createEngine } from '../../../src/engine/createEngine';
import { createService, Journal, type Service } from '../../../src/service';
import { nullLog } from '../../silent';
import type { Disk } from './disk';
import type { ElasticClock } from './elasticClock';
import { engineId } from './engines';

/** One window of the editor: the production service with its journal and a clock of its own. */
export class TrialWindow {
  readonly service: Service;
  private lives = true;

  constructor(
    name: string,
    readonly clock: ElasticClock,
    socket: string,
    disk: Disk,
    random: () => number,
  ) {
    const journal = new Journal(
      '',
      name,
      clock,
      nullLog,
      disk.seenBy(() => this.lives),
    );
    const host = { clock, log: nullLog, concurrency: () => 4, random, journal };
    const engine = createEngine({ id: engineId, address: { kind: 'unix', path: socket } }, clock);
    this.service = createService(host, [{ id: engineId, label: engineId, engine }]);
    this.service.setVisible(true);
  }

  /** The process is gone: none of its timers fires, and nothing of it reaches the disk any more. */
  die() {
    this.lives = false;
    this.clock.stall();
  }

  get isAlive(): boolean {
    return this.lives;
  }

  /** Timers that are pending in a process that runs. */
  get timers(): number {
    return this.lives ? this.clock.pending : 0;
  }

  close() {
    this.service.dispose();
    this.clock.dispose();
  }
}
