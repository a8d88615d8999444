import type { CallOptions, Engine, EngineInfo, RemoveOptions, StopOptions } from '../../src/engine/engine';
import { ContainerGraph } from '../../src/graph/model/graph';
import { type ContainerNode, isActive, type NodeKey } from '../../src/graph/model/model';
import type { PlanOptions, Unit } from '../../src/graph/plan/plan';
import { planAction } from '../../src/graph/plan/planAction';
import type { StopTimeout } from '../../src/graph/model/stopTimeout';
import { ManualClock } from '../../src/manualClock';
import type { UnitContext } from '../../src/service/runs/runContext';
import type { EngineStateView } from '../../src/service/state/engineStateView';
import { container, key } from '../graph/build';

/** A call that reached the engine, and when by the monotonic clock. */
export interface Sent {
  readonly call: 'signal' | 'kill' | 'stop' | 'remove' | 'pause' | 'unpause' | 'start' | 'restart';
  readonly name: string;
  readonly at: number;
  readonly signal?: string;
  readonly timeout?: StopTimeout | undefined;
  readonly deadline?: number | undefined;
}

export interface Wish {
  readonly stopTimeout?: StopTimeout;
  readonly state?: ContainerNode['state'];
  readonly restartPolicy?: string;
  /** False leaves it without an inspection. */
  readonly inspected?: boolean;
}

/**
 * Containers whose states a test sets, a clock that it moves, and an engine that records what it is sent. What happens to a
 * container (`exit`, `start`) is observed at once, unless `unseen` says that no event has come yet.
 */
export class StopLab {
  readonly clock = new ManualClock();
  readonly sent: Sent[] = [];
  /** Fails or delays the next call of a name, once. */
  readonly next = new Map<string, () => Promise<void>>();
  signalIsStop = true;
  /** False: what is killed exits when the test says so. */
  killsAtOnce = true;
  private readonly observedNodes = new Map<NodeKey, ContainerNode>();
  /** What the engine itself knows. */
  private readonly real = new Map<NodeKey, ContainerNode>();
  private readonly gone = new Set<NodeKey>();
  inspections = 0;

  add(name: string, wish: Wish = {}) {
    const { stopTimeout = 10, state = 'running', restartPolicy = '', inspected = true } = wish;
    const details = { stopTimeout, stopSignal: 'SIGTERM', restartPolicy, autoRemove: false };
    const more = { anonymousVolumes: [], namedVolumes: [], initContainer: undefined };
    const node = container(name, {
      state,
      startedAt: isActive(state) ? this.clock.wallTime() - 3600_123 : undefined,
      details: inspected ? { ...details, ...more } : undefined,
    });
    this.set(name, node);
  }

  exit(name: string, unseen = false) {
    this.set(name, { ...this.node(name), state: 'exited' }, unseen);
  }

  /** Another client starts it, or starts it again. */
  start(name: string, unseen = false) {
    this.set(name, { ...this.node(name), state: 'running', startedAt: this.clock.wallTime() }, unseen);
  }

  become(name: string, state: ContainerNode['state']) {
    this.set(name, { ...this.node(name), state });
  }

  plan(options: Partial<PlanOptions> = {}) {
    const containers = [...this.observedNodes.values()];
    const graph = ContainerGraph.build({ containers, pods: [], edges: [] });
    const scope = { chosen: containers.map((one) => one.key), isAll: true };
    return planAction('p', graph, scope, { dependents: 'include', running: 'stop', ...options });
  }

  calls(name: string): string[] {
    return this.sent.filter((one) => one.name === name).map(({ call, signal }) => signal ?? call);
  }

  readonly observed = {
    container: (of: NodeKey) => this.observedNodes.get(of),
    containersOf: () => [],
    engine: () => this.engine,
    info: () =>
      ({
        capabilities: { pods: true, enforcesDependencies: true, killPreventsRestart: this.signalIsStop },
      }) as EngineInfo,
    isInWindow: () => false,
    hasEvents: () => true,
    startOf: (of: NodeKey) => this.observedNodes.get(of)?.startedAt,
    isGone: (of: NodeKey) => this.gone.has(of),
    noteGone: (of: NodeKey) => void this.gone.add(of),
    awaitGone: async () => undefined,
    awaitThat: async () => undefined,
    look: async (of: NodeKey) => {
      this.inspections++;
      await this.happen('inspect');
      this.observedNodes.set(of, this.real.get(of) as ContainerNode);
      return true;
    },
    relist: () => Promise.reject(new Error('not listed here')),
    onActivity: () => () => undefined,
    holdPods: () => () => undefined,
  } as unknown as EngineStateView;

  readonly engine = {
    kill: (of: NodeKey, signal: string, options?: CallOptions) =>
      this.record(signal === 'SIGKILL' ? 'kill' : 'signal', of, { signal, ...bounds(options) }, () => {
        if (signal === 'SIGKILL' && this.killsAtOnce) this.exit(nameOf(of));
      }),
    stop: (of: NodeKey, options?: StopOptions) => this.record('stop', of, bounds(options), () => this.exit(nameOf(of))),
    remove: (of: NodeKey, options: RemoveOptions) =>
      this.record('remove', of, bounds(options), () => {
        this.real.delete(of);
        this.gone.add(of);
      }),
    unpause: (of: NodeKey) => this.record('unpause', of, {}, () => this.become(nameOf(of), 'running')),
    attached: async () => (await this.happen('attached'), []),
    exists: async (of: NodeKey) => (await this.happen('exists'), this.real.has(of)),
  } as unknown as Engine;

  /** What one attempt at a unit is given. */
  work(
    unit: Unit,
    plan = this.plan(),
    cancelled = new AbortController(),
    abandoned = new AbortController(),
  ): UnitContext {
    return {
      ...{ unit, plan, attempt: 1, engine: this.engine, observed: this.observed, clock: this.clock },
      ...{
        sent: new Set<NodeKey>(),
        alreadySignalled: new Set<NodeKey>(),
        cancelled: cancelled.signal,
        abandoned: abandoned.signal,
      },
      ...{
        verifyImmediately: () => true,
        onRequestSent: none,
        onStopSent: () => none,
        onStillUp: none,
        goingDown: new Map(),
        onUnpauseSent: none,
        onResponse: none,
        onStartSent: none,
      },
    };
  }

  node(name: string): ContainerNode {
    return this.real.get(key(name)) as ContainerNode;
  }

  private set(name: string, node: ContainerNode, unseen = false) {
    this.real.set(key(name), node);
    if (!unseen) this.observedNodes.set(key(name), node);
  }

  private async record(call: Sent['call'], of: NodeKey, more: Partial<Sent>, done: () => void) {
    this.sent.push({ call, name: nameOf(of), at: this.clock.now(), ...more });
    await this.happen(call);
    done();
  }

  private async happen(call: string) {
    const next = this.next.get(call);
    this.next.delete(call);
    await next?.();
  }
}

const none = () => undefined;
const nameOf = (of: NodeKey) => of.split('/')[2] ?? '';

function bounds(options: (CallOptions & { readonly timeout?: StopTimeout | undefined }) | undefined) {
  return { timeout: options?.timeout, deadline: options?.deadline };
}
