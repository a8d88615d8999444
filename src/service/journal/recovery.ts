import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import type { EngineId, NodeKey, PlanNode } from '../../graph/model';
import { isActive } from '../../graph/model';
import type { Plan, PlannedNode } from '../../graph/plan';
import type { NodeReport, Report } from '../../graph/report';
import { isGood, partialChange } from '../../graph/report';
import { type Listed, settle } from '../../graph/settle';
import type { Disposable } from '../emitter';
import { Emitter } from '../emitter';
import type { Log } from '../log';
import type { Recovered } from '../service';
import type { Found, Journal } from './journal';
import { silentAfter } from './journal';

type Pending = Found['interrupted'][number];

/** Milliseconds for which signs of other windows are gathered before their journals are read. */
const gather = 250;

/**
 * What became of removals that a reload, a crash or a killed extension host interrupted: takes over their journals, and
 * settles each against its engines as soon as all of these can be asked.
 */
export class Recovery implements Disposable {
  readonly onDidRecover: Emitter<Recovered>;
  /** Nodes that another window's removal has taken up, or is done with. */
  readonly onDidChangeElsewhere: Emitter<readonly NodeKey[]>;
  private pending: Pending[] = [];
  private elsewhere: ReadonlySet<NodeKey> = new Set();
  private lookingAgain: (() => void) | undefined;
  private gathering: (() => void) | undefined;
  private stopWatching: (() => void) | undefined;
  private looking: Promise<unknown> = Promise.resolve();
  private over = false;

  constructor(
    private readonly journal: Journal,
    private readonly clock: Clock,
    private readonly log: Log,
    /** Keys that the engine holds, asked now. */
    private readonly whatIsLeft: (engine: EngineId, nodes: readonly NodeKey[]) => Promise<Listed>,
  ) {
    const onError = (thrown: unknown) => log.error(`listener failed: ${String(thrown)}`);
    this.onDidRecover = new Emitter(onError);
    this.onDidChangeElsewhere = new Emitter(onError);
  }

  /** Whether a removal of another window is at work on the node, or will be. */
  isElsewhere(key: NodeKey): boolean {
    return this.elsewhere.has(key);
  }

  /**
   * Looks into the journal folder, now and whenever another window writes there. Never rejects: what cannot be read is told
   * of, and set aside.
   */
  async begin(): Promise<Found> {
    const stop = await this.journal.watch(() => this.lookSoon());
    if (this.over) stop();
    else this.stopWatching = stop;
    return this.look();
  }

  dispose() {
    this.over = true;
    this.lookingAgain?.();
    this.gathering?.();
    this.stopWatching?.();
    this.onDidRecover.dispose();
    this.onDidChangeElsewhere.dispose();
  }

  private lookSoon() {
    if (this.over) return;
    this.gathering ??= this.clock.after(gather, () => {
      this.gathering = undefined;
      void this.look();
    });
  }

  /**
   * What seems to be another window's is looked at again when it should have fallen silent: nothing tells of a window that
   * was killed, and an extension host that was is back before its own journal is silent.
   */
  private look(): Promise<Found> {
    // One after another: a second one would mistake what the first is just taking over for another window's.
    const look = this.looking.then(() => this.lookNow());
    this.looking = look;
    return look;
  }

  private async lookNow(): Promise<Found> {
    const found = await this.journal.find();
    for (const { file, why } of found.setAside) this.log.warn(`journal set aside as ${file}: ${why}`);
    this.pending.push(...found.interrupted);
    this.lookingAgain?.();
    this.lookingAgain = undefined;
    if (found.elsewhere.length > 0 && !this.over) {
      this.lookingAgain = this.clock.after(silentAfter, () => void this.look());
    }
    this.takeElsewhere(found.elsewhere);
    await this.tryAll();
    return found;
  }

  private takeElsewhere(found: Found['elsewhere']) {
    const before = this.elsewhere;
    const now = new Set(found.flatMap(({ plan, outcomes }) => openNodes(plan, outcomes)));
    this.elsewhere = now;
    const changed = [...[...now].filter((key) => !before.has(key)), ...[...before].filter((key) => !now.has(key))];
    if (changed.length > 0) this.onDidChangeElsewhere.fire(changed);
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
          engines.map(async (engine): Promise<[EngineId, Listed]> => [engine, await this.whatIsLeft(engine, keys)]),
        ),
      );
      const settled = settle(plan, outcomes, present);
      const nodes = new Map<NodeKey, NodeReport>();
      for (const [key, one] of settled) {
        const { node } = plan.nodes.get(key) as PlannedNode;
        // A journal tells which units were begun, and a unit that stops or removes begins with a stop of what runs.
        const stop = outcomes.has(key) && stops(plan, node);
        nodes.set(key, {
          node,
          ...one,
          partial: partialChange(one, { stop, start: false, unpause: false }),
          duration: undefined,
          attempts: 0,
        });
      }
      const endedAt = this.clock.wallTime();
      const report: Report = { plan, nodes, cancelled: false, settled: true, startedAt, endedAt };
      await entry.close();
      const remaining = [...nodes].flatMap(([key, { outcome }]) => (isGood(outcome) ? [] : [key]));
      this.onDidRecover.fire({ report, remaining });
      return true;
    } catch (thrown) {
      this.log.warn(`removal ${plan.id} cannot be settled yet: ${EngineError.from(thrown).message}`);
      return false;
    }
  }
}

/** What a removal has not come to an end with: not begun, or begun and not told of since. */
function openNodes(plan: Plan, outcomes: Found['elsewhere'][number]['outcomes']): NodeKey[] {
  return [...plan.nodes.keys()].filter((key) => (outcomes.get(key)?.kind ?? 'unknown') === 'unknown');
}

/** Whether a run that has begun with a node has stopped it, if it was active when the run was planned. */
function stops({ action, options }: Plan, node: PlanNode): boolean {
  if (node.kind !== 'container' || !isActive(node.state)) return false;
  return (
    action === 'stop' ||
    action === 'kill' ||
    action === 'restart' ||
    (action === 'remove' && options.running === 'stop')
  );
}
