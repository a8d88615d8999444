import type { Clock } from '../clock';
import type { ContainerGraph } from '../graph/model/graph';
import { type ContainerNode, hasFailed, isActive, type NodeKey, stopCodes } from '../graph/model/model';
import { namespaceProblem, sharesNamespace } from '../graph/model/namespaceState';
import type { GraphChange, PodgraphService, Run } from '../service/service';
import { Throttle } from '../service/throttle';

/** Events of a run may arrive this many milliseconds after its end. */
const settleMs = 5_000;
/** Milliseconds for which containers are collected, and between two notifications. */
const collectMs = 2_000;
const pauseMs = 60_000;

interface FailureMonitorDeps {
  readonly service: Pick<
    PodgraphService,
    'snapshot' | 'onDidChange' | 'onDidStartRun' | 'operationOf' | 'isBusyInOtherWindow'
  >;
  readonly clock: Clock;
  /** Shows the number of containers, and of failed systemd units without one, since the view was last opened. */
  readonly showBadge: (containers: readonly ContainerNode[], units: readonly string[]) => void;
  readonly notify: (containers: readonly ContainerNode[]) => Promise<void>;
}

/**
 * Finds containers that turn unhealthy, fail or lose the namespaces of a base while no run works on them, each once until the
 * view is opened. A notification covers several; those with lost namespaces count only in the badge.
 */
export class FailureMonitor {
  /** Containers that did not fail when last seen. */
  private readonly healthy = new Set<NodeKey>();
  private readonly found = new Set<NodeKey>();
  private seenUnits: readonly string[] = [];
  private units: readonly string[] = [];
  private pending: NodeKey[] = [];
  private readonly settling = new Set<Run>();
  private readonly throttle: Throttle;
  private readonly subscriptions: readonly { dispose(): void }[];

  constructor(private readonly deps: FailureMonitorDeps) {
    const { service, clock } = deps;
    this.throttle = new Throttle(
      clock,
      () => this.notify(),
      () => pauseMs,
    );
    this.subscriptions = [
      service.onDidChange((change) => this.handleChange(change)),
      service.onDidStartRun((run) => {
        this.settling.add(run);
        void run.done.then(() => clock.after(settleMs, () => this.settling.delete(run)));
      }),
    ];
  }

  /** Call when the user sees the view. */
  clear() {
    this.found.clear();
    this.seenUnits = this.failedUnits();
    this.units = [];
  }

  dispose() {
    this.throttle.dispose();
    for (const one of this.subscriptions) one.dispose();
  }

  private handleChange({ structure, nodes }: GraphChange) {
    const { graph } = this.deps.service.snapshot;
    const before = this.found.size + this.units.length;
    const failedUnits = this.failedUnits();
    this.seenUnits = this.seenUnits.filter((unit) => failedUnits.includes(unit));
    this.units = failedUnits.filter((unit) => !this.seenUnits.includes(unit));
    // A structural change without node keys affects all nodes.
    for (const key of structure && nodes.size === 0 ? graph.nodes.keys() : withJoiners(graph, nodes)) {
      const container = graph.container(key);
      if (!container) {
        this.healthy.delete(key);
        this.found.delete(key);
      } else if (isFailing(container)) {
        if (!this.healthy.delete(key) || this.found.has(key) || this.isBusy(key)) continue;
        this.found.add(key);
        this.pending.push(key);
      } else if (namespaceProblem(graph, container)) {
        if (this.healthy.delete(key) && !this.isBusy(key)) this.found.add(key);
      } else if (isActive(container.state)) this.healthy.add(key);
    }
    if (this.pending.length > 0) this.throttle.schedule(collectMs);
    const now = this.found.size + this.units.length;
    if (now !== before) this.deps.showBadge(this.containers(this.found), this.units);
  }

  private failedUnits(): string[] {
    return [...this.deps.service.snapshot.engines.values()].flatMap(({ failedUnits = [] }) => failedUnits);
  }

  private notify() {
    const containers = this.containers(this.pending);
    this.pending = [];
    if (containers.length > 0) void this.deps.notify(containers);
  }

  private containers(keys: Iterable<NodeKey>): ContainerNode[] {
    const { graph } = this.deps.service.snapshot;
    return [...keys].flatMap((key) => graph.container(key) ?? []);
  }

  private isBusy(key: NodeKey): boolean {
    const { service } = this.deps;
    const isOwn = [...this.settling].some(({ plan }) => plan.nodes.has(key));
    return isOwn || service.operationOf(key) !== undefined || service.isBusyInOtherWindow(key);
  }
}

/** The restart of a base changes the containers that share its namespaces. */
function withJoiners(graph: ContainerGraph, nodes: ReadonlySet<NodeKey>): ReadonlySet<NodeKey> {
  const joiners = [...nodes].flatMap((key) => graph.dependents(key).filter(sharesNamespace));
  return joiners.length === 0 ? nodes : new Set([...nodes, ...joiners.map(({ from }) => from)]);
}

function isFailing(container: ContainerNode): boolean {
  const { state, health, exitCode, systemdUnit } = container;
  if (state === 'running' && health === 'unhealthy') return true;
  const wasStopped = state === 'exited' && stopCodes.has(exitCode) && !systemdUnit?.hasFailed;
  return hasFailed(container) && !wasStopped;
}
