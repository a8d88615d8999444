import { EngineError, isTransient, isWorthRetrying } from '../../engine/error';
import {
  type ContainerNode,
  isRemovedOnExit,
  isActive,
  isInitContainer,
  parseKey,
  type NodeKey,
} from '../../graph/model/model';
import { isLaterStart } from '../../graph/model/startTime';
import { inMilliseconds, longest } from '../../graph/model/stopTimeout';
import { appliesTo, type LifecycleAction } from '../../graph/plan/lifecycleAction';
import { stopTimeoutIn } from '../../graph/plan/plan';
import { isContainerActive, isRunningSince, refreshUntilConsistent, isImprecise } from '../state/engineStateView';
import { sendLifecycleCalls } from './lifecycleCalls';
import { failure, type UnitContext, type UnitResult, verifyDelayMs } from './runContext';
import { isEngineAccessDenied, isOutcomeUnknown, untilSent, waitForOutcome } from './unitCalls';

/** Milliseconds to wait for an exit event before the engine is queried. */
const eventTimeout = 5_000;
/**
 * Milliseconds that a cancelled restart waits for pending stops; afterwards they are reported as still running. A cancel
 * withdraws SIGKILL, so the wait may exceed a short stop timeout.
 */
const minPendingStopWait = 10_000;
const maxPendingStopWait = 60_000;

/** One attempt at a lifecycle action on a unit, including verification. Never rejects. */
export async function executeLifecycle(context: UnitContext, step: LifecycleAction): Promise<UnitResult> {
  const attempt = new LifecycleAttempt(context, step);
  try {
    const ended = await untilSent(context, () => send(context, step, attempt));
    if (ended) return ended;
    attempt.onResponse();
  } catch (thrown) {
    const error = EngineError.from(thrown);
    if (error.reason === 'aborted' && context.cancelled.aborted && !context.abandoned.aborted) {
      return { kind: 'aborted', done: attempt.completedNodes() };
    }
    return isOutcomeUnknown(error) ? attempt.resolveUnknownOutcome(error) : attempt.handleError(error);
  }
  return attempt.verify();
}

/** @returns the result if nothing needs to be sent, or nothing may be */
async function send(
  context: UnitContext,
  step: LifecycleAction,
  attempt: LifecycleAttempt,
): Promise<UnitResult | undefined> {
  const { observed, unit } = context;
  await attempt.waitForPendingStops();
  await attempt.captureInitialState();
  if (unit.undoes !== undefined && context.attempt === 1) context.recorder.recordStillRunning(attempt.runningNodes());
  if (unit.nodes.some((key) => observed.isRemoved(key) && !attempt.mayBeRemoved(key))) {
    return failure('gone', 'removed by another client');
  }
  const newcomer = attempt.findNewcomer();
  if (newcomer) return failure('changed', `${newcomer.name} was added to the pod after confirmation`);
  if (!attempt.needsAction()) return attempt.done();
  if (context.cancelled.aborted) return { kind: 'aborted' };
  await sendLifecycleCalls(context, step);
  return undefined;
}

/** Compares the initial and current state of a unit with the target state. */
class LifecycleAttempt {
  private readonly before = new Map<NodeKey, ContainerNode>();
  /** The engine reported success. */
  private responded = false;

  constructor(
    private readonly context: UnitContext,
    private readonly step: LifecycleAction,
  ) {
    this.recordInitialState();
  }

  /**
   * Inspects containers whose start time is needed but unknown (Docker's lists lack it, Podman's are in whole seconds), and
   * those already in their target state, because their last event may be outdated.
   */
  async captureInitialState(): Promise<void> {
    const { observed, clock } = this.context;
    const needsStartTime = ({ state, startedAt }: ContainerNode) =>
      state !== 'created' && (startedAt === undefined || isImprecise(startedAt, clock.wallTime()));
    const starts = this.step === 'start' || this.step === 'restart';
    const toInspect = this.relevantContainers().filter((key) => {
      const container = observed.container(key);
      return container && (!appliesTo(this.step, container.state) || (starts && needsStartTime(container)));
    });
    if (toInspect.length === 0) return;
    await Promise.all(toInspect.map((key) => refreshUntilConsistent(observed, key)));
    this.recordInitialState();
  }

  /** After a cancelled stop unit: only stopped containers can be started. */
  async waitForPendingStops(): Promise<void> {
    const { observed, clock, plan, unit, pendingStops } = this.context;
    const stopping = () => [...pendingStops].filter(([key, startedAt]) => isRunningSince(observed, key, startedAt));
    const stopTimeout = longest(stopping().map(([key]) => stopTimeoutIn(plan, key)));
    const timeout = Math.min(Math.max(inMilliseconds(stopTimeout), minPendingStopWait), maxPendingStopWait);
    const until = clock.now() + timeout;
    for (let left = timeout; left > 0 && stopping().length > 0; left = until - clock.now()) {
      await observed.waitUntil(unit.engine, () => stopping().length === 0, Math.min(left, eventTimeout));
      await Promise.all(stopping().map(([key]) => refreshUntilConsistent(observed, key)));
    }
    this.recordInitialState();
  }

  runningNodes(): NodeKey[] {
    return this.context.unit.nodes.filter((key) => isContainerActive(this.context.observed, key));
  }

  private recordInitialState() {
    for (const key of [...this.context.unit.nodes, ...this.context.unit.infra]) {
      const container = this.context.observed.container(key);
      if (container) this.before.set(key, container);
    }
  }

  /** Whether any container is not in its target state; init containers run only with other members of their pod. */
  needsAction(): boolean {
    const containers = this.relevantContainers();
    const others = containers.filter((key) => !this.isInit(key));
    return (others.length > 0 ? others : containers).some((key) => {
      const container = this.context.observed.container(key);
      return container !== undefined && appliesTo(this.step, container.state);
    });
  }

  /** Call when the engine has responded to all requests. */
  onResponse() {
    this.responded = true;
    this.context.onResponse();
  }

  /** Whether the engine removes a node by itself: `--rm` after a stop or exit, or an init container that has run. */
  mayBeRemoved(key: NodeKey): boolean {
    const { observed, plan } = this.context;
    if (this.step === 'stop' || this.step === 'kill') return true;
    const node = this.before.get(key) ?? plan.nodes.get(key)?.node;
    if (node?.kind !== 'container') return false;
    if (this.step !== 'start' && this.step !== 'restart') return isRemovedOnExit(node);
    if (isLaterStart(observed.startOf(key), node.startedAt)) return true;
    return node.details?.initContainer === 'once' || (this.responded && isRemovedOnExit(node));
  }

  private isInit(key: NodeKey): boolean {
    const node = this.context.observed.container(key) ?? this.context.plan.nodes.get(key)?.node;
    return node?.kind === 'container' && isInitContainer(node);
  }

  done(): UnitResult {
    const { unit } = this.context;
    const unchanged = new Set(unit.nodes.filter((key) => this.wasInTargetState(key)));
    const isAll = unit.nodes.every((key) => unchanged.has(key) || parseKey(key).kind === 'pod');
    return { kind: 'done', unchanged: isAll ? new Set(unit.nodes) : unchanged };
  }

  completedNodes(): ReadonlySet<NodeKey> {
    return new Set(
      this.context.unit.nodes.filter((key) => parseKey(key).kind === 'container' && this.isInTargetState(key)),
    );
  }

  /** A running container in the pod that was not confirmed: the pod must not be stopped. */
  findNewcomer(): ContainerNode | undefined {
    if (this.step !== 'stop' && this.step !== 'kill') return undefined;
    const { observed, unit } = this.context;
    const mine = new Set([...unit.nodes, ...unit.infra]);
    const pods = unit.targets.filter((key) => parseKey(key).kind === 'pod');
    const containers = pods.flatMap((pod) => observed.containersOf(pod));
    return containers.find((one) => !one.isInfra && !mine.has(one.key) && isActive(one.state));
  }

  /** A response is not enough: requires events or an inspection. */
  async verify(): Promise<UnitResult> {
    const { observed, unit, attempt } = this.context;
    await observed.waitUntil(unit.engine, () => this.allInTargetState(), verifyDelayMs(this.context));
    try {
      await this.checkPendingNodes();
    } catch (thrown) {
      return this.resolveUnknownOutcome(EngineError.from(thrown));
    }
    if (this.allInTargetState()) return this.done();
    const name = this.pendingNodes()[0];
    const detail = `the engine reported success, but ${(name && observed.container(name)?.name) ?? 'it'} did not change`;
    return failure('falseSuccess', detail, { canRetry: attempt < 2 });
  }

  /** Another client may have done it. */
  async handleError(error: EngineError): Promise<UnitResult> {
    if (isEngineAccessDenied(error)) return { kind: 'disconnected', detail: error.detail };
    try {
      await this.checkPendingNodes();
    } catch (thrown) {
      return this.resolveUnknownOutcome(EngineError.from(thrown));
    }
    if (this.allInTargetState()) return this.done();
    const busy = isTransient(error.reason);
    const canRetry = isWorthRetrying(error.reason, this.context.attempt);
    return failure(error.reason, error.detail, { canRetry, busy, members: error.details.members });
  }

  async resolveUnknownOutcome(error: EngineError): Promise<UnitResult> {
    const result = await waitForOutcome(this.context, error, async () => {
      await this.checkPendingNodes();
      return this.allInTargetState();
    });
    return result === 'done' ? this.done() : result;
  }

  private allInTargetState(): boolean {
    return this.pendingNodes().length === 0;
  }

  private pendingNodes(): NodeKey[] {
    return this.relevantContainers().filter((key) => !this.isInTargetState(key));
  }

  private async checkPendingNodes() {
    await Promise.all(this.pendingNodes().map((key) => refreshUntilConsistent(this.context.observed, key)));
  }

  /** The containers whose states matter: a pod's infra container need not be paused or restarted. */
  private relevantContainers(): NodeKey[] {
    const { unit } = this.context;
    const infra = this.step === 'start' || this.step === 'stop' || this.step === 'kill' ? unit.infra : [];
    return [...unit.nodes.filter((key) => parseKey(key).kind === 'container'), ...infra];
  }

  private wasInTargetState(key: NodeKey): boolean {
    if (this.context.attempt > 1 || this.context.alreadySignalled.has(key)) return false;
    const state = this.before.get(key)?.state;
    // Removed before anything was sent.
    if (state === undefined) return parseKey(key).kind === 'container' && this.context.observed.isRemoved(key);
    return !appliesTo(this.step, state);
  }

  private isInTargetState(key: NodeKey): boolean {
    const { observed } = this.context;
    const now = observed.container(key);
    if (!now) return this.mayBeRemoved(key);
    const wasStarted = isLaterStart(now.startedAt, this.before.get(key)?.startedAt);
    switch (this.step) {
      // It may have started and exited by itself.
      case 'start':
        return isActive(now.state) || wasStarted || (this.responded && this.isInit(key) && now.exitCode === 0);
      case 'restart':
        return wasStarted;
      case 'pause':
        return now.state === 'paused' || !isActive(now.state);
      case 'stop':
      case 'kill':
      case 'unpause':
        return !appliesTo(this.step, now.state);
    }
  }
}
