import type { CallOptions, Engine, EngineInfo, RemoveOptions, StopOptions } from '../../src/engine/engine';
import { ContainerGraph } from '../../src/graph/model/graph';
import { type ContainerNode, isActive, type NodeKey } from '../../src/graph/model/model';
import type { Unit } from '../../src/graph/plan/plan';
import { type ActionOptions, planAction } from '../../src/graph/plan/planAction';
import type { StopTimeout } from '../../src/graph/model/stopTimeout';
import { ManualClock } from '../../src/manualClock';
import type { UnitContext } from '../../src/service/runs/runContext';
import type { EngineStateView } from '../../src/service/state/engineStateView';
import { container, key } from '../graph/build';

/** A call that reached the engine; `at` by the monotonic clock. */
interface SentCall {
  readonly call: 'signal' | 'kill' | 'stop' | 'remove' | 'pause' | 'unpause' | 'start' | 'restart';
  readonly name: string;
  readonly at: number;
  readonly signal?: string;
  readonly timeout?: StopTimeout | undefined;
  readonly timeoutMs?: number | undefined;
}

interface ContainerOptions {
  readonly stopTimeout?: StopTimeout;
  readonly state?: ContainerNode['state'];
  readonly restartPolicy?: string;

  readonly inspected?: boolean;
}

/**
 * A manual clock, and an engine that records its calls. Changes (`exit`, `start`) are observed at once unless `unobserved`,
 * that is, without an event.
 */
export class StopFixture {
  readonly clock = new ManualClock();
  readonly sent: SentCall[] = [];
  /** Fails or delays the next call with a name, once. */
  readonly next = new Map<string, () => Promise<void>>();
  killPreventsRestart = true;
  /** False: killed containers exit only by `exit`. */
  killsAtOnce = true;
  /** False: the engine reports success without doing anything. */
  obeys = true;
  private readonly observedNodes = new Map<NodeKey, ContainerNode>();
  /** The engine's own state. */
  private readonly actual = new Map<NodeKey, ContainerNode>();
  private readonly removed = new Set<NodeKey>();
  inspections = 0;

  add(name: string, options: ContainerOptions = {}) {
    const { stopTimeout = 10, state = 'running', restartPolicy = '', inspected = true } = options;
    const details = { stopTimeout, stopSignal: 'SIGTERM', restartPolicy, autoRemove: false };
    const more = { anonymousVolumes: [], namedVolumes: [], initContainer: undefined };
    const node = container(name, {
      state,
      startedAt: isActive(state) ? this.clock.wallTime() - 3600_123 : undefined,
      details: inspected ? { ...details, ...more } : undefined,
    });
    this.set(name, node);
  }

  exit(name: string, unobserved = false) {
    this.set(name, { ...this.node(name), state: 'exited' }, unobserved);
  }

  /** Another client starts or restarts it. */
  start(name: string, unobserved = false) {
    this.set(name, { ...this.node(name), state: 'running', startedAt: this.clock.wallTime() }, unobserved);
  }

  setState(name: string, state: ContainerNode['state']) {
    this.set(name, { ...this.node(name), state });
  }

  /** Another client removes it. */
  forget(name: string) {
    this.actual.delete(key(name));
    this.observedNodes.delete(key(name));
    this.removed.add(key(name));
  }

  plan(options: Partial<ActionOptions> = {}) {
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
        capabilities: { pods: true, enforcesDependencies: true, killPreventsRestart: this.killPreventsRestart },
      }) as EngineInfo,
    isDemo: () => false,
    hasEvents: () => true,
    startOf: (of: NodeKey) => this.observedNodes.get(of)?.startedAt,
    isRemoved: (of: NodeKey) => this.removed.has(of),
    markRemoved: (of: NodeKey) => void this.removed.add(of),
    waitUntil: async () => undefined,
    refresh: async (of: NodeKey) => {
      this.inspections++;
      await this.intercept('inspect');
      this.observedNodes.set(of, this.actual.get(of) as ContainerNode);
      return true;
    },
    refreshList: () => Promise.reject(new Error('not listed here')),
    onActivity: () => () => undefined,
    suspendPodListing: () => () => undefined,
  } as unknown as EngineStateView;

  readonly engine = {
    kill: (of: NodeKey, signal: string, options?: CallOptions) =>
      this.record(signal === 'SIGKILL' ? 'kill' : 'signal', of, { signal, ...bounds(options) }, () => {
        if (signal === 'SIGKILL' && this.killsAtOnce) this.exit(nameOf(of));
      }),
    stop: (of: NodeKey, options?: StopOptions) => this.record('stop', of, bounds(options), () => this.exit(nameOf(of))),
    remove: (of: NodeKey, options: RemoveOptions) =>
      this.record('remove', of, bounds(options), () => {
        this.actual.delete(of);
        this.removed.add(of);
      }),
    unpause: (of: NodeKey) => this.record('unpause', of, {}, () => this.setState(nameOf(of), 'running')),
    pause: (of: NodeKey) => this.record('pause', of, {}, () => this.setState(nameOf(of), 'paused')),
    start: (of: NodeKey) => this.record('start', of, {}, () => this.start(nameOf(of))),
    restart: (of: NodeKey) => this.record('restart', of, {}, () => this.start(nameOf(of))),
    listAttached: async () => (await this.intercept('attached'), []),
    exists: async (of: NodeKey) => (await this.intercept('exists'), this.actual.has(of)),
  } as unknown as Engine;

  context(
    unit: Unit,
    plan = this.plan(),
    cancelled = new AbortController(),
    abandoned = new AbortController(),
  ): UnitContext {
    return {
      ...{ unit, plan, attempt: 1, engine: this.engine, observed: this.observed, clock: this.clock },
      ...{
        sent: new Set<NodeKey>(),
        backups: undefined,
        onBytesCopied: () => undefined,
        alreadySignalled: new Set<NodeKey>(),
        cancelled: cancelled.signal,
        abandoned: abandoned.signal,
      },
      ...{
        verifyImmediately: () => true,
        onRequestSent: none,
        hasRecipes: false,
        recorder: {
          recordStopSent: () => none,
          recordStartSent: none,
          recordStillRunning: none,
          recordUnpauseSent: none,
        },
        pendingStops: new Map(),
        onResponse: none,
      },
    };
  }

  node(name: string): ContainerNode {
    return this.actual.get(key(name)) as ContainerNode;
  }

  private set(name: string, node: ContainerNode, unobserved = false) {
    this.actual.set(key(name), node);
    if (!unobserved) this.observedNodes.set(key(name), node);
  }

  private async record(call: SentCall['call'], of: NodeKey, more: Partial<SentCall>, done: () => void) {
    this.sent.push({ call, name: nameOf(of), at: this.clock.now(), ...more });
    await this.intercept(call);
    if (this.obeys) done();
  }

  private async intercept(call: string) {
    const next = this.next.get(call);
    this.next.delete(call);
    await next?.();
  }
}

const none = () => undefined;
const nameOf = (of: NodeKey) => of.split('/')[2] ?? '';

function bounds(options: (CallOptions & { readonly timeout?: StopTimeout | undefined }) | undefined) {
  return { timeout: options?.timeout, timeoutMs: options?.timeoutMs };
}
