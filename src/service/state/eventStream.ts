import { sleep } from '../../clock';
import type { EngineEvent } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import type { EngineSource, ServiceDeps } from '../service';

/** Milliseconds before a stream reopens: `minBackoff` after a healthy one, else doubled from `earlyEndBackoff`. */
const minBackoff = 200;
const earlyEndBackoff = 2_000;
const maxBackoff = 60_000;
/** Milliseconds after which a stream counts as healthy: its end is most likely an engine restart. */
const healthyAfter = 10_000;
/** Milliseconds: an engine without events may accept the request and end the response a moment later. */
const confirmedAfter = 2_000;

export interface EventStreamDeps {
  readonly host: Pick<ServiceDeps, 'clock' | 'random'>;
  readonly source: () => EngineSource;
  readonly onEvent: (event: EngineEvent) => void;
  /** The stream reopened or ended: changes in between are unreported, so list. */
  readonly onGap: () => void;
  /** Why there are no events; undefined once they arrive again. */
  readonly onProblem: (problem: EngineError | undefined) => void;
}

/**
 * The event stream of one engine, reopened with backoff while the engine is polled. Its end does not mean a lost engine:
 * Podman's event backend `none` and filtering proxies end only this request.
 */
export class EventStream {
  private hasProblem = false;

  constructor(private readonly deps: EventStreamDeps) {}

  /**
   * Streams events until the signal is aborted; never rejects.
   * @param onFirst the first request was accepted or failed
   */
  async follow(signal: AbortSignal, onFirst: () => void): Promise<void> {
    const { clock, random } = this.deps.host;
    let backoff = minBackoff;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const startedAt = clock.now();
      const error = await this.followOnce(signal, () => (isFirst ? onFirst() : this.deps.onGap()));
      if (signal.aborted) return;
      const isHealthy = clock.now() - startedAt >= healthyAfter;
      backoff = isHealthy ? minBackoff : Math.min(Math.max(2 * backoff, earlyEndBackoff), maxBackoff);
      this.report(error);
      onFirst();
      this.deps.onGap();
      await sleep(clock, backoff * (0.75 + random() / 2), signal);
    }
  }

  /** Sets or clears the problem. */
  report(problem: EngineError | undefined) {
    if (!this.hasProblem && !problem) return;
    this.hasProblem = problem !== undefined;
    this.deps.onProblem(problem);
  }

  /** @returns why the stream ended */
  private async followOnce(signal: AbortSignal, onOpen: () => void): Promise<EngineError> {
    const { clock } = this.deps.host;
    let cancelConfirm = () => undefined as void;
    try {
      await this.deps.source().engine.events(
        {
          onOpen: () => {
            cancelConfirm = clock.after(confirmedAfter, () => this.report(undefined));
            onOpen();
          },
          onEvent: (event) => {
            this.report(undefined);
            this.deps.onEvent(event);
          },
        },
        { signal },
      );
      return new EngineError('noEvents', 'the stream of events ended');
    } catch (thrown) {
      return EngineError.from(thrown);
    } finally {
      cancelConfirm();
    }
  }
}
