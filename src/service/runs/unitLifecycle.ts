import { EngineError, isTransient, isWorthRetrying } from '../../engine/error';
import {
  type ContainerNode,
  goesWhenItEnds,
  isActive,
  isInitContainer,
  keyDeps,
  type NodeKey,
} from '../../graph/model/model';
import { appliesTo, type LifecycleAction } from '../../graph/plan/lifecycleAction';
import { inMilliseconds, longest } from '../../graph/model/stopTimeout';
import { isContainerActive, refreshUntilConsistent } from '../state/engineStateView';
import { sendLifecycleCalls } from './lifecycleCalls';
import {
  failure,
  isBarredFrom,
  isOutcomeUnknown,
  type UnitContext,
  type UnitResult,
  untilSent,
  verifyDelayMs,
  waitForOutcome,
} from './runContext';
import { isImprecise, isLaterStart } from './startTime';
import { stopTimeoutIn } from './stopTimes';

/** Milliseconds. How long an event that tells of an exit may be awaited before the engine is asked. */
const lookAgainAfter = 5_000;
/** Milliseconds. How long a cancelled restart waits for what it has sent a stop; later, that is reported as still running. */
const mostGoingDown = 60_000;

/** One attempt to start, stop, pause … a unit, up to the proof that it is so. Never rejects. */
export async function executeLifecycle(work: UnitContext, step: LifecycleAction): Promise<UnitResult> {
  const change = new UnitChange(work, step);
  try {
    const ended = await untilSent(work, () => sendChange(work, step, change));
    if (ended) return ended;
    change.noteAnswer();
    work.onResponse();
  } catch (thrown) {
    const error = EngineError.from(thrown);
    if (error.reason === 'aborted' && work.cancelled.aborted && !work.abandoned.aborted) {
      return { kind: 'aborted', done: change.completedNodes() };
    }
    return isOutcomeUnknown(error) ? change.resolveUnknownOutcome(error) : change.explain(error);
  }
  return change.verify();
}

/** @returns the result where nothing need be sent, or nothing may be */
async function sendChange(
  work: UnitContext,
  step: LifecycleAction,
  change: UnitChange,
): Promise<UnitResult | undefined> {
  const { observed, unit } = work;
  await change.letGoDown();
  await change.captureInitialState();
  if (unit.undoes !== undefined && work.attempt === 1) work.onStillUp(change.up());
  if (unit.nodes.some((key) => observed.isRemoved(key) && !change.mayBeGone(key))) {
    return failure('gone', 'it was removed meanwhile');
  }
  const stranger = change.findNewcomer();
  if (stranger) return failure('changed', `${stranger.name} has come to the pod since`);
  if (!change.needsAction()) return change.done();
  if (work.cancelled.aborted) return { kind: 'aborted' };
  await sendLifecycleCalls(work, step);
  return undefined;
}

/** What one attempt knows of its unit: as it was before anything was sent, and as it is now. */
class UnitChange {
  private readonly before = new Map<NodeKey, ContainerNode>();
  /** Whether the engine has answered that all of it is done. */
  private answered = false;

  constructor(
    private readonly work: UnitContext,
    private readonly step: LifecycleAction,
  ) {
    this.recordInitialState();
  }

  /**
   * Asks about what cannot be judged by what is known: what was started when (Docker's lists do not tell, Podman's not within
   * the second), for that is the proof of a start; and what is as wanted, for a late event may have told of a time that is over.
   */
  async captureInitialState(): Promise<void> {
    const { observed, clock } = this.work;
    const isOpen = ({ state, startedAt }: ContainerNode) =>
      state !== 'created' && (startedAt === undefined || isImprecise(startedAt, clock.wallTime()));
    const provesByStart = this.step === 'start' || this.step === 'restart';
    const requestedAt = this.deps().filter((key) => {
      const container = observed.container(key);
      return container && (!appliesTo(this.step, container.state) || (provesByStart && isOpen(container)));
    });
    if (requestedAt.length === 0) return;
    await Promise.all(requestedAt.map((key) => refreshUntilConsistent(observed, key)));
    this.recordInitialState();
  }

  /** Waits for what was sent a stop before a cancel: only what is down can be started. */
  async letGoDown(): Promise<void> {
    const { observed, clock, plan, unit, goingDown } = this.work;
    // What has been started since is in another life, and goes nowhere.
    const up = () =>
      [...goingDown].filter(([key, life]) => isContainerActive(observed, key) && observed.startOf(key) === life);
    const stopTimeout = longest(up().map(([key]) => stopTimeoutIn(plan, key)));
    const patience = Math.min(inMilliseconds(stopTimeout), mostGoingDown);
    const until = clock.now() + patience;
    for (let left = patience; left > 0 && up().length > 0; left = until - clock.now()) {
      await observed.waitUntil(unit.engine, () => up().length === 0, Math.min(left, lookAgainAfter));
      await Promise.all(up().map(([key]) => refreshUntilConsistent(observed, key)));
    }
    this.recordInitialState();
  }

  /** What of the unit runs. */
  up(): NodeKey[] {
    return this.work.unit.nodes.filter((key) => isContainerActive(this.work.observed, key));
  }

  private recordInitialState() {
    for (const key of [...this.work.unit.nodes, ...this.work.unit.infra]) {
      const container = this.work.observed.container(key);
      if (container) this.before.set(key, container);
    }
  }

  /** Whether anything of the unit is not yet as wanted. */
  needsAction(): boolean {
    const parts = this.deps();
    // Init containers run with the others of their pod, and need not where these run already.
    const others = parts.filter((key) => !this.isInit(key));
    return (others.length > 0 ? others : parts).some((key) => {
      const container = this.work.observed.container(key);
      return container !== undefined && appliesTo(this.step, container.state);
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
    if (isLaterStart(observed.startOf(key), node.startedAt)) return true;
    return node.details?.initContainer === 'once' || (this.answered && goesWhenItEnds(node));
  }

  private isInit(key: NodeKey): boolean {
    const node = this.work.observed.container(key) ?? this.work.plan.nodes.get(key)?.node;
    return node?.kind === 'container' && isInitContainer(node);
  }

  done(): UnitResult {
    const { unit } = this.work;
    // What was as wanted from the start, pods if all of them was.
    const so = new Set(unit.nodes.filter((key) => this.wasInTargetState(key)));
    const all = unit.nodes.every((key) => so.has(key) || keyDeps(key).kind === 'pod');
    return { kind: 'done', already: all ? new Set(unit.nodes) : so };
  }

  /** The containers that are as wanted by now. */
  completedNodes(): ReadonlySet<NodeKey> {
    return new Set(
      this.work.unit.nodes.filter((key) => keyDeps(key).kind === 'container' && this.isInTargetState(key)),
    );
  }

  /** A pod cannot be taken down as a whole while something that was not confirmed runs in it. */
  findNewcomer(): ContainerNode | undefined {
    if (this.step !== 'stop' && this.step !== 'kill') return undefined;
    const { observed, unit } = this.work;
    const mine = new Set([...unit.nodes, ...unit.infra]);
    const pods = unit.targets.filter((key) => keyDeps(key).kind === 'pod');
    const containers = pods.flatMap((pod) => observed.containersOf(pod));
    return containers.find((one) => !one.isInfra && !mine.has(one.key) && isActive(one.state));
  }

  /** An answer is not proof: events are, or a second question. */
  async verify(): Promise<UnitResult> {
    const { observed, unit, attempt } = this.work;
    await observed.waitUntil(unit.engine, () => this.allInTargetState(), verifyDelayMs(this.work));
    try {
      await this.checkPendingNodes();
    } catch (thrown) {
      return this.resolveUnknownOutcome(EngineError.from(thrown));
    }
    if (this.allInTargetState()) return this.done();
    const name = this.pendingNodes()[0];
    const detail = `the engine reported it done, and ${(name && observed.container(name)?.name) ?? 'it'} is not so`;
    return failure('falseSuccess', detail, { again: attempt < 2 });
  }

  /** A refusal: perhaps somebody else has done it meanwhile. */
  async explain(error: EngineError): Promise<UnitResult> {
    if (isBarredFrom(error)) return { kind: 'disconnected', detail: error.detail };
    try {
      await this.checkPendingNodes();
    } catch (thrown) {
      return this.resolveUnknownOutcome(EngineError.from(thrown));
    }
    if (this.allInTargetState()) return this.done();
    const busy = isTransient(error.reason);
    // What a member of a pod fails with, it fails with again.
    const again = isWorthRetrying(error.reason, this.work.attempt);
    return failure(error.reason, error.detail, { again, busy, members: error.details.members });
  }

  async resolveUnknownOutcome(error: EngineError): Promise<UnitResult> {
    const result = await waitForOutcome(this.work, error, async () => {
      await this.checkPendingNodes();
      return this.allInTargetState();
    });
    return result === 'done' ? this.done() : result;
  }

  private allInTargetState(): boolean {
    return this.pendingNodes().length === 0;
  }

  private pendingNodes(): NodeKey[] {
    return this.deps().filter((key) => !this.isInTargetState(key));
  }

  private async checkPendingNodes() {
    await Promise.all(this.pendingNodes().map((key) => refreshUntilConsistent(this.work.observed, key)));
  }

  /** The containers by whose states the unit is judged: a pod's infra container need not be paused or restarted. */
  private deps(): NodeKey[] {
    const { unit } = this.work;
    const infra = this.step === 'start' || this.step === 'stop' || this.step === 'kill' ? unit.infra : [];
    return [...unit.nodes.filter((key) => keyDeps(key).kind === 'container'), ...infra];
  }

  private wasInTargetState(key: NodeKey): boolean {
    if (this.work.attempt > 1 || this.work.alreadySignalled.has(key)) return false;
    const state = this.before.get(key)?.state;
    // It was gone before anything was sent; pods go by their members.
    if (state === undefined) return keyDeps(key).kind === 'container' && this.work.observed.isRemoved(key);
    return state !== undefined && !appliesTo(this.step, state);
  }

  private isInTargetState(key: NodeKey): boolean {
    const { observed } = this.work;
    const now = observed.container(key);
    if (!now) return this.mayBeGone(key);
    const then = this.before.get(key);
    const startedAnew = isLaterStart(now.startedAt, then?.startedAt);
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
        return !appliesTo(this.step, now.state);
    }
  }
}
