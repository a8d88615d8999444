import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import { type EngineId, isActive, type NodeKey, type PlanNode } from '../../graph/model/model';
import type { Plan, PlannedNode } from '../../graph/plan/plan';
import {
  isSuccess,
  type Listed,
  type NodeReport,
  partialChange,
  reconcile,
  type Report,
} from '../../graph/plan/report';
import { type Disposable, Emitter } from '../emitter';
import type { Log } from '../log';
import type { RecoveredRun, SetAside } from '../service';
import type { Journal, JournalScan } from './journal';
import { lookEvery } from './standstill';

type Pending = JournalScan['interrupted'][number];

/** Milliseconds for which signs of other windows are gathered before their journals are read. */
const gatherDelayMs = 250;

const nothing: JournalScan = { interrupted: [], otherWindows: [], setAside: [], isPending: false };

export interface RecoveryDeps {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether there is a connection to the engine: without one, what concerns it rests. */
  readonly isShown: (engine: EngineId) => boolean;
  /** What the engine holds, asked now. Rejects with an `EngineError`. */
  readonly whatIsLeft: (engine: EngineId, nodes: readonly NodeKey[]) => Promise<Listed>;
  /** Which engine is behind a connection, by its own account. Rejects with an `EngineError`. */
  readonly identityOf: (engine: EngineId) => Promise<string>;
}

/**
 * What became of runs that a reload, a crash or a killed extension host interrupted: takes over their journals, and settles
 * each against its engines as soon as all of these can be asked. Nothing that a journal holds ends it.
 */
export class Recovery implements Disposable {
  readonly onDidRecover: Emitter<RecoveredRun>;
  readonly onDidSetAside: Emitter<SetAside>;
  /** Nodes that another window's run has taken up, or is done with. */
  readonly onDidChangeOtherWindows: Emitter<readonly NodeKey[]>;
  private pending: Pending[] = [];
  private elsewhere: ReadonlySet<NodeKey> = new Set();
  private cancelLook: (() => void) | undefined;
  private gathering: (() => void) | undefined;
  private stopWatching: (() => void) | undefined;
  private scanning: Promise<unknown> = Promise.resolve();
  private readonly told = new Set<string>();
  private over = false;

  constructor(private readonly deps: RecoveryDeps) {
    const onError = (thrown: unknown) => deps.log.error(`listener failed: ${String(thrown)}`);
    this.onDidRecover = new Emitter(onError);
    this.onDidSetAside = new Emitter(onError);
    this.onDidChangeOtherWindows = new Emitter(onError);
  }

  /** Whether a run of another window is at work on the node, or will be. */
  isBusyInOtherWindow(key: NodeKey): boolean {
    return this.elsewhere.has(key);
  }

  /** Looks into the journal folder, now and whenever another window writes there. Never rejects. */
  async start(): Promise<JournalScan> {
    const stop = await this.deps.journal.watch(() => this.scheduleScan());
    if (this.over) stop();
    else this.stopWatching = stop;
    return this.scan();
  }

  dispose() {
    this.over = true;
    this.cancelLook?.();
    this.gathering?.();
    this.stopWatching?.();
    this.onDidRecover.dispose();
    this.onDidSetAside.dispose();
    this.onDidChangeOtherWindows.dispose();
  }

  private scheduleScan() {
    if (this.over) return;
    this.gathering ??= this.deps.clock.after(gatherDelayMs, () => {
      this.gathering = undefined;
      void this.scan();
    });
  }

  private scan(): Promise<JournalScan> {
    // One after another: a second one would mistake what the first is just taking over for another window's.
    const look = this.scanning.then(() => this.scanNow());
    this.scanning = look;
    return look;
  }

  private async scanNow(): Promise<JournalScan> {
    if (this.over) return nothing;
    const found = await this.deps.journal.find();
    this.cancelLook?.();
    // Nothing reports a window that was killed: its journal is looked at until it was seen to stand still.
    this.cancelLook =
      found.isPending && !this.over ? this.deps.clock.after(lookEvery, () => void this.scan()) : undefined;
    for (const one of found.setAside) this.report(one);
    this.pending.push(...found.interrupted);
    await this.dropLive(found.otherWindows);
    this.updateOtherWindows(found.otherWindows);
    await this.tryAll();
    return found;
  }

  /** A window that had only stalled has written its journal again: the run is its own, and not interrupted. */
  private async dropLive(otherWindows: JournalScan['otherWindows']) {
    const live = new Set(otherWindows.map(({ plan }) => plan.id));
    const back = this.pending.filter(({ plan }) => live.has(plan.id));
    this.pending = this.pending.filter((one) => !back.includes(one));
    for (const { plan, entry } of back) {
      this.deps.log.info(`${plan.id} goes on in its own window`);
      await entry.close();
    }
  }

  private updateOtherWindows(found: JournalScan['otherWindows']) {
    const before = this.elsewhere;
    const now = new Set(found.flatMap(({ plan, outcomes }) => unfinishedNodes(plan, outcomes)));
    this.elsewhere = now;
    const changed = [...[...now].filter((key) => !before.has(key)), ...[...before].filter((key) => !now.has(key))];
    if (changed.length > 0) this.onDidChangeOtherWindows.fire(changed);
  }

  /** To be called whenever an engine has become reachable. Never rejects. */
  async tryAll(): Promise<void> {
    const trying = this.pending;
    this.pending = [];
    await Promise.all(
      trying.map(async (one) => {
        if (!(await this.recover(one))) this.pending.push(one);
      }),
    );
  }

  /** @returns whether nothing is left to be done about it */
  private async recover(one: Pending): Promise<boolean> {
    const { plan, entry } = one;
    const engines = [...new Set(plan.units.map((unit) => unit.engine))];
    if (!engines.every(this.deps.isShown)) return false;
    let present: Awaited<ReturnType<typeof this.ask>>;
    try {
      present = await this.ask(one, engines);
    } catch (thrown) {
      this.warnOnce(`${plan.id} cannot be settled yet: ${EngineError.from(thrown).message}`);
      return false;
    }
    try {
      if (present instanceof Error) this.report(await entry.setAside(present.message));
      else await this.settle(one, present);
    } catch (thrown) {
      // Whatever the journal holds that nobody has foreseen: others are recovered all the same.
      this.report(await entry.setAside(String(thrown)));
    }
    return true;
  }

  /** What each engine holds; an error where one is not the engine that the run was on. Rejects with an `EngineError`. */
  private async ask(
    { plan, identities }: Pending,
    engines: readonly EngineId[],
  ): Promise<ReadonlyMap<EngineId, Listed> | Error> {
    const keys = [...plan.nodes.keys()];
    const present = new Map<EngineId, Listed>();
    for (const [engine, held] of await Promise.all(
      engines.map(async (id) => [id, await this.deps.whatIsLeft(id, keys)] as const),
    )) {
      present.set(engine, held);
      const identity = identities.get(engine);
      // Ids of containers are random: who holds one of them is the engine that was meant.
      if (identity === undefined || keys.some((key) => held.has(key))) continue;
      if ((await this.deps.identityOf(engine)) !== identity)
        return new Error('another engine answers at its address now');
    }
    return present;
  }

  private async settle(
    { plan, outcomes, startedAt, entry }: Pending,
    present: ReadonlyMap<EngineId, Listed>,
  ): Promise<void> {
    const settled = reconcile(plan, outcomes, present);
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
    const endedAt = this.deps.clock.wallTime();
    const report: Report = { plan, nodes, cancelled: false, settled: true, startedAt, endedAt };
    await entry.close();
    const remaining = [...nodes].flatMap(([key, { outcome }]) => (isSuccess(outcome) ? [] : [key]));
    this.onDidRecover.fire({ report, remaining });
  }

  private report(one: SetAside) {
    this.deps.log.warn(`journal set aside as ${one.file}: ${one.why}`);
    this.onDidSetAside.fire(one);
  }

  private warnOnce(message: string) {
    if (!this.told.has(message)) this.deps.log.warn(message);
    this.told.add(message);
  }
}

/** What a run has not come to an end with: not begun, or begun and not reported since. */
function unfinishedNodes(plan: Plan, outcomes: JournalScan['otherWindows'][number]['outcomes']): NodeKey[] {
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
