import type { NodeKey } from '../../src/graph/model';
import type { CurrentState } from '../../src/graph/report';

/** The states through which the containers of an engine in memory went, and the calls that they were sent. */
export class Chronicle {
  /** What was sent a stop, a kill, a signal or a forced removal while it was active. */
  readonly stopSent = new Set<NodeKey>();
  /** The same, whether or not it was active: it may have ended by itself just before the call came. */
  readonly stopCalled = new Set<NodeKey>();
  readonly unpauseSent = new Set<NodeKey>();
  /** What was started, by whomever. */
  readonly started = new Set<NodeKey>();
  private readonly states = new Map<NodeKey, { readonly at: number; readonly state: CurrentState }[]>();
  private moment = 0;

  /** Grows with each change of a state. */
  get now(): number {
    return this.moment;
  }

  note(key: NodeKey, state: CurrentState) {
    const list = this.states.get(key) ?? [];
    list.push({ at: ++this.moment, state });
    this.states.set(key, list);
  }

  /** The states that a container was in at any time from one moment to another. */
  during(key: NodeKey, from: number, to: number): CurrentState[] {
    const list = this.states.get(key) ?? [];
    return list.flatMap(({ at, state }, index) => {
      const until = list[index + 1]?.at ?? Infinity;
      return at <= to && until > from ? [state] : [];
    });
  }
}
