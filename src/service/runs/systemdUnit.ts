import { stopCallTimeout } from '../../engine/timeouts';
import { EngineError } from '../../engine/error';
import type { SystemdHost, SystemdUnit } from '../../engine/systemd/systemd';
import { isActive, isStoppedUnit, type NodeKey, parseKey } from '../../graph/model/model';
import { fromSeconds, inMilliseconds } from '../../graph/model/stopTimeout';
import type { Plan } from '../../graph/plan/plan';
import { currentKeyOf, isContainerActive, refreshUntilConsistent } from '../state/engineStateView';
import { failure, type UnitContext, type UnitResult, verifyDelayMs } from './runContext';
import { isOutcomeUnknown, sendCall, untilSent, waitForOutcome } from './unitCalls';

export type UnitStep = 'start' | 'stop' | 'restart' | 'kill';

/** Milliseconds for the deletion of a file, and for a reload with its generators. */
const commandTimeout = 60_000;
/** Milliseconds for a query of a run: over ssh each may need its own login. */
const queryTimeout = 30_000;

/** The systemd that runs the unit's containers; a result if it cannot be reached. */
async function systemdOf({ engine, plan, unit }: Pick<UnitContext, 'engine' | 'plan' | 'unit'>) {
  const managed = unit.nodes.flatMap((key) => {
    const { systemd } = plan.nodes.get(key) ?? {};
    return systemd ? [{ key, unit: systemd.name, machine: systemd.machine }] : [];
  });
  const access = await engine.systemd(managed, { machine: managed[0]?.machine, timeoutMs: queryTimeout });
  return access.host ?? failure('systemdUnreachable', access.detail ?? '');
}

/**
 * One attempt to start, stop, restart or kill through the unit's systemd units, including verification. Never rejects.
 * Calls to the engine would not last: systemd starts a container again that another client stopped.
 */
export async function executeThroughSystemd(context: UnitContext, step: UnitStep): Promise<UnitResult> {
  try {
    const host = await systemdOf(context);
    if ('kind' in host) return host;
    return await new SystemdAttempt(context, step, host).execute();
  } catch (thrown) {
    const { reason, detail } = EngineError.from(thrown);
    return failure(reason === 'denied' ? 'systemdDenied' : reason, detail);
  }
}

class SystemdAttempt {
  /** Nodes whose units are called: a pod's unit stops those of its members. */
  private readonly calledNodes: readonly NodeKey[];
  private readonly names: readonly string[];
  private readonly containers: readonly NodeKey[];
  private before = new Map<string, SystemdUnit>();
  private unchanged: ReadonlySet<NodeKey> = new Set();

  constructor(
    private readonly context: UnitContext,
    private readonly step: UnitStep,
    private readonly host: SystemdHost,
  ) {
    const { unit, plan } = context;
    const managed = unit.nodes.filter((key) => plan.nodes.get(key)?.systemd);
    const pods = managed.filter((key) => parseKey(key).kind === 'pod');
    this.calledNodes = pods.length > 0 && !this.starts ? pods : managed;
    this.names = [...new Set(this.calledNodes.map((key) => unitNameOf(plan, key)))];
    this.containers = (pods.length > 0 ? unit.nodes : managed).filter((key) => parseKey(key).kind === 'container');
  }

  private get starts(): boolean {
    return this.step === 'start' || this.step === 'restart';
  }

  async execute(): Promise<UnitResult> {
    const { context } = this;
    this.before = await this.show();
    try {
      const ended = await untilSent(context, () => this.send());
      if (ended) return ended;
      context.onResponse();
    } catch (thrown) {
      const error = EngineError.from(thrown);
      if (!isOutcomeUnknown(error)) return this.explain(error);
      const result = await waitForOutcome(context, error, () => this.isReached());
      return result === 'done' ? this.done() : result;
    }
    await context.observed.waitUntil(context.unit.engine, () => this.areContainersReached(), verifyDelayMs(context));
    return (await this.isReached()) ? this.done() : this.explain();
  }

  private async send(): Promise<UnitResult | undefined> {
    const { unit, cancelled, observed } = this.context;
    const mine = new Set([...unit.nodes, ...unit.infra]);
    const pod = this.calledNodes.find((key) => parseKey(key).kind === 'pod');
    const newcomer = pod && observed.containersOf(pod).find((one) => !mine.has(one.key) && isActive(one.state));
    if (newcomer && !this.starts) return failure('changed', `${newcomer.name} was added to the pod after confirmation`);
    if (this.step !== 'restart' && (await this.isReached(this.before))) {
      this.unchanged = new Set(unit.nodes.filter((one) => !this.isChangedByAnother(one)));
      return this.done();
    }
    if (cancelled.aborted) return { kind: 'aborted' };
    this.context.onRequestSent();
    if (this.starts) this.context.recorder.recordStartSent(this.containers);
    const [first = [], others = []] =
      this.starts && pod !== undefined ? [[pod], this.calledNodes.filter((key) => key !== pod)] : [this.calledNodes];
    for (const batch of [first, others]) {
      const settled = await Promise.allSettled(batch.map((key) => this.call(key)));
      for (const one of settled) if (one.status === 'rejected') throw one.reason;
    }
    return undefined;
  }

  /** Whether systemd starts or stops the node with another one of the plan. */
  private isChangedByAnother(key: NodeKey): boolean {
    const { plan, unit } = this.context;
    return [...(plan.options.systemd ?? [])].some(
      ([other, { startsWith, stopsWith }]) =>
        plan.nodes.has(other) && !unit.nodes.includes(other) && (this.starts ? startsWith : stopsWith).includes(key),
    );
  }

  private async call(key: NodeKey) {
    const { context, host } = this;
    const name = unitNameOf(context.plan, key);
    const options = { timeoutMs: this.timeoutMs(name), signal: context.abandoned };
    const cancelKill = this.killAfterTimeout();
    try {
      await sendCall(context, key, this.step !== 'start', async () => {
        switch (this.step) {
          case 'start':
            return host.start(name, options);
          case 'restart':
            return host.restart(name, options);
          case 'stop':
            return host.stop(name, options);
          case 'kill':
            // While its unit stops: `systemctl kill` would also end conmon, and a killed container is started again.
            await Promise.all([host.stop(name, options), this.killContainers()]);
        }
      });
    } finally {
      cancelKill();
    }
  }

  /** `systemctl` returns when the job has ended: after the stop command, its timeout, SIGTERM and SIGKILL. */
  private timeoutMs(name: string): number {
    const { timeoutStopSec = 0, timeoutStartSec = 0 } = this.before.get(name) ?? {};
    const seconds = (this.step === 'start' ? 0 : 3 * timeoutStopSec) + (this.starts ? 3 * timeoutStartSec : 0);
    return stopCallTimeout(fromSeconds(seconds));
  }

  /** A stop timeout of the plan's options replaces that of the container, which the unit passes to the engine. */
  private killAfterTimeout(): () => void {
    const { stopTimeout } = this.context.plan.options;
    if (this.step !== 'stop' || stopTimeout === undefined || stopTimeout === 'unlimited') return () => undefined;
    return this.context.clock.after(inMilliseconds(stopTimeout), () => void this.killContainers());
  }

  private async killContainers() {
    const { engine, observed } = this.context;
    const running = this.containers.filter((key) => isContainerActive(observed, key));
    // They may exit meanwhile; the state of the unit decides.
    await Promise.allSettled(running.map((key) => engine.kill(key, 'SIGKILL')));
  }

  private async show(): Promise<Map<string, SystemdUnit>> {
    const units = await this.host.show(this.names, { timeoutMs: queryTimeout });
    return new Map(units.map((unit) => [unit.name, unit]));
  }

  /** By the states of both the units and the containers. */
  private async isReached(shown?: ReadonlyMap<string, SystemdUnit>): Promise<boolean> {
    const { observed, unit } = this.context;
    const units = [...(shown ?? (await this.show())).values()];
    if (!units.every((one) => this.isUnitReached(one))) return false;
    if (this.areContainersReached()) return true;
    await observed.refreshList(unit.engine);
    await Promise.all(
      this.containers
        .filter((key) => !this.isContainerReached(key) && observed.container(key))
        .map((key) => refreshUntilConsistent(observed, key)),
    );
    return this.areContainersReached() || (this.starts && units.every(isCompleted));
  }

  private isUnitReached(unit: SystemdUnit): boolean {
    if (!this.starts) return isDown(unit);
    const hasRun = unit.invocationId !== this.before.get(unit.name)?.invocationId;
    return unit.activeState === 'active' ? hasRun || this.step === 'start' : hasRun && isCompleted(unit);
  }

  private areContainersReached(): boolean {
    return this.containers.every((key) => this.isContainerReached(key));
  }

  private isContainerReached(key: NodeKey): boolean {
    const { observed, plan } = this.context;
    const now = currentKeyOf(observed, plan, key);
    return isContainerActive(observed, now) === this.starts;
  }

  private done(): UnitResult {
    return { kind: 'done', unchanged: this.unchanged };
  }

  /** Why the target state was not reached: the unit's result and its last messages. */
  private async explain(error?: EngineError): Promise<UnitResult> {
    if (error?.reason === 'denied') return failure('systemdDenied', error.detail);
    if (await this.isReached()) return this.done();
    const units = [...(await this.show()).values()];
    const wrong = units.find((one) => !this.isUnitReached(one));
    if (!wrong) return failure('falseSuccess', 'systemd reported success, but the container did not change');
    const cause = wrong.activeState === 'failed' || this.starts ? 'systemdFailed' : 'systemdRestarted';
    const messages = await this.host.journal(wrong.name, { since: wrong.invocationId }).catch(() => '');
    const state = `${wrong.name}: ${wrong.activeState}, ${wrong.result || wrong.subState}`;
    return failure(cause, [state, messages].filter(Boolean).join(' · '));
  }
}

function unitNameOf(plan: Plan, key: NodeKey): string {
  return plan.nodes.get(key)?.systemd?.name ?? '';
}

const isDown = ({ activeState }: SystemdUnit) => activeState === 'inactive' || activeState === 'failed';

/** A unit without a process that has run, as `Type=oneshot`. */
const isCompleted = ({ activeState, result }: SystemdUnit) => activeState === 'inactive' && result === 'success';

/**
 * Stops the units of a removal's nodes, which removes their containers. Resolves with the result if the removal must not
 * continue. The Quadlet file of a unit without a container is all that is removed of it.
 */
export async function stopForRemoval(context: UnitContext): Promise<UnitResult | undefined> {
  const { unit, plan, observed } = context;
  if (unit.nodes.every((key) => isStopped(plan, key))) {
    const failed = await finishRemoval(context);
    if (!failed) for (const key of unit.nodes) observed.markRemoved(key);
    return failed ?? { kind: 'done', unchanged: new Set() };
  }
  // Running containers are not stopped without force: the recheck of the removal reports them.
  if (plan.options.running !== 'stop' && unit.nodes.some((key) => isContainerActive(observed, key))) return undefined;
  const result = await executeThroughSystemd({ ...context, onResponse: () => undefined }, 'stop');
  if (result.kind !== 'done') return result;
  await Promise.all(unit.nodes.filter((key) => !observed.isRemoved(key)).map((key) => markIfGone(context, key)));
  return undefined;
}

function isStopped({ nodes }: Plan, key: NodeKey): boolean {
  const node = nodes.get(key)?.node;
  return node !== undefined && isStoppedUnit(node);
}

async function markIfGone({ engine, observed }: UnitContext, key: NodeKey) {
  try {
    if (!(await engine.exists(key))) observed.markRemoved(key);
  } catch {
    // The removal that follows reports it.
  }
}

/** After the removal: nothing may have started the units again; deletes their Quadlet files if planned. */
export async function finishRemoval(context: UnitContext): Promise<UnitResult | undefined> {
  const { plan, unit, hasRecipes } = context;
  const units = unit.nodes.flatMap((key) => plan.nodes.get(key)?.systemd ?? []);
  try {
    const host = await systemdOf(context);
    if ('kind' in host) return host;
    const states = await host.show([...new Set(units.map(({ name }) => name))], { timeoutMs: queryTimeout });
    const back = states.find((one) => !isDown(one));
    if (back) return failure('systemdRestarted', `${back.name}: ${back.activeState}`);
    const files = new Set(units.flatMap(({ quadlet, removesQuadlet }) => (removesQuadlet && quadlet ? [quadlet] : [])));
    if (files.size === 0) return undefined;
    if (!hasRecipes) return failure('quadletKept', 'its content could not be saved first');
    for (const file of files) await deleteExisting(host, file);
    await host.daemonReload({ timeoutMs: commandTimeout });
    return undefined;
  } catch (thrown) {
    return failure('quadletKept', EngineError.from(thrown).detail);
  }
}

/** Another client may have deleted the file. */
async function deleteExisting(host: SystemdHost, file: string): Promise<void> {
  try {
    await host.deleteQuadlet(file, { timeoutMs: commandTimeout });
  } catch (thrown) {
    if (EngineError.from(thrown).reason !== 'gone') throw thrown;
  }
}
