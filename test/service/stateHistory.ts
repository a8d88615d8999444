import type { NodeKey } from '../../src/graph/model/model';
import type { CurrentState } from '../../src/graph/plan/report';

/** The state history of containers on a fake engine, and the calls for them. */
export class StateHistory {
  /** Active containers that were sent a stop, kill, signal or forced removal. */
  readonly stopSent = new Set<NodeKey>();
  /** Containers for which a stop was requested, also those that had exited just before. */
  readonly stopRequested = new Set<NodeKey>();
  readonly unpauseSent = new Set<NodeKey>();
  /** Containers started by any client. */
  readonly started = new Set<NodeKey>();
  private readonly states = new Map<NodeKey, { readonly at: number; readonly state: CurrentState }[]>();
  private moment = 0;

  /** Increases with each state change. */
  get now(): number {
    return this.moment;
  }

  record(key: NodeKey, state: CurrentState) {
    const list = this.states.get(key) ?? [];
    list.push({ at: ++this.moment, state });
    this.states.set(key, list);
  }

  /** The states that a container had between two times. */
  during(key: NodeKey, from: number, to: number): CurrentState[] {
    const list = this.states.get(key) ?? [];
    return list.flatMap(({ at, state }, index) => {
      const until = list[index + 1]?.at ?? Infinity;
      return at <= to && until > from ? [state] : [];
    });
  }
}
