import { EngineError, isPassing, isWorthRetrying } from '../../engine/error';
import type { Change } from '../../graph/action';
import { concerns } from '../../graph/action';
import type { ContainerNode, NodeKey } from '../../graph/model';
import { goesWhenItEnds, isActive, isInitContainer, keyParts } from '../../graph/model';
import { inMilliseconds, longest } from '../../graph/stopTimeout';
import { send } from './changeCalls';
import { isUp } from '../observed';
import { isBarredFrom, isDoubtful, untilSent, watch } from './doubt';
import { lookSurely } from './lookSurely';
import { isLater, isVague } from './startTime';
import { stopTimeoutIn } from './stopTimes';
import type { UnitResult, UnitWork } from './unitWork';
import { failed, proofPatience } from './unitWork';

/** Milliseconds. How long an event that tells of an exit may be awaited before the engine is asked. */
const lookAgainAfter = 5_000;
/**
 * Milliseconds. How long a cancelled restart waits for what it has sent a stop: its stop timeout within these bounds, for a
 * cancel withdraws the kill. Later, it is reported as still running.
 */
const leastGoingDown = 10_000;
const mostGoingDown = 60_000;

/** One attempt to start, stop, pause … a unit, up to the proof that it is so. Never rejects. */
export async function changeUnit(work: UnitWork, step: Change): Promise<UnitResult> {
  const change = new UnitChange(work, step);
  try {
    const ended = await untilSent(work, () => sendChange(work, step, change));
    if (ended) return ended;
    change.noteAnswer();
    work.onAnswer();
  } catch (thrown) {
    const error = EngineError.from(thrown);
    if (error.reason === 'aborted' && work.cancelled.aborted && !work.abandoned.aborted) {
      return { kind: 'withdrawn', done: change.soFar() };
    }
    return isDoubtful(error) ? change.resolveDoubt(error) : change.explain(error);
  }
  return change.prove();
}

/** @returns the result where nothing need be sent, or nothing may be */
async function sendChange(work: UnitWork, step: Change, change: UnitChange): Promise<UnitResult | undefined> {
  const { observed, unit } = work;
  await change.letGoDown();
  await change.lookBefore();
  if (unit.undoes !== undefined && work.attempt === 1) work.onStillUp(change.up());
  if (unit.nodes.some((key) => observed.isGone(key) && !change.mayBeGone(key))) {
    return failed('gone', 'it was removed meanwhile');
  }
  const stranger = change.stranger();
  if (stranger) return failed('changed', `${stranger.name} has come to the pod since`);
  if (!change.isWanted()) return change.done();
  if (work.cancelled.aborted) return { kind: 'withdrawn' };
  await send(work, step);
  return undefined;
}

/** What one attempt knows of its unit: as it was before anything was sent, and as it is now. */
class UnitChange {
  private readonly before = new Map<NodeKey, ContainerNode>();
  /** Whether the engine has answered that all of it is done. */
  private answered = false;

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

  /** Waits for what was sent a stop before a cancel: only what is down can be started. */
  async letGoDown(): Promise<void> {
    const { observed, clock, plan, unit, goingDown } = this.work;
    // What has been started since is in another life, and goes nowhere.
    const up = () => [...goingDown].filter(([key, life]) => isUp(observed, key) && observed.startOf(key) === life);
    const stopTimeout = longest(up().map(([key]) => stopTimeoutIn(plan, key)));
    const patience = Math.min(Math.max(inMilliseconds(stopTimeout), leastGoingDown), mostGoingDown);
    const until = clock.now() + patience;
    for (let left = patience; left > 0 && up().length > 0; left = until - clock.now()) {
      await observed.awaitThat(unit.engine, () => up().length === 0, Math.min(left, lookAgainAfter));
      await Promise.all(up().map(([key]) => lookSurely(observed, key)));
    }
    this.noteBefore();
  }

  /** What of the unit runs. */
  up(): NodeKey[] {
    return this.work.unit.nodes.filter((key) => isUp(this.work.observed, key));
  }

  private noteBefore() {
    for (const key of [...this.work.unit.nodes, ...this.work.unit.infra]) {
      const container = this.work.observed.container(key);
      if (container) this.before.set(key, container);
    }
  }

  /** Whether anything of the unit is not yet as wanted. */
  isWanted(): boolean {
    const parts = this.parts();
    // Init containers run with the others of their pod, and need not where these run already.
    const others = parts.filter((key) => !this.isInit(key));
    return (others.length > 0 ? others : parts).some((key) => {
      const container = this.work.observed.container(key);
      return container !== undefined && concerns(this.step, container.state);
    });
  }

  /** To be called when the engine has answered to all that was sent. */
  noteAnswer() {
    this.answered = true;
  }

  /**
   * Whether the unit is as wanted although a node of it is gone: what is stopped may go (`--rm`), and what ends by itself
   * after a start, or has run as an init container, is removed by the engine. Otherwise somebody has removed it.
   */
  mayBeGone(key: NodeKey): boolean {
    const { observed, plan } = this.work;
    if (this.step === 'stop' || this.step === 'kill') return true;
    const node = this.before.get(key) ?? plan.nodes.get(key)?.node;
    if (node?.kind !== 'container') return false;
    if (this.step !== 'start' && this.step !== 'restart') return goesWhenItEnds(node);
    if (isLater(observed.startOf(key), node.startedAt)) return true;
    return node.details?.initContainer === 'once' || (this.answered && goesWhenItEnds(node));
  }

  private isInit(key: NodeKey): boolean {
    const node = this.work.observed.container(key) ?? this.work.plan.nodes.get(key)?.node;
    return node?.kind === 'container' && isInitContainer(node);
  }

  done(): UnitResult {
    const { unit } = this.work;
    // What was as wanted from the start, pods if all of them was.
    const so = new Set(unit.nodes.filter((key) => this.wasSo(key)));
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
    if (this.work.attempt > 1 || this.work.told.has(key)) return false;
    const state = this.before.get(key)?.state;
    // It was gone before anything was sent; pods go by their members.
    if (state === undefined) return keyParts(key).kind === 'container' && this.work.observed.isGone(key);
    return state !== undefined && !concerns(this.step, state);
  }

  private isSo(key: NodeKey): boolean {
    const { observed } = this.work;
    const now = observed.container(key);
    if (!now) return this.mayBeGone(key);
    const then = this.before.get(key);
    const startedAnew = isLater(now.startedAt, then?.startedAt);
    switch (this.step) {
      // What was started may have ended by itself since.
      case 'start':
        return isActive(now.state) || startedAnew || (this.answered && this.isInit(key) && now.exitCode === 0);
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
