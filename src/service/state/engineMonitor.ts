import { isLocalAddress } from '../../engine/address';
import { sleep } from '../../clock';
import type { EngineEvent, EngineInfo } from '../../engine/engine';
import { EngineError, isAccessDenied, isConnectionError } from '../../engine/error';
import { Emitter } from '../emitter';
import type { EngineProblem, EngineState, EngineStatus } from '../service';
import type { EngineSource, ServiceDeps } from '../deps';
import { EventOrder, EventStream } from './eventStream';
import { EngineStateStore } from './stateStore';
import { PollTimer } from './pollTimer';
import { EngineQueries } from './engineQueries';
import { EngineEventHub } from './engineEventHub';
import { ResourceLists } from './resourceLists';
import type { SystemdReader } from './systemdReader';

/** Milliseconds. */
const minBackoff = 200;
/** Milliseconds. Local retries are cheap; servers may ban clients after repeated denied attempts. */
const maxBackoff = { local: 1_000, remote: 30_000, denied: 300_000 } as const;
/** Milliseconds between lists. With events, lists are only a safety net. */
const pollInterval = { withEvents: 15_000, withoutEvents: 3_000, duringRuns: 1_000 } as const;
/** The interval is at least this multiple of the last list's duration. */
const pollDurationRatio = 4;
/** Milliseconds by which an event may follow a list that shows its change (Podman 5.8.6 delivers every 250 ms). */
const maxEventLag = 2_000;
/** Milliseconds to wait for the event stream to open before the first list. */
const streamOpenTimeout = 1000;

/** Follows one engine: connects, subscribes to events, lists, inspects new containers, and reconnects with backoff. */
export class EngineMonitor {
  readonly observations = new EngineStateStore();
  readonly eventHub: EngineEventHub;
  readonly queries: EngineQueries;
  readonly resources: ResourceLists;
  /** The status changed. */
  readonly onDidChange: Emitter<void>;

  /** Undefined before the first connect. */
  info: EngineInfo | undefined;
  private state: EngineState = 'connecting';
  private error: EngineError | undefined;
  private lifetime: AbortController | undefined;
  private retryDelay: AbortController | undefined;
  private readonly order = new EventOrder();
  private readonly stream: EventStream;
  private problem: EngineProblem | undefined;
  private readonly timer: PollTimer;
  /** Loaded when a container names a systemd unit. */
  systemd: SystemdReader | undefined;
  private lastListMs = 0;
  private cancelLagTimer: (() => void) | undefined;
  private isInRun = false;
  private currentIdentity: Promise<string> | undefined;

  constructor(
    private currentSource: EngineSource,
    private readonly host: ServiceDeps,
  ) {
    this.onDidChange = new Emitter((thrown) => host.log.error(`listener failed: ${String(thrown)}`));
    this.eventHub = new EngineEventHub(this.observations, host.clock);
    this.queries = new EngineQueries({
      host,
      observations: this.observations,
      eventHub: this.eventHub,
      source: () => this.currentSource,
      info: () => this.info,
      onListed: () => this.onDidChange.fire(),
      onUnreported: () => this.watchForEvents(),
      onRetryDue: () => this.timer.reschedule(),
    });
    this.resources = new ResourceLists({
      host,
      source: () => this.currentSource,
      onChange: () => {
        this.observations.markPresentationChanged();
        this.eventHub.notify();
      },
    });
    this.eventHub.onDidObserve.event(() => {
      if (this.systemd) this.systemd.scheduleIfChanged();
      else if (this.observations.units.version > 0) void this.loadSystemd();
    });
    this.timer = new PollTimer(
      host.clock,
      () => this.interval,
      () => this.queries.inspectsDueIn,
    );
    this.stream = new EventStream({
      host,
      source: () => this.currentSource,
      onEvent: (event) => this.onEvent(event),
      onResourceEvent: () => this.resources.scheduleList(),
      onGap: () => {
        this.queries.expectGap();
        this.timer.makeDue();
      },
      onProblem: (error) => this.setProblem(error && { kind: 'noEvents', error }, 'noEvents'),
    });
  }

  /** Whether the engine reports changes by events; otherwise it is polled. */
  get hasEvents(): boolean {
    return this.problem?.kind !== 'noEvents';
  }

  get source(): EngineSource {
    return this.currentSource;
  }

  /** Updates the label of the same engine. */
  rename(source: EngineSource) {
    this.currentSource = source;
  }

  get status(): EngineStatus {
    return {
      id: this.source.id,
      label: this.source.label,
      endpoint: this.source.engine.endpoint,
      defaultFor: this.source.defaultFor,
      isDemo: this.source.isDemo,
      state: this.state,
      info: this.info,
      error: this.error,
      problem: this.problem,
      systemd: this.systemd?.access,
      failedUnits: this.systemd?.failedUnits,
      listed: this.queries.hasListed,
      uninspected: this.queries.hasListed ? this.observations.pending : 0,
    };
  }

  /**
   * Follows the engine until `stop` is called.
   * @param isInRun whether a run depends on it
   */
  start(isInRun: boolean) {
    this.isInRun = isInRun;
    this.timer.reschedule();
    if (this.lifetime) return;
    this.lifetime = new AbortController();
    this.queries.prepare();
    void this.stayConnected(this.lifetime.signal);
  }

  /** Closes the event stream and keeps the last known state. */
  stop() {
    this.lifetime?.abort();
    this.lifetime = undefined;
    this.cancelLagTimer?.();
    this.cancelLagTimer = undefined;
  }

  /** Stops and resets the connection state. */
  suspend() {
    this.stop();
    if (this.state === 'connecting') return;
    this.state = 'connecting';
    this.error = undefined;
    this.onDidChange.fire();
  }

  dispose() {
    this.stop();
    this.queries.dispose();
    this.resources.dispose();
    this.systemd?.dispose();
    this.eventHub.dispose();
    this.onDidChange.dispose();
    this.source.engine.close();
  }

  /** Reconnects and lists. Rejects with an `EngineError` after updating the state. */
  async refresh(): Promise<void> {
    try {
      this.info = await this.source.engine.connect();
      await this.list();
      this.systemd?.reset();
      this.setState('live', undefined);
      // Connected: skip the rest of the retry delay.
      this.retryDelay?.abort();
    } catch (thrown) {
      throw this.handleDisconnect(EngineError.from(thrown));
    }
  }

  /** Resolves when the engine's version and capabilities are known. */
  async whenConnected(): Promise<void> {
    this.info ??= await this.source.engine.connect();
  }

  /** The identity that the engine reports, queried once per connect. Rejects with an `EngineError`. */
  identity(): Promise<string> {
    if (this.currentIdentity) return this.currentIdentity;
    const identity = this.source.engine.identity();
    this.currentIdentity = identity;
    identity.catch(() => {
      if (this.currentIdentity === identity) this.currentIdentity = undefined;
    });
    return identity;
  }

  private async stayConnected(signal: AbortSignal) {
    let backoff = minBackoff;
    while (!signal.aborted) {
      try {
        await this.run(signal, () => (backoff = minBackoff));
      } catch (thrown) {
        if (signal.aborted) return;
        this.handleDisconnect(EngineError.from(thrown));
        const pause = backoff * (0.75 + this.host.random() / 2);
        backoff = Math.min(backoff * 2, this.maxBackoff);
        this.retryDelay = new AbortController();
        await sleep(this.host.clock, pause, AbortSignal.any([signal, this.retryDelay.signal]));
      }
    }
  }

  private get maxBackoff(): number {
    if (isLocalAddress(this.source.engine.endpoint)) return maxBackoff.local;
    return this.state === 'denied' ? maxBackoff.denied : maxBackoff.remote;
  }

  /** One connection; rejects when the engine is unreachable. The event stream opens before the list, so no change is missed. */
  private async run(signal: AbortSignal, onLive: () => void) {
    const { clock } = this.host;
    const { engine } = this.source;
    this.info = await engine.connect({ signal });
    this.queries.retryInspects();
    this.systemd?.reset();
    const connection = new AbortController();
    const end = () => connection.abort();
    signal.addEventListener('abort', end, { once: true });
    try {
      const first = new Promise<void>((resolve) => void this.stream.follow(connection.signal, resolve));
      const waiting = new AbortController();
      await Promise.race([
        first,
        sleep(clock, streamOpenTimeout, AbortSignal.any([connection.signal, waiting.signal])),
      ]);
      waiting.abort();
      await this.list();
      if (signal.aborted) return;
      this.setState('live', undefined);
      onLive();
      void this.inspectAll();
      await this.poll(connection.signal);
    } finally {
      connection.abort();
      signal.removeEventListener('abort', end);
    }
  }

  /** Lists at intervals, and at once after a gap in the events; rejects when the engine is unreachable. */
  private async poll(signal: AbortSignal): Promise<void> {
    const { clock } = this.host;
    while (!signal.aborted) {
      const isEarly = await this.timer.wait(signal);
      if (signal.aborted) return;
      // The engine may have restarted with another version.
      if (isEarly) this.info = await this.source.engine.connect({ signal });
      const startedAt = clock.now();
      await this.list();
      this.lastListMs = clock.now() - startedAt;
      void this.inspectAll();
    }
  }

  private get interval(): number {
    const { withEvents, withoutEvents, duringRuns } = pollInterval;
    const usual = !this.problem ? withEvents : this.isInRun ? duringRuns : withoutEvents;
    return Math.max(usual, pollDurationRatio * this.lastListMs);
  }

  /** A failed list of a reachable engine keeps the last known state, and is retried. */
  private async list() {
    try {
      await this.queries.list();
      // Podman 4 reports neither new networks nor removed ones.
      this.resources.scheduleList();
      this.setProblem(undefined, 'noList');
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (isConnectionError(error.reason) || error.reason === 'aborted' || error.reason === 'unsupported') throw error;
      this.setProblem({ kind: 'noList', error }, 'noList');
    }
  }

  private async inspectAll() {
    try {
      await this.queries.inspectAll();
    } catch (thrown) {
      // The next list detects a lost connection.
      this.host.log.warn(`${this.source.label}: ${EngineError.from(thrown).message}`);
      this.timer.makeDue();
    }
  }

  /** Only engines with containers of systemd units need it. */
  private async loadSystemd() {
    const { host, observations, eventHub } = this;
    const { SystemdReader } = await import('./systemdReader');
    this.systemd ??= new SystemdReader({
      host,
      observations,
      eventHub,
      source: () => this.currentSource,
      onDidChange: () => this.onDidChange.fire(),
    });
    this.systemd.scheduleIfChanged();
  }

  private onEvent(event: EngineEvent) {
    const { eventHub, queries, observations } = this;
    this.cancelLagTimer?.();
    this.cancelLagTimer = undefined;
    const order = this.order.classify(event, observations.containers.get(event.key));
    if (order === 'new') {
      const mustInspect = observations.applyEvent(event);
      if (event.action === 'remove' || event.action === 'exit') eventHub.onActivity.fire();
      if (mustInspect) queries.scheduleInspect(event.key);
    } else if (order === 'old') {
      if (observations.containers.has(event.key)) queries.scheduleInspect(event.key);
      else if (!observations.isGone(event.key)) queries.scheduleList();
    }
    eventHub.onDidReceive.fire();
    eventHub.notify();
  }

  /** A list showed a change without an event. If no event follows in time, the engine does not report events. */
  private watchForEvents() {
    if (!this.hasEvents || !this.lifetime) return;
    this.cancelLagTimer ??= this.host.clock.after(maxEventLag, () => {
      this.cancelLagTimer = undefined;
      this.stream.report(new EngineError('noEvents', ''));
    });
  }

  /** @param kind the problem that is resolved if `problem` is undefined */
  private setProblem(problem: EngineProblem | undefined, kind: EngineProblem['kind']) {
    if (!problem && this.problem?.kind !== kind) return;
    const before = this.problem;
    this.problem = problem;
    this.timer.reschedule();
    const isSame = before?.kind === problem?.kind && before?.error.message === problem?.error.message;
    if (isSame) return;
    const { log } = this.host;
    if (problem) log.warn(`${this.source.label}: ${problemText[problem.kind]}: ${problem.error.message}`);
    else log.info(`${this.source.label}: ${kind === 'noEvents' ? 'events are reported' : 'lists succeed'} again`);
    this.onDidChange.fire();
  }

  private handleDisconnect(error: EngineError): EngineError {
    this.setState(isAccessDenied(error.reason) ? 'denied' : 'disconnected', error);
    return error;
  }

  private setState(state: EngineState, error: EngineError | undefined) {
    if (this.state === state && this.error?.message === error?.message) return;
    this.state = state;
    this.error = error;
    // Another engine may be at the address.
    if (state === 'live') this.currentIdentity = undefined;
    const { log } = this.host;
    if (error) log.warn(`${this.source.label} (${this.source.engine.endpoint}): ${error.message}`);
    else log.info(`${this.source.label}: ${this.info?.title ?? ''} ${state}`);
    this.onDidChange.fire();
  }
}

const problemText = {
  noEvents: 'no events, falling back to polling',
  noList: 'cannot list containers',
} as const;
