import { isOnThisMachine } from '../../engine/address';
import { sleep } from '../../clock';
import type { EngineEvent, EngineInfo } from '../../engine/engine';
import { EngineError, isAccessDenied, isConnectionError } from '../../engine/error';
import { Emitter } from '../emitter';
import type { EngineProblem, EngineSource, EngineState, EngineStatus, ServiceDeps } from '../service';
import { EventOrder } from './eventOrder';
import { EventStream } from './eventStream';
import { EngineStateStore } from './stateStore';
import { PollTimer } from './pollTimer';
import { EngineQueries } from './engineQueries';
import { EngineEventHub } from './engineEventHub';

/** Milliseconds. A lost engine is tried again sooner than the two seconds promised. */
const firstBackoff = 200;
/** On this machine trying costs nothing; over a network each try is a connection, and to ask a closed door may be held against us. */
const longestBackoff = { here: 1_000, remote: 30_000, denied: 300_000 } as const;
/**
 * Milliseconds between lists: a safety net where events come; without them all there is, closer together while a run needs it.
 * A list that takes long is asked for less often.
 */
const pollInterval = { withEvents: 15_000, withoutEvents: 3_000, inRuns: 1_000 } as const;
const pollRest = 4;
/** How long the event of a change may come after a list that shows the change (Podman 5.8.6 delivers four times a second). */
const eventLag = 2_000;
/** How long an event stream may take to be accepted before the list is asked all the same. */
const streamPatience = 1000;

/** Follows one engine: connect, listen to its events, list, inspect what is new, and all of it again when it was lost. */
export class EngineMonitor {
  readonly observations = new EngineStateStore();
  readonly eventHub: EngineEventHub;
  readonly questions: EngineQueries;
  /** It stands otherwise with the engine. */
  readonly onDidChange: Emitter<void>;

  private state: EngineState = 'connecting';
  private info: EngineInfo | undefined;
  private error: EngineError | undefined;
  private life: AbortController | undefined;
  private backoff: AbortController | undefined;
  private readonly order = new EventOrder();
  private readonly stream: EventStream;
  private problem: EngineProblem | undefined;
  private readonly timer: PollTimer;
  /** Milliseconds that the last list took. */
  private listTook = 0;
  private lag: (() => void) | undefined;
  private isInRun = false;

  constructor(
    private knownState: EngineSource,
    private readonly host: ServiceDeps,
  ) {
    this.onDidChange = new Emitter((thrown) => host.log.error(`listener failed: ${String(thrown)}`));
    this.eventHub = new EngineEventHub(this.observations, host.clock);
    this.questions = new EngineQueries({
      host,
      observations: this.observations,
      eventHub: this.eventHub,
      source: () => this.knownState,
      info: () => this.info,
      onListed: () => this.onDidChange.fire(),
      onUnreported: () => this.watchForEvents(),
      onRetryDue: () => this.timer.reconsider(),
    });
    this.timer = new PollTimer(
      host.clock,
      () => this.interval,
      () => this.questions.inspectsDueIn,
    );
    this.stream = new EventStream({
      host,
      source: () => this.knownState,
      onEvent: (event) => this.onEvent(event),
      onGap: () => {
        this.questions.expectGap();
        this.timer.makeDue();
      },
      onProblem: (error) => this.setProblem(error && { kind: 'noEvents', error }, 'noEvents'),
    });
  }

  /** Whether changes are reported as they happen; otherwise they have to be asked for. */
  get hasEvents(): boolean {
    return this.problem?.kind !== 'noEvents';
  }

  /** How the engine is reached and called. */
  get source(): EngineSource {
    return this.knownState;
  }

  /** The same engine, perhaps by another name. */
  rename(source: EngineSource) {
    this.knownState = source;
  }

  get status(): EngineStatus {
    return {
      id: this.source.id,
      label: this.source.label,
      endpoint: this.source.engine.endpoint,
      defaultFor: this.source.defaultFor,
      state: this.state,
      info: this.info,
      error: this.error,
      problem: this.problem,
      listed: this.questions.hasListed,
      uninspected: this.questions.hasListed ? this.observations.pending : 0,
    };
  }

  /**
   * Follows the engine until `stop` is called.
   * @param isInRun whether a run depends on it
   */
  start(isInRun = false) {
    this.isInRun = isInRun;
    this.timer.reconsider();
    if (this.life) return;
    this.life = new AbortController();
    this.questions.prepare();
    void this.isLive(this.life.signal);
  }

  /** Lets go of the event stream; what is known stays, and is asked anew on waking. */
  stop() {
    this.life?.abort();
    this.life = undefined;
    this.lag?.();
    this.lag = undefined;
  }

  /** Sleeps, and says no more how it stands with the engine. */
  suspend() {
    this.stop();
    if (this.state === 'connecting') return;
    this.state = 'connecting';
    this.error = undefined;
    this.onDidChange.fire();
  }

  dispose() {
    this.stop();
    this.questions.dispose();
    this.eventHub.dispose();
    this.onDidChange.dispose();
    this.source.engine.close();
  }

  /** Asks for everything anew; rejects with an `EngineError`, and marks the engine accordingly. */
  async refresh(): Promise<void> {
    try {
      this.info = await this.source.engine.connect();
      await this.list();
      this.setError('live', undefined);
      // It is there: nobody needs to wait for the next try.
      this.backoff?.abort();
    } catch (thrown) {
      throw this.handleDisconnect(EngineError.from(thrown));
    }
  }

  /** Settles once it is known what the engine is and can do. */
  async whenConnected(): Promise<void> {
    this.info ??= await this.source.engine.connect();
  }

  private async isLive(signal: AbortSignal) {
    let backoff = firstBackoff;
    while (!signal.aborted) {
      try {
        await this.run(signal, () => (backoff = firstBackoff));
      } catch (thrown) {
        if (signal.aborted) return;
        this.handleDisconnect(EngineError.from(thrown));
        const pause = backoff * (0.75 + this.host.random() / 2);
        backoff = Math.min(backoff * 2, this.longestBackoff);
        this.backoff = new AbortController();
        await sleep(this.host.clock, pause, AbortSignal.any([signal, this.backoff.signal]));
      }
    }
  }

  private get longestBackoff(): number {
    if (isOnThisMachine(this.source.engine.endpoint)) return longestBackoff.here;
    return this.state === 'denied' ? longestBackoff.denied : longestBackoff.remote;
  }

  /**
   * One connection's life: rejects when the engine is out of reach. Events are followed before the list is asked, so that nothing
   * falls between; that they end says nothing about the engine, so then it is asked.
   */
  private async run(signal: AbortSignal, onLive: () => void) {
    const { clock } = this.host;
    const { engine } = this.source;
    this.info = await engine.connect({ signal });
    this.questions.retryInspects();
    const connection = new AbortController();
    const end = () => connection.abort();
    signal.addEventListener('abort', end, { once: true });
    try {
      const first = new Promise<void>((resolve) => void this.stream.follow(connection.signal, resolve));
      const waiting = new AbortController();
      await Promise.race([first, sleep(clock, streamPatience, AbortSignal.any([connection.signal, waiting.signal]))]);
      waiting.abort();
      await this.list();
      if (signal.aborted) return;
      this.setError('live', undefined);
      onLive();
      void this.inspectAll();
      await this.poll(connection.signal);
    } finally {
      connection.abort();
      signal.removeEventListener('abort', end);
    }
  }

  /** Lists again and again, at once after a gap in the events; rejects when the engine is out of reach. */
  private async poll(signal: AbortSignal): Promise<void> {
    const { clock } = this.host;
    while (!signal.aborted) {
      const isEarly = await this.timer.wait(signal);
      if (signal.aborted) return;
      // An engine that has restarted may be another version.
      if (isEarly) this.info = await this.source.engine.connect({ signal });
      const began = clock.now();
      await this.list();
      this.listTook = clock.now() - began;
      void this.inspectAll();
    }
  }

  private get interval(): number {
    const { withEvents, withoutEvents, inRuns } = pollInterval;
    const usual = !this.problem ? withEvents : this.isInRun ? inRuns : withoutEvents;
    return Math.max(usual, pollRest * this.listTook);
  }

  /** A list that fails while the engine can be reached leaves what was known, and is asked for again. */
  private async list() {
    try {
      await this.questions.list();
      this.setProblem(undefined, 'noList');
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (isConnectionError(error.reason) || error.reason === 'aborted' || error.reason === 'unsupported') throw error;
      this.setProblem({ kind: 'noList', error }, 'noList');
    }
  }

  private async inspectAll() {
    try {
      await this.questions.inspectAll();
    } catch (thrown) {
      // The next list tells whether the engine is lost.
      this.host.log.warn(`${this.source.label}: ${EngineError.from(thrown).message}`);
      this.timer.makeDue();
    }
  }

  private onEvent(event: EngineEvent) {
    const { eventHub, questions: queries, observations } = this;
    this.lag?.();
    this.lag = undefined;
    const order = this.order.judge(event, observations.containers.get(event.key));
    if (order === 'new') {
      const mustAsk = observations.applyEvent(event);
      if (event.action === 'remove') eventHub.onDidRemove.fire(event.key);
      if (event.action === 'remove' || event.action === 'exit') eventHub.onActivity.fire();
      if (mustAsk) queries.scheduleInspect(event.key);
    } else if (order === 'old') {
      if (observations.containers.has(event.key)) queries.scheduleInspect(event.key);
      else if (!observations.isGone(event.key)) queries.listSoon();
    }
    eventHub.onDidReceive.fire();
    eventHub.notify();
  }

  /** A list shows a change of which no event told: one that follows soon was only late. */
  private watchForEvents() {
    if (!this.hasEvents || !this.life) return;
    this.lag ??= this.host.clock.after(eventLag, () => {
      this.lag = undefined;
      this.stream.report(new EngineError('noEvents', ''));
    });
  }

  /** @param kind which problem is over, where there is none */
  private setProblem(problem: EngineProblem | undefined, kind: EngineProblem['kind']) {
    if (!problem && this.problem?.kind !== kind) return;
    const before = this.problem;
    this.problem = problem;
    this.timer.reconsider();
    const isSame = before?.kind === problem?.kind && before?.error.message === problem?.error.message;
    if (isSame) return;
    const { log } = this.host;
    if (problem) log.warn(`${this.source.label}: ${problemText[problem.kind]}: ${problem.error.message}`);
    else log.info(`${this.source.label}: ${kind === 'noEvents' ? 'events are reported' : 'lists are answered'} again`);
    this.onDidChange.fire();
  }

  private handleDisconnect(error: EngineError): EngineError {
    this.setError(isAccessDenied(error.reason) ? 'denied' : 'disconnected', error);
    return error;
  }

  private setError(state: EngineState, error: EngineError | undefined) {
    if (this.state === state && this.error?.message === error?.message) return;
    this.state = state;
    this.error = error;
    const { log } = this.host;
    if (error) log.warn(`${this.source.label} (${this.source.engine.endpoint}): ${error.message}`);
    else log.info(`${this.source.label}: ${this.info?.title ?? ''} ${state}`);
    this.onDidChange.fire();
  }
}

const problemText = {
  noEvents: 'no events are reported, so it is polled',
  noList: 'its containers cannot be listed',
} as const;
