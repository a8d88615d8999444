import { isOnThisMachine } from '../../engine/address';
import { sleep } from '../../clock';
import type { EngineEvent, EngineInfo } from '../../engine/engine';
import { EngineError, isDenied } from '../../engine/error';
import { Emitter } from '../emitter';
import type { EngineSource, EngineState, EngineStatus, ServiceHost } from '../service';
import { Observations } from './observations';
import { Questions } from './questions';
import { Signs } from './signs';

/** Milliseconds. A lost engine is tried again sooner than the two seconds promised. */
const firstBackoff = 200;
/** On this machine trying costs nothing; over a network each try is a connection, and to ask a closed door may be held against us. */
const longestBackoff = { here: 1_000, remote: 30_000, denied: 300_000 } as const;
/** Safety net for engines whose events never come (Podman on journald may deliver none). */
const slowPoll = 15_000;
/** How long an event stream may take to be accepted before the list is asked all the same. */
const streamPatience = 1000;

/** Follows one engine: connect, listen to its events, list, inspect what is new, and all of it again when it was lost. */
export class EngineFeed {
  readonly observations = new Observations();
  readonly signs: Signs;
  readonly questions: Questions;
  /** It stands otherwise with the engine. */
  readonly onDidChange: Emitter<void>;

  private state: EngineState = 'connecting';
  private info: EngineInfo | undefined;
  private error: EngineError | undefined;
  private life: AbortController | undefined;
  private pausing: AbortController | undefined;

  constructor(
    private known: EngineSource,
    private readonly host: ServiceHost,
  ) {
    this.onDidChange = new Emitter((thrown) => host.log.error(`listener failed: ${String(thrown)}`));
    this.signs = new Signs(this.observations, host.clock);
    this.questions = new Questions({
      host,
      observations: this.observations,
      signs: this.signs,
      source: () => this.known,
      info: () => this.info,
      onListed: () => this.onDidChange.fire(),
    });
  }

  /** How the engine is reached and called. */
  get source(): EngineSource {
    return this.known;
  }

  /** The same engine, perhaps by another name. */
  call(source: EngineSource) {
    this.known = source;
  }

  get status(): EngineStatus {
    return {
      id: this.source.id,
      label: this.source.label,
      endpoint: this.source.engine.endpoint,
      defaultOf: this.source.defaultOf,
      state: this.state,
      info: this.info,
      error: this.error,
      listed: this.questions.hasListed,
      pending: this.questions.hasListed ? this.observations.uninspected().length : 0,
    };
  }

  /** Follows the engine until `sleep` is called. */
  wake() {
    if (this.life) return;
    this.life = new AbortController();
    this.questions.prepare();
    void this.live(this.life.signal);
  }

  /** Lets go of the event stream; what is known stays, and is asked anew on waking. */
  sleep() {
    this.life?.abort();
    this.life = undefined;
  }

  /** Sleeps, and says no more how it stands with the engine. */
  rest() {
    this.sleep();
    if (this.state === 'connecting') return;
    this.state = 'connecting';
    this.error = undefined;
    this.onDidChange.fire();
  }

  dispose() {
    this.sleep();
    this.questions.dispose();
    this.signs.dispose();
    this.onDidChange.dispose();
    this.source.engine.close();
  }

  /** Asks for everything anew; rejects with an `EngineError`, and marks the engine accordingly. */
  async refresh(): Promise<void> {
    try {
      this.info = await this.source.engine.connect();
      await this.questions.list();
      this.mark('live', undefined);
      // It is there: nobody needs to wait for the next try.
      this.pausing?.abort();
    } catch (thrown) {
      throw this.lost(EngineError.from(thrown));
    }
  }

  /** Settles once it is known what the engine is and can do. */
  async connected(): Promise<void> {
    this.info ??= await this.source.engine.connect();
  }

  private async live(signal: AbortSignal) {
    let backoff = firstBackoff;
    while (!signal.aborted) {
      try {
        await this.follow(signal, () => (backoff = firstBackoff));
      } catch (thrown) {
        if (signal.aborted) return;
        this.lost(EngineError.from(thrown));
        const pause = backoff * (0.75 + this.host.random() / 2);
        backoff = Math.min(backoff * 2, this.longestBackoff);
        this.pausing = new AbortController();
        await sleep(this.host.clock, pause, AbortSignal.any([signal, this.pausing.signal]));
      }
    }
  }

  private get longestBackoff(): number {
    if (isOnThisMachine(this.source.engine.endpoint)) return longestBackoff.here;
    return this.state === 'denied' ? longestBackoff.denied : longestBackoff.remote;
  }

  /** One connection's life: rejects when it ends. Events are followed before the list is asked, so that nothing falls between. */
  private async follow(signal: AbortSignal, onLive: () => void) {
    const { engine } = this.source;
    this.info = await engine.connect({ signal });
    const connection = new AbortController();
    const end = () => connection.abort();
    signal.addEventListener('abort', end, { once: true });
    try {
      let opened: () => void = () => undefined;
      const open = new Promise<void>((resolve) => (opened = resolve));
      const stream = engine.events(
        { onOpen: opened, onEvent: (event) => this.onEvent(event) },
        { signal: connection.signal },
      );
      const ended = stream.then(() => {
        throw new EngineError('unreachable', 'the event stream ended');
      });
      await Promise.race([open, ended, sleep(this.host.clock, streamPatience, connection.signal)]);
      await Promise.race([this.questions.list(), ended]);
      this.mark('live', undefined);
      onLive();
      const inspects = this.questions.inspectAll();
      await Promise.race([inspects.then(() => this.poll(connection.signal)), ended]);
    } finally {
      connection.abort();
      signal.removeEventListener('abort', end);
    }
  }

  private async poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.host.clock, slowPoll, signal);
      if (!signal.aborted) await this.questions.list();
      if (!signal.aborted) await this.questions.inspectAll();
    }
  }

  private onEvent(event: EngineEvent) {
    const mustAsk = this.observations.applyEvent(event);
    const { signs, questions } = this;
    if (event.action === 'remove') signs.onGone.fire(event.key);
    if (event.action === 'remove' || event.action === 'died') signs.onActivity.fire();
    signs.onTold.fire();
    if (mustAsk) questions.lookSoon(event.key);
    signs.tell();
  }

  private lost(error: EngineError): EngineError {
    this.mark(isDenied(error.reason) ? 'denied' : 'lost', error);
    return error;
  }

  private mark(state: EngineState, error: EngineError | undefined) {
    if (this.state === state && this.error?.message === error?.message) return;
    this.state = state;
    this.error = error;
    const { log } = this.host;
    if (error) log.warn(`${this.source.label} (${this.source.engine.endpoint}): ${error.message}`);
    else log.info(`${this.source.label}: ${this.info?.title ?? ''} ${state}`);
    this.onDidChange.fire();
  }
}
