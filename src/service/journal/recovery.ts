import type { Clock } from '../../engine/clock';
import { EngineError } from '../../engine/error';
import type { EngineId, NodeKey } from '../../graph/model';
import type { NodeReport, Report } from '../../graph/report';
import { settle } from '../../graph/settle';
import type { Disposable } from '../emitter';
import { Emitter } from '../emitter';
import type { Log } from '../log';
import type { Recovered } from '../service';
import type { Found, Journal } from './journal';
import { silentAfter } from './journal';

type Pending = Found['interrupted'][number];

/**
 * What became of removals that a reload, a crash or a killed extension host interrupted: takes over their journals, and
 * settles each against its engines as soon as all of these can be asked.
 */
export class Recovery implements Disposable {
  readonly onDidRecover = new Emitter<Recovered>();
  private pending: Pending[] = [];
  private lookingAgain: (() => void) | undefined;
  private over = false;

  constructor(
    private readonly journal: Journal,
    private readonly clock: Clock,
    private readonly log: Log,
    /** Keys that the engine holds, asked now. */
    private readonly whatIsLeft: (engine: EngineId, nodes: readonly NodeKey[]) => Promise<ReadonlySet<NodeKey>>,
  ) {}

  /**
   * Looks into the journal folder. Never rejects: what cannot be read is told of, and set aside. What seems to be another
   * window's is looked at again: an extension host that is killed is back before its own journal has fallen silent.
   */
  async begin(): Promise<Found> {
    const found = await this.journal.find();
    for (const { file, why } of found.setAside) this.log.warn(`journal set aside as ${file}: ${why}`);
    this.pending.push(...found.interrupted);
    if (found.elsewhere.length > 0 && !this.over) {
      this.lookingAgain = this.clock.after(silentAfter, () => void this.begin());
    }
    await this.tryAll();
    return found;
  }

  dispose() {
    this.over = true;
    this.lookingAgain?.();
    this.onDidRecover.dispose();
  }

  /** To be called whenever an engine has become reachable. */
  async tryAll(): Promise<void> {
    const trying = this.pending;
    this.pending = [];
    await Promise.all(
      trying.map(async (one) => {
        if (!(await this.recover(one))) this.pending.push(one);
      }),
    );
  }

  private async recover({ plan, outcomes, startedAt, entry }: Pending): Promise<boolean> {
    const engines = [...new Set(plan.units.map((unit) => unit.engine))];
    const keys = [...plan.nodes.keys()];
    try {
      const present = new Map(
        await Promise.all(
          engines.map(async (engine): Promise<[EngineId, ReadonlySet<NodeKey>]> => [
            engine,
            await this.whatIsLeft(engine, keys),
          ]),
        ),
      );
      const settled = settle(plan, outcomes, present);
      const nodes = new Map<NodeKey, NodeReport>();
      for (const [key, { node }] of plan.nodes) {
        const outcome = settled.get(key) ?? { kind: 'notAttempted', why: 'cancelled' };
        nodes.set(key, { node, outcome, duration: undefined, attempts: 0 });
      }
      const endedAt = this.clock.now();
      const report: Report = { plan, nodes, cancelled: false, settled: true, startedAt, endedAt };
      await entry.close();
      const remaining = [...nodes].flatMap(([key, { outcome }]) =>
        outcome.kind === 'removed' || outcome.kind === 'alreadyGone' ? [] : [key],
      );
      this.onDidRecover.fire({ report, remaining });
      return true;
    } catch (thrown) {
      this.log.warn(`removal ${plan.id} cannot be settled yet: ${EngineError.from(thrown).message}`);
      return false;
    }
  }
}
