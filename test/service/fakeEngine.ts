import type { Engine, EngineEvent, EventListener, RemoveOptions } from '../../src/engine/engine';
import { EngineError } from '../../src/engine/error';
import {
  type ContainerNode,
  type ContainerState,
  type Health,
  isActive,
  parseKey,
  type NodeKey,
  nodeKey,
} from '../../src/graph/model/model';
import type { LifecycleAction } from '../../src/graph/plan/lifecycleAction';
import type { ContainerSpec, SimulatedContainer } from './containerModel';
import { FakeEngineQueries, type Interleave, type FakeEngineOptions } from './fakeQueries';
import { EventChannel } from './eventChannel';

/** How the engine handles one request. */
export type ScriptedOutcome =
  'ok' | 'busy' | 'reject' | 'falseSuccess' | 'dropRequest' | 'dropResponse' | 'concurrentRemoval';

/** A fake engine that executes requests in scheduled order and checks invariants. It enforces dependencies only by option. */
export class FakeEngine extends FakeEngineQueries implements Engine {
  readonly removalsSent: NodeKey[] = [];
  /** State-changing calls in order. */
  readonly changesSent: { readonly step: LifecycleAction; readonly key: NodeKey }[] = [];
  /** Scripted outcomes by node, one per request. */
  readonly scriptedOutcomes = new Map<string, ScriptedOutcome[]>();
  /** Nodes removed by a scripted outcome. */
  readonly removedConcurrently = new Set<NodeKey>();
  kills = 0;
  private readonly eventChannel: EventChannel;
  private starts = 0;

  constructor(id: string, turn: Interleave, options?: FakeEngineOptions) {
    super(id, turn, options);
    this.eventChannel = new EventChannel(turn);
  }

  /** Another client removes it. */
  removeExternally(name: string) {
    this.destroy(this.key(name));
  }

  /** Another client restarts or starts it. */
  restartExternally(name: string) {
    const one = this.containers.get(this.key(name));
    if (!one) return;
    this.exit(one.key);
    if (this.containers.has(one.key)) this.startContainer(one);
  }

  /** Another client resumes it. */
  unpauseExternally(name: string) {
    const one = this.containers.get(this.key(name));
    if (one?.state === 'paused') this.transition(one, 'running', 'unpause');
  }

  /** Its health check has this result. */
  setHealth(name: string, health: Health, hasEvent = true) {
    const one = this.containers.get(this.key(name));
    if (!one) return;
    one.health = health;
    if (hasEvent) this.emit(one.key, 'health', ++this.starts, { health });
  }

  /** Its true state, without a request. */
  observe(name: string): Pick<ContainerNode, 'state' | 'health' | 'exitCode'> {
    const one = this.containers.get(this.key(name));
    return one ? this.nodeOf(one) : { state: 'unknown', health: undefined, exitCode: undefined };
  }

  /** Delivers an event at once. */
  emitEvent(event: EngineEvent) {
    this.eventChannel.emitNow(event);
  }

  /** The connection is lost, with all requests in flight. */
  crash() {
    this.disconnect();
    this.eventChannel.drop(new EngineError('unreachable', 'crashed'));
  }

  async remove(key: NodeKey, options: RemoveOptions): Promise<void> {
    if (this.eventChannel.gone.has(key)) this.violations.push(`deleted after it was known to be gone: ${key}`);
    this.removalsSent.push(key);
    if (options.force) this.recordStop(key);
    await this.withScriptedOutcome('remove', key, () => this.removeNow(key, options));
  }

  stop(key: NodeKey): Promise<void> {
    return this.change('stop', key, async (all) => {
      this.checkStop(key);
      const active = () => all.filter((one) => isActive(one.state));
      for (let left = this.options.stopTurns ?? 0; left > 0 && active().length > 0; left--) await this.turn('stopping');
      for (const one of active()) this.exit(one.key);
    });
  }

  async kill(key: NodeKey, signal = 'SIGTERM'): Promise<void> {
    this.recordStop(key);
    if (this.closed) this.violations.push(`signalled after everything was to stop: ${key}`);
    this.kills++;
    for (const one of this.dependentsOf(key)) {
      if (isActive(one.state)) this.violations.push(`${key} signalled under ${one.key}`);
    }
    await this.called('kill');
    for (const one of this.affectedBy(key)) this.signal(one, signal);
  }

  start(key: NodeKey): Promise<void> {
    return this.change('start', key, async (all) => {
      this.checkStart(key);
      await this.turn('starting');
      for (const one of all) if (!isActive(one.state)) this.startContainer(one);
    });
  }

  restart(key: NodeKey): Promise<void> {
    return this.change('restart', key, async (all) => {
      this.checkStop(key);
      for (const one of all) this.exit(one.key, true);
      await this.turn('restarting');
      this.checkStart(key);
      for (const one of all) this.startContainer(one);
    });
  }

  pause(key: NodeKey): Promise<void> {
    return this.change('pause', key, async (all) => {
      for (const one of all) if (one.state === 'running') this.transition(one, 'paused', 'pause');
    });
  }

  unpause(key: NodeKey): Promise<void> {
    return this.change('unpause', key, async (all) => {
      for (const one of all) if (one.state === 'paused') this.transition(one, 'running', 'unpause');
    });
  }

  override add(spec: ContainerSpec) {
    super.add(spec);
    this.history.record(this.key(spec.name), spec.state ?? 'exited');
  }

  override setState(name: string, state: ContainerState) {
    super.setState(name, state);
    this.history.record(this.key(name), state);
  }

  events(listener: EventListener, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (!this.reachable) return Promise.reject(new EngineError('unreachable', 'no response'));
    return this.eventChannel.listen(listener, signal);
  }

  close() {
    this.eventChannel.close();
  }

  /** A call that changes the states of all containers of a node. */
  private change(
    step: LifecycleAction,
    key: NodeKey,
    work: (all: readonly SimulatedContainer[]) => Promise<void>,
  ): Promise<void> {
    this.changesSent.push({ step, key });
    if (step === 'stop' || step === 'restart' || step === 'kill') this.recordStop(key);
    if (step === 'unpause') this.history.unpauseSent.add(key);
    return this.withScriptedOutcome(step, key, async () => {
      await work(this.affectedBy(key));
      await this.turn('changed');
    });
  }

  /** Applies the node's next scripted outcome. */
  private withScriptedOutcome(label: string, key: NodeKey, work: () => Promise<void>): Promise<void> {
    return this.working(key, async () => {
      const scriptedOutcome = this.scriptedOutcomes.get(parseKey(key).id)?.shift() ?? 'ok';
      await this.called(label);
      if (scriptedOutcome === 'dropRequest') throw new EngineError('unreachable', 'connection cut');
      if (scriptedOutcome === 'concurrentRemoval') this.removeConcurrently(key);
      if (!this.has(key)) throw new EngineError('gone', 'no such container');
      if (scriptedOutcome === 'busy') throw new EngineError('busy', 'device or resource busy');
      if (scriptedOutcome === 'reject') throw new EngineError('unknown', 'it will not');
      if (scriptedOutcome === 'falseSuccess') return this.turn('lied');
      await work();
      if (scriptedOutcome === 'dropResponse') throw new EngineError('unreachable', 'connection cut');
    });
  }

  private recordStop(key: NodeKey) {
    for (const one of this.affectedBy(key)) {
      this.history.stopRequested.add(one.key);
      if (isActive(one.state)) this.history.stopSent.add(one.key);
    }
  }

  private signal(one: SimulatedContainer, signal: string) {
    const { exitTurns = 0 } = one.spec;
    if (signal === 'SIGKILL' || exitTurns === 0 || !isActive(one.state)) return this.exit(one.key);
    const startedAt = one.startedAt;
    void this.shutDown(exitTurns).then(() => {
      if (one.startedAt === startedAt) this.exit(one.key);
    });
  }

  private async shutDown(turns: number) {
    for (let left = turns; left > 0; left--) await this.turn('shutting down');
  }

  private startContainer(one: SimulatedContainer) {
    // Another client removed it during this call.
    if (!this.containers.has(one.key)) return;
    one.startedAt = ++this.starts;
    this.history.started.add(one.key);
    this.transition(one, 'running', 'start');
    const startedAt = one.startedAt;
    if (one.spec.health) this.checkLater(one, one.spec.health);
    if (!one.spec.exitsAtOnce) return;
    void this.turn('ends by itself').then(() => {
      if (one.startedAt === startedAt) this.exit(one.key);
    });
  }

  private checkLater(one: SimulatedContainer, result: Health) {
    const startedAt = one.startedAt;
    one.health = 'starting';
    if (result === 'starting') return;
    void this.turn('health check').then(() => {
      if (one.startedAt !== startedAt || one.state !== 'running') return;
      one.health = result;
      this.emit(one.key, 'health', startedAt, { health: result });
    });
  }

  private transition(
    one: SimulatedContainer,
    state: ContainerState,
    action: EngineEvent['action'],
    more: Partial<EngineEvent> = {},
  ) {
    one.state = state;
    this.history.record(one.key, state);
    this.emit(one.key, action, one.startedAt, more);
  }

  private async removeNow(key: NodeKey, options: RemoveOptions) {
    this.refuseAsEnginesDo(key, options);
    this.checkDependents(key);
    const active = () => this.affectedBy(key).some((one) => isActive(one.state));
    for (let left = this.options.stopTurns ?? 0; left > 0 && active(); left--) await this.turn('stopping');
    await this.turn('removing');
    this.destroy(key, options.deleteVolumes === true || parseKey(key).kind === 'pod');
    await this.turn('removed');
  }

  private refuseAsEnginesDo(key: NodeKey, { force }: RemoveOptions) {
    if (this.volumes.get(key)?.used || (this.mounted.has(key) && this.isMounted(key)))
      throw new EngineError('inUse', 'volume is being used');
    const concerned = this.affectedBy(key);
    if (!force && concerned.some((one) => isActive(one.state))) {
      // As Podman does: exited members of a pod are removed before the error.
      for (const one of concerned) if (one.key !== key && !isActive(one.state)) this.destroy(one.key);
      throw new EngineError('running', 'it runs');
    }
    const dependents = this.dependentsOf(key, this.options.rejectsCycles);
    if (this.options.enforcesDependencies && dependents.length > 0) {
      throw new EngineError('hasDependents', 'it has dependents', { dependents: dependents.map((one) => one.key) });
    }
  }

  private removeConcurrently(key: NodeKey) {
    for (const one of this.affectedBy(key)) this.removedConcurrently.add(one.key);
    this.destroy(key);
  }

  private destroy(key: NodeKey, deletesVolumes = false) {
    const mounted = this.affectedBy(key).flatMap(({ spec }) => spec.volumes ?? []);
    for (const one of [...this.containers.values()]) {
      if (one.key !== key && this.podOf(one) !== key) continue;
      this.containers.delete(one.key);
      this.history.record(one.key, 'gone');
      this.emit(one.key);
    }
    if (this.pods.delete(key)) this.emit(key);
    // Volume events are not followed.
    this.volumes.delete(key);
    this.mounted.delete(key);
    for (const name of deletesVolumes ? mounted : []) {
      const volume = nodeKey(this.id, 'volume', name);
      if (!this.isMounted(volume)) this.mounted.delete(volume);
    }
  }

  /** @param isRestart the engine restarts it, so it is not removed on exit */
  private exit(key: NodeKey, isRestart = false) {
    const one = this.containers.get(key);
    if (!one || !isActive(one.state)) return;
    one.health = undefined;
    this.transition(one, 'exited', 'exit', { exitCode: one.spec.exitCode ?? 0 });
    if (!isRestart && (one.spec.autoRemove || one.spec.initContainer === 'once')) this.destroy(key, true);
  }

  private emit(key: NodeKey, action: EngineEvent['action'] = 'remove', at = 0, more: Partial<EngineEvent> = {}) {
    if (this.options.events) this.eventChannel.emit(key, action, at, more);
  }
}
