import type { Clock } from '../../clock';
import { type ContainerNode, engineOf, type HealthCheck, type NodeKey } from '../../graph/model/model';
import type { Plan, StartCondition, Unit, UnitId } from '../../graph/plan/plan';
import { isSuccess, type Outcome, type UnmetCondition } from '../../graph/plan/report';
import { healthTimeoutMs } from '../../graph/plan/startConditions';
import type { Log } from '../service';
import { type EngineStateView, refreshUntilConsistent } from '../state/engineStateView';

interface StartGateDeps {
  readonly plan: Plan;
  readonly observed: EngineStateView;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends health checks in flight. */
  readonly cancelled: AbortSignal;
  readonly outcomeOf: (key: NodeKey) => Outcome | undefined;
  /** A node that was brought back has another key. */
  readonly currentKey: (key: NodeKey) => NodeKey;
  /** Called when containers begin to wait, or no longer do. */
  readonly onChange: (keys: readonly NodeKey[]) => void;
}

/** Why a unit is not started. */
export interface UnmetStart {
  readonly because: NodeKey;
  readonly unmet: UnmetCondition | undefined;
}

type Evaluation = 'met' | 'pending' | UnmetStart;

/** Milliseconds between two evaluations without an event. */
const evaluationInterval = 1000;
/** Milliseconds of extra time for a check on request: the engine starts a process for it. */
const checkAllowance = 10_000;

/**
 * Holds units back until the conditions of their dependencies hold. A unit that waits has neither a permit nor locks, so
 * it delays no others.
 */
export class StartGate {
  /** The condition that each waiting container waits for. */
  private readonly waits = new Map<NodeKey, StartCondition>();
  private readonly released = new Set<UnitId>();
  private readonly releases = new Map<UnitId, () => void>();
  private readonly requests: HealthRequests;

  constructor(private readonly deps: StartGateDeps) {
    this.requests = new HealthRequests(deps);
  }

  get waiting(): ReadonlyMap<NodeKey, StartCondition> {
    return this.waits;
  }

  /** Starts all waiting units, whatever their conditions. */
  releaseAll() {
    for (const [unit, release] of this.releases) {
      this.released.add(unit);
      release();
    }
  }

  /**
   * Resolves to undefined when the unit may start, else with the reason why it must not.
   *
   * @param isCurrent whether the unit still waits to start
   */
  async pass(unit: Unit, isCurrent: () => boolean): Promise<UnmetStart | undefined> {
    const { clock, observed } = this.deps;
    const since = clock.now();
    const confirmed = new Set<NodeKey>();
    const evaluateAll = () =>
      (unit.conditions ?? []).map((condition) => ({ condition, result: this.evaluate(condition, since) }));
    try {
      while (isCurrent() && !this.released.has(unit.id)) {
        const evaluated = evaluateAll();
        const unconfirmed = evaluated.find(
          ({ condition: { condition, dependency }, result }) =>
            condition === 'healthy' && result !== 'pending' && !confirmed.has(dependency),
        )?.condition.dependency;
        if (unconfirmed) {
          // The result may be from before the start: Docker's lists lag behind its events.
          confirmed.add(unconfirmed);
          await refreshUntilConsistent(observed, this.deps.currentKey(unconfirmed)).catch(() => undefined);
          continue;
        }
        const failed = evaluated.flatMap(({ result }) => (typeof result === 'object' ? result : []))[0];
        if (failed) return failed;
        const waits = evaluated.filter(({ result }) => result === 'pending').map(({ condition }) => condition);
        if (waits.length === 0) return undefined;
        this.setWaiting(unit, waits[0]);
        for (const { condition, dependency } of waits) {
          if (condition === 'healthy') this.requests.sendIfDue(this.deps.currentKey(dependency));
        }
        const isDecided = () => {
          const results = evaluateAll().map(({ result }) => result);
          return results.some((result) => typeof result === 'object') || !results.includes('pending');
        };
        const released = new Promise<void>((resolve) => this.releases.set(unit.id, resolve));
        const decided = observed.waitUntil(unit.engine, () => !isCurrent() || isDecided(), evaluationInterval);
        await Promise.race([decided, released]);
      }
      return undefined;
    } finally {
      this.releases.delete(unit.id);
      this.setWaiting(unit, undefined);
    }
  }

  /** Call when units may no longer be held. */
  releaseHeld() {
    for (const release of this.releases.values()) release();
  }

  private evaluate({ dependency, condition }: StartCondition, since: number): Evaluation {
    const { observed, plan, clock } = this.deps;
    const outcome = this.deps.outcomeOf(dependency);
    const node = observed.container(this.deps.currentKey(dependency));
    // In a restart, a dependency whose stop was skipped still runs.
    if (outcome && !isSuccess(outcome) && node?.state !== 'running') {
      const { because, unmet } = outcome.kind === 'skipped' ? outcome : { because: dependency, unmet: undefined };
      return { because, unmet };
    }
    if (condition === 'started') return 'met';
    const unmet = (reason: UnmetCondition): UnmetStart => ({ because: dependency, unmet: reason });
    if (!node) return unmet({ kind: 'gone' });
    // In a restart, what it was before its own start does not count.
    if (plan.nodes.has(dependency) && !outcome) return 'pending';
    if (condition === 'completed') return evaluateCompletion(node, unmet);
    if (node.state === 'exited' || node.state === 'dead') return unmet({ kind: 'ended', exitCode: node.exitCode });
    const { health } = node;
    const check = node.details?.healthCheck;
    if (!check) return 'met';
    if (health === 'healthy' || health === 'unhealthy') {
      if (isBeforeStart(node)) return 'pending';
      return health === 'healthy' ? 'met' : unmet({ kind: 'unhealthy', output: node.lastCheck?.output ?? '' });
    }
    const timeoutMs = healthTimeoutMs(check) + checkAllowance;
    return clock.now() - since > timeoutMs
      ? unmet({ kind: 'notHealthyInTime', ms: healthTimeoutMs(check) })
      : 'pending';
  }

  private setWaiting({ nodes, conditions = [] }: Unit, condition: StartCondition | undefined) {
    const dependents = new Set(conditions.map(({ dependent }) => dependent));
    let changed = false;
    for (const key of nodes) {
      if (this.waits.get(key) === condition || !(condition ? dependents.has(key) : this.waits.has(key))) continue;
      if (condition) this.waits.set(key, condition);
      else this.waits.delete(key);
      changed = true;
    }
    if (changed) this.deps.onChange(nodes);
  }
}

function evaluateCompletion(node: ContainerNode, unmet: (reason: UnmetCondition) => UnmetStart): Evaluation {
  if (node.state !== 'exited' && node.state !== 'dead') return 'pending';
  return node.exitCode === 0 ? 'met' : unmet({ kind: 'ended', exitCode: node.exitCode });
}

/** Whether the last check ran before the container's last start. Both times are of the engine's clock. */
function isBeforeStart({ lastCheck, startedAt }: ContainerNode): boolean {
  return lastCheck?.at !== undefined && startedAt !== undefined && lastCheck.at < startedAt;
}

/** Runs the health checks of containers whose engine runs none by itself: Podman without systemd. */
class HealthRequests {
  private readonly lastRequests = new Map<NodeKey, number>();
  private readonly inFlight = new Set<NodeKey>();
  /** Containers whose engine runs no checks. */
  private readonly unscheduled = new Set<NodeKey>();

  constructor(private readonly deps: StartGateDeps) {}

  /**
   * Requests a check at its own interval, and not before the engine has had one interval to run the check. Never waits for the
   * response: a check may hang.
   */
  sendIfDue(key: NodeKey) {
    const { observed, clock, log, cancelled } = this.deps;
    const node = observed.container(key);
    const check = node?.details?.healthCheck;
    if (!check || this.inFlight.has(key) || observed.info(engineOf(key))?.type !== 'podman') return;
    const now = clock.now();
    const last = this.lastRequests.get(key);
    if (last === undefined) this.lastRequests.set(key, now);
    if (last === undefined || now - last < check.interval) return;
    this.lastRequests.set(key, now);
    this.inFlight.add(key);
    void this.sendRequest(key, check)
      .catch((thrown: unknown) => {
        if (!cancelled.aborted) log.warn(`health check of ${node.name}: ${String(thrown)}`);
      })
      .finally(() => this.inFlight.delete(key));
  }

  private async sendRequest(key: NodeKey, { timeout }: HealthCheck): Promise<void> {
    const { observed, log, cancelled } = this.deps;
    if (!this.unscheduled.has(key)) {
      await refreshUntilConsistent(observed, key);
      const current = observed.container(key);
      if (current?.health !== 'starting' || (current.lastCheck && !isBeforeStart(current))) return;
      log.info(`${current.name}: the engine runs no health checks by itself, so they are requested`);
      this.unscheduled.add(key);
    }
    const timeoutMs = timeout + checkAllowance;
    try {
      await observed.engine(engineOf(key))?.checkHealth(key, { timeoutMs, signal: cancelled });
    } finally {
      // Podman responds with an error if the check took too long, and counts it as failed.
      if (!cancelled.aborted) await refreshUntilConsistent(observed, key);
    }
  }
}
