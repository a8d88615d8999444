import { EngineError, isPassing, isWorthRetrying } from '../../engine/error';
import type { Change } from '../../graph/action';
import { concerns } from '../../graph/action';
import type { ContainerNode, NodeKey } from '../../graph/model';
import { isActive, keyParts } from '../../graph/model';
import { send } from './changeCalls';
import { isBarredFrom, isDoubtful, watch } from './doubt';
import { lookSurely } from './lookSurely';
import type { UnitResult, UnitWork } from './unitWork';
import { failed, proofPatience } from './unitWork';

/** One attempt to start, stop, pause … a unit, up to the proof that it is so. Never rejects. */
export async function changeUnit(work: UnitWork, step: Change): Promise<UnitResult> {
  const { observed, unit } = work;
  const change = new UnitChange(work, step);
  try {
    await change.lookBefore();
    const gone = unit.nodes.filter((key) => observed.isGone(key));
    if (gone.length > 0 && step !== 'stop' && step !== 'kill') return failed('gone', 'it was removed meanwhile');
    const stranger = change.stranger();
    if (stranger) return failed('changed', `${stranger.name} has come to the pod since`);
    if (!change.isWanted()) return change.done();
    if (work.cancelled.aborted) return { kind: 'withdrawn' };
    await send(work, step);
    work.onAnswer();
  } catch (thrown) {
    const error = EngineError.from(thrown);
    if (error.reason === 'aborted' && work.cancelled.aborted) return { kind: 'withdrawn', done: change.soFar() };
    return isDoubtful(error) ? change.resolveDoubt(error) : change.explain(error);
  }
  return change.prove();
}

/** What one attempt knows of its unit: as it was before anything was sent, and as it is now. */
class UnitChange {
  private readonly before = new Map<NodeKey, ContainerNode>();

  constructor(
    private readonly work: UnitWork,
    private readonly step: Change,
  ) {
    this.noteBefore();
  }

  /**
   * Asks about what cannot be judged by what is known: what was started when (Docker's lists do not tell, Podman's not within
   * the second), for that is the proof of a start; and what is as wanted, for a late event may have told of a time that is over.
   */
  async lookBefore(): Promise<void> {
    const { observed, clock } = this.work;
    const isOpen = ({ state, startedAt }: ContainerNode) =>
      state !== 'created' && (startedAt === undefined || isVague(startedAt, clock.wallTime()));
    const provesByStart = this.step === 'start' || this.step === 'restart';
    const asked = this.parts().filter((key) => {
      const container = observed.container(key);
      return container && (!concerns(this.step, container.state) || (provesByStart && isOpen(container)));
    });
    if (asked.length === 0) return;
    await Promise.all(asked.map((key) => lookSurely(observed, key)));
    this.noteBefore();
  }

  private noteBefore() {
    for (const key of [...this.work.unit.nodes, ...this.work.unit.infra]) {
      const container = this.work.observed.container(key);
      if (container) this.before.set(key, container);
    }
  }

  /** Whether anything of the unit is not yet as wanted. */
  isWanted(): boolean {
    return this.parts().some((key) => {
      const container = this.work.observed.container(key);
      return container !== undefined && concerns(this.step, container.state);
    });
  }

  done(): UnitResult {
    const { unit } = this.work;
    // What was as wanted from the start, pods if all of them was.
    const so = new Set(unit.nodes.filter((key) => this.before.has(key) && this.wasSo(key)));
    const all = unit.nodes.every((key) => so.has(key) || keyParts(key).kind === 'pod');
    return { kind: 'done', already: all ? new Set(unit.nodes) : so };
  }

  /** The containers that are as wanted by now. */
  soFar(): ReadonlySet<NodeKey> {
    return new Set(this.work.unit.nodes.filter((key) => keyParts(key).kind === 'container' && this.isSo(key)));
  }

  /** A pod cannot be taken down as a whole while something that was not confirmed runs in it. */
  stranger(): ContainerNode | undefined {
    if (this.step !== 'stop' && this.step !== 'kill') return undefined;
    const { observed, unit } = this.work;
    const mine = new Set([...unit.nodes, ...unit.infra]);
    const pods = unit.targets.filter((key) => keyParts(key).kind === 'pod');
    const containers = pods.flatMap((pod) => observed.containersOf(pod));
    return containers.find((one) => !one.infra && !mine.has(one.key) && isActive(one.state));
  }

  /** An answer is not proof: events are, or a second question. */
  async prove(): Promise<UnitResult> {
    const { observed, unit, attempt } = this.work;
    await observed.awaitThat(unit.engine, () => this.allSo(), proofPatience(this.work));
    try {
      await this.lookAtRest();
    } catch (thrown) {
      return this.resolveDoubt(EngineError.from(thrown));
    }
    if (this.allSo()) return this.done();
    const name = this.rest()[0];
    const words = `the engine reported it done, and ${(name && observed.container(name)?.name) ?? 'it'} is not so`;
    return failed('falseSuccess', words, { again: attempt < 2 });
  }

  /** A refusal: perhaps somebody else has done it meanwhile. */
  async explain(error: EngineError): Promise<UnitResult> {
    if (isBarredFrom(error)) return { kind: 'lost', words: error.words };
    try {
      await this.lookAtRest();
    } catch (thrown) {
      return this.resolveDoubt(EngineError.from(thrown));
    }
    if (this.allSo()) return this.done();
    const busy = isPassing(error.reason);
    // What a member of a pod fails with, it fails with again.
    const again = isWorthRetrying(error.reason, this.work.attempt);
    return failed(error.reason, error.words, { again, busy, members: error.more.members });
  }

  async resolveDoubt(error: EngineError): Promise<UnitResult> {
    const result = await watch(this.work, error, async () => {
      await this.lookAtRest();
      return this.allSo();
    });
    return result === 'done' ? this.done() : result;
  }

  private allSo(): boolean {
    return this.rest().length === 0;
  }

  private rest(): NodeKey[] {
    return this.parts().filter((key) => !this.isSo(key));
  }

  private async lookAtRest() {
    await Promise.all(this.rest().map((key) => lookSurely(this.work.observed, key)));
  }

  /** The containers by whose states the unit is judged: a pod's infra container need not be paused or restarted. */
  private parts(): NodeKey[] {
    const { unit } = this.work;
    const infra = this.step === 'start' || this.step === 'stop' || this.step === 'kill' ? unit.infra : [];
    return [...unit.nodes.filter((key) => keyParts(key).kind === 'container'), ...infra];
  }

  private wasSo(key: NodeKey): boolean {
    const state = this.before.get(key)?.state;
    if (this.work.attempt > 1 || this.work.told.has(key)) return false;
    return state !== undefined && !concerns(this.step, state);
  }

  private isSo(key: NodeKey): boolean {
    const { observed } = this.work;
    const now = observed.container(key);
    // What goes when it stops is down; what cannot be found cannot be started.
    if (!now) return this.step === 'stop' || this.step === 'kill' || !this.before.has(key);
    const then = this.before.get(key);
    const startedAnew = isLater(now.startedAt, then?.startedAt);
    switch (this.step) {
      // What was started may have ended by itself since.
      case 'start':
        return isActive(now.state) || startedAnew;
      case 'restart':
        return startedAnew;
      case 'pause':
        return now.state === 'paused' || !isActive(now.state);
      case 'stop':
      case 'kill':
      case 'unpause':
        return !concerns(this.step, now.state);
    }
  }
}

/**
 * Milliseconds. What a list tells of a start so near to now, give or take what the engine's clock may differ, could be
 * taken for the start that is to come.
 */
const near = 60_000;

/** Whether a time is in whole seconds, as lists have it, and so near that the next start could fall into that second. */
export function isVague(startedAt: number, now: number): boolean {
  return startedAt % 1000 === 0 && Math.abs(now - startedAt) < near;
}

/** Whether one start came after another. Lists tell it in whole seconds, inspects in full: these may be one and the same. */
export function isLater(now: number | undefined, then: number | undefined): boolean {
  if (now === undefined) return false;
  if (then === undefined) return true;
  return now > then && !(then % 1000 === 0 && now - then < 1000);
}
