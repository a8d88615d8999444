import { sleep } from '../../clock';
import type { EngineEvent } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import type { EngineSource, ServiceDeps } from '../service';

/** Milliseconds until a stream that ended is opened again: soon after a good one, later and later while they end early. */
const shortestBackoff = 200;
const firstBackoff = 2_000;
const longestBackoff = 60_000;
/** A stream that was open for so long worked: what ended it was most likely a restart of the engine. */
const goodAfter = 10_000;
/** An engine that reports no events may accept the request all the same, and end its answer a moment later. */
const settledAfter = 2_000;

export interface EventStreamDeps {
  readonly host: Pick<ServiceDeps, 'clock' | 'random'>;
  readonly source: () => EngineSource;
  readonly onEvent: (event: EngineEvent) => void;
  /** The stream is open, or has ended: what happened meanwhile was not reported, so the engine has to be asked. */
  readonly onGap: () => void;
  /** There are no events, for this reason; undefined when there are again. */
  readonly onProblem: (problem: EngineError | undefined) => void;
}

/**
 * The events of one engine, as long as it reports any. That a stream ends says nothing about the engine itself: with the
 * backend `none` Podman answers with an error and ends, a filter may forbid events alone. So it is opened again, less and less
 * often, and meanwhile the engine is polled.
 */
export class EventStream {
  private hasProblem = false;

  constructor(private readonly deps: EventStreamDeps) {}

  /**
   * Follows events until the signal is aborted; never rejects.
   * @param onFirst the first request was accepted, or failed
   */
  async follow(signal: AbortSignal, onFirst: () => void): Promise<void> {
    const { clock, random } = this.deps.host;
    let backoff = shortestBackoff;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const began = clock.now();
      const error = await this.followOnce(signal, () => (isFirst ? onFirst() : this.deps.onGap()));
      if (signal.aborted) return;
      const isGood = clock.now() - began >= goodAfter;
      backoff = isGood ? shortestBackoff : Math.min(Math.max(2 * backoff, firstBackoff), longestBackoff);
      this.report(error);
      onFirst();
      this.deps.onGap();
      await sleep(clock, backoff * (0.75 + random() / 2), signal);
    }
  }

  /** Events came although there was a problem, or lists show changes of which none was reported. */
  report(problem: EngineError | undefined) {
    if (!this.hasProblem && !problem) return;
    this.hasProblem = problem !== undefined;
    this.deps.onProblem(problem);
  }

  /** @returns why the stream ended */
  private async followOnce(signal: AbortSignal, onOpen: () => void): Promise<EngineError> {
    const { clock } = this.deps.host;
    let settled = () => undefined as void;
    try {
      await this.deps.source().engine.events(
        {
          onOpen: () => {
            settled = clock.after(settledAfter, () => this.report(undefined));
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
      settled();
    }
  }
}
