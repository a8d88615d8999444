import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import { type EngineId, isActive, type NodeKey, type PlanNode } from '../../graph/model/model';
import { releasedVolumes } from '../../graph/plan/anonymousVolumes';
import type { Plan, PlannedNode, PlannedVolume } from '../../graph/plan/plan';
import {
  isSuccess,
  type ListedStates,
  type NodeReport,
  partialChange,
  reconcile,
  type Report,
  type VolumeStates,
} from '../../graph/plan/report';
import { type Disposable, Emitter } from '../emitter';
import type { Log, RecoveredRun, QuarantinedJournal } from '../service';
import { Throttle } from '../throttle';
import { type Journal, type JournalScan, scanInterval } from './journal';

type Pending = JournalScan['interrupted'][number];

/** Milliseconds for which file changes are coalesced before a scan. */
const scanDelay = 250;

const nothing: JournalScan = { interrupted: [], otherWindows: [], quarantined: [], isPending: false };

export interface RecoveryDeps {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether there is a connection to the engine; without one, its runs stay pending. */
  readonly isConnected: (engine: EngineId) => boolean;
  /** Lists the engine's nodes of a plan. Rejects with an `EngineError`. */
  readonly listNodes: (engine: EngineId, plan: Plan) => Promise<ListedStates>;
  /** The key of a node that its systemd unit has started again since the plan was made. */
  readonly currentKey: (plan: Plan, key: NodeKey) => NodeKey;
  /** Never rejects. */
  readonly findVolumes: (engine: EngineId, volumes: readonly PlannedVolume[]) => Promise<VolumeStates>;
  /** The identity that the engine reports. Rejects with an `EngineError`. */
  readonly identityOf: (engine: EngineId) => Promise<string>;
}

/**
 * Recovers runs interrupted by a reload, a crash or a killed extension host: claims their journals, and reconciles each
 * with its engines once all are reachable.
 */
export class Recovery implements Disposable {
  readonly onDidRecover: Emitter<RecoveredRun>;
  readonly onDidQuarantine: Emitter<QuarantinedJournal>;
  /** Nodes that became busy or free in other windows. */
  readonly onDidChangeOtherWindows: Emitter<readonly NodeKey[]>;
  private pending: Pending[] = [];
  private busyInOtherWindows: ReadonlySet<NodeKey> = new Set();
  private cancelRescan: (() => void) | undefined;
  private readonly scanThrottle: Throttle;
  private stopWatching: (() => void) | undefined;
  private scanning: Promise<unknown> = Promise.resolve();
  private readonly warned = new Set<string>();
  private isDisposed = false;

  constructor(private readonly deps: RecoveryDeps) {
    const onError = (thrown: unknown) => deps.log.error(`listener failed: ${String(thrown)}`);
    this.scanThrottle = new Throttle(deps.clock, () => void this.scan());
    this.onDidRecover = new Emitter(onError);
    this.onDidQuarantine = new Emitter(onError);
    this.onDidChangeOtherWindows = new Emitter(onError);
  }

  /** Whether an unfinished run of another window includes the node. */
  isBusyInOtherWindow(key: NodeKey): boolean {
    return this.busyInOtherWindows.has(key);
  }

  /** Scans the journals now and whenever another window changes one. Never rejects. */
  async start(): Promise<JournalScan> {
    const stop = await this.deps.journal.watch(() => this.isDisposed || this.scanThrottle.schedule(scanDelay));
    if (this.isDisposed) stop();
    else this.stopWatching = stop;
    return this.scan();
  }

  dispose() {
    this.isDisposed = true;
    this.cancelRescan?.();
    this.scanThrottle.dispose();
    this.stopWatching?.();
    this.onDidRecover.dispose();
    this.onDidQuarantine.dispose();
    this.onDidChangeOtherWindows.dispose();
  }

  private scan(): Promise<JournalScan> {
    // Serialized: a concurrent scan would take a journal that is being claimed for another window's.
    const scan = this.scanning.then(() => this.scanNow());
    this.scanning = scan;
    return scan;
  }

  private async scanNow(): Promise<JournalScan> {
    if (this.isDisposed) return nothing;
    const found = await this.deps.journal.scan();
    this.cancelRescan?.();
    // A killed window sends no signal: rescan until its journal is stale.
    this.cancelRescan =
      found.isPending && !this.isDisposed ? this.deps.clock.after(scanInterval, () => void this.scan()) : undefined;
    for (const one of found.quarantined) this.report(one);
    this.pending.push(...found.interrupted);
    this.updateOtherWindows(found.otherWindows);
    await this.dropLive(found.otherWindows);
    await this.tryAll();
    return found;
  }

  /** A stalled window resumed and rewrote its journal: its run is not interrupted. */
  private async dropLive(otherWindows: JournalScan['otherWindows']) {
    const live = new Set(otherWindows.map(({ plan }) => plan.id));
    const back = this.pending.filter(({ plan }) => live.has(plan.id));
    this.pending = this.pending.filter((one) => !back.includes(one));
    for (const { plan, entry } of back) {
      this.deps.log.info(`${plan.id} continues in its own window`);
      await entry.close();
    }
  }

  private updateOtherWindows(found: JournalScan['otherWindows']) {
    const before = this.busyInOtherWindows;
    const now = new Set(found.flatMap(({ plan, outcomes }) => unfinishedNodes(plan, outcomes)));
    this.busyInOtherWindows = now;
    const changed = [...[...now].filter((key) => !before.has(key)), ...[...before].filter((key) => !now.has(key))];
    if (changed.length > 0) this.onDidChangeOtherWindows.fire(changed);
  }

  /** Call when an engine becomes reachable. Never rejects. */
  async tryAll(): Promise<void> {
    const trying = this.pending;
    this.pending = [];
    await Promise.all(
      trying.map(async (one) => {
        if (!(await this.recover(one))) this.pending.push(one);
      }),
    );
  }

  /** @returns false to retry later */
  private async recover(one: Pending): Promise<boolean> {
    const { plan, entry } = one;
    const engines = [...new Set(plan.units.map((unit) => unit.engine))];
    if (!engines.every(this.deps.isConnected)) return false;
    let present: Awaited<ReturnType<typeof this.listEngines>>;
    try {
      present = await this.listEngines(one, engines);
    } catch (thrown) {
      this.warnOnce(`${plan.id} cannot be reconciled yet: ${EngineError.from(thrown).message}`);
      return false;
    }
    try {
      if (present instanceof Error) this.report(await entry.quarantine(present.message));
      else await this.reconcile(one, present);
    } catch (thrown) {
      // Unexpected journal content must not block other recoveries.
      this.report(await entry.quarantine(String(thrown)));
    }
    return true;
  }

  /** Returns an `Error` if another engine is at the address. Rejects with an `EngineError`. */
  private async listEngines(
    { plan, identities }: Pending,
    engines: readonly EngineId[],
  ): Promise<ReadonlyMap<EngineId, ListedStates> | Error> {
    const keys = [...plan.nodes.keys()];
    const present = new Map<EngineId, ListedStates>();
    for (const [engine, listed] of await Promise.all(
      engines.map(async (id) => [id, await this.deps.listNodes(id, plan)] as const),
    )) {
      present.set(engine, listed);
      const identity = identities.get(engine);
      // Container ids are random: an engine that lists one of them is the right one.
      if (identity === undefined || keys.some((key) => listed.has(key))) continue;
      if ((await this.deps.identityOf(engine)) !== identity) return new Error('another engine is at its address now');
    }
    return present;
  }

  private async findVolumes(plan: Plan, present: ReadonlyMap<EngineId, ListedStates>): Promise<VolumeStates> {
    const find = ([engine, listed]: [EngineId, ListedStates]) =>
      this.deps.findVolumes(engine, releasedVolumes(plan, engine, listed));
    const states = await Promise.all([...present].map(find));
    return new Map(states.flatMap((one) => [...one]));
  }

  private async reconcile(
    { plan, outcomes, backups, startedAt, entry }: Pending,
    present: ReadonlyMap<EngineId, ListedStates>,
  ): Promise<void> {
    const { currentKey } = this.deps;
    const reconciled = reconcile(plan, outcomes, present);
    const nodes = new Map<NodeKey, NodeReport>();
    for (const [key, one] of reconciled) {
      const { node } = plan.nodes.get(key) as PlannedNode;
      // The journal records started units; those that stop or remove begin by stopping running containers.
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
    const volumes = await this.findVolumes(plan, present);
    const ended = { cancelled: false, isReconciled: true, startedAt, endedAt };
    const report: Report = { plan, nodes, volumes, ...(backups.length > 0 && { backups }), ...ended };
    const remaining = [...nodes].flatMap(([key, { outcome }]) => (isSuccess(outcome) ? [] : [currentKey(plan, key)]));
    await (remaining.length === 0 ? entry.close() : entry.markReconciled());
    this.onDidRecover.fire({ report, remaining, close: () => entry.close() });
  }

  private report(one: QuarantinedJournal) {
    this.deps.log.warn(`journal quarantined as ${one.file}: ${one.why}`);
    this.onDidQuarantine.fire(one);
  }

  private warnOnce(message: string) {
    if (!this.warned.has(message)) this.deps.log.warn(message);
    this.warned.add(message);
  }
}

/** Nodes that the run has not started, or started without a recorded outcome. */
function unfinishedNodes(plan: Plan, outcomes: JournalScan['otherWindows'][number]['outcomes']): NodeKey[] {
  return [...plan.nodes.keys()].filter((key) => (outcomes.get(key)?.kind ?? 'unknown') === 'unknown');
}

/** Whether the action stops the node, which was active when planned. */
function stops({ action, options }: Plan, node: PlanNode): boolean {
  if (node.kind !== 'container' || !isActive(node.state)) return false;
  return (
    action === 'stop' ||
    action === 'kill' ||
    action === 'restart' ||
    (action === 'remove' && options.running === 'stop')
  );
}
