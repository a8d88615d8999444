import { sleep } from '../../clock';
import type { EngineEvent } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import { type ContainerNode, isActive, type NodeKey } from '../../graph/model/model';
import type { EngineSource, ServiceDeps } from '../deps';

/** Milliseconds before a stream reopens: `minBackoff` after a healthy one, else doubled from `earlyEndBackoff`. */
const minBackoff = 200;
const earlyEndBackoff = 2_000;
const maxBackoff = 60_000;
/** Milliseconds after which a stream counts as healthy: its end is most likely an engine restart. */
const healthyAfter = 10_000;
/** Milliseconds: an engine without events may accept the request and end the response a moment later. */
const confirmedAfter = 2_000;

interface EventStreamDeps {
  readonly host: Pick<ServiceDeps, 'clock' | 'random'>;
  readonly source: () => EngineSource;
  readonly onEvent: (event: EngineEvent) => void;
  readonly onResourceEvent: () => void;
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
          onResourceEvent: () => this.deps.onResourceEvent(),
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

/** Milliseconds by which events of different objects may be out of order. */
const tolerance = 5_000;
const maxTracked = 20_000;

interface LastEvent {
  readonly at: number;
  readonly action: EngineEvent['action'];
}

/**
 * Detects replayed events by the engine's timestamps: Podman replays its log after rotation, as may a reopened stream.
 * After the engine's clock was set back, new events have old timestamps, so query the engine after an old event.
 */
export class EventOrder {
  private newest = 0;
  private readonly last = new Map<NodeKey, LastEvent>();

  /**
   * Classifies an event and records it if it is new.
   * @param node the container as last observed
   */
  classify(event: EngineEvent, node: ContainerNode | undefined): 'new' | 'repeated' | 'old' {
    const { key, action, at } = event;
    // Ids are never reused.
    if (action === 'remove') {
      this.last.delete(key);
      return 'new';
    }
    if (!(at > 0)) return 'new';
    const before = this.last.get(key);
    if (before?.at === at && before.action === action) return 'repeated';
    if ((before && at < before.at) || at < this.newest - tolerance || isBeforeStart(event, node)) return 'old';
    this.newest = Math.max(this.newest, at);
    this.last.set(key, { at, action });
    if (this.last.size > maxTracked) this.evictOldest();
    return 'new';
  }

  private evictOldest() {
    let excess = maxTracked / 2;
    for (const key of this.last.keys()) {
      if (excess-- <= 0) return;
      this.last.delete(key);
    }
  }
}

/** Whether the event is older than the container's current start, as a list or an inspect reported it. */
function isBeforeStart({ action, at }: EngineEvent, node: ContainerNode | undefined): boolean {
  if (node?.startedAt === undefined) return false;
  if (action === 'exit') return at < node.startedAt;
  return action === 'start' && at < node.startedAt && !isActive(node.state);
}
