import type { Engine, EngineEvent, EventListener, RemoveOptions } from '../../src/engine/engine';
import { EngineError } from '../../src/engine/error';
import type { Change } from '../../src/graph/action';
import type { ContainerState, NodeKey } from '../../src/graph/model';
import { isActive, keyParts } from '../../src/graph/model';
import type { Living, Made } from './population';
import { Questions, type Turn, type WorldOptions } from './questions';
import { Telling } from './telling';

/** How the engine treats one removal. */
export type Fate = 'ok' | 'busy' | 'refuse' | 'lie' | 'cutBefore' | 'cutAfter' | 'vanish';

/**
 * An engine in memory: it removes what it is told, in whatever order its turns come, and keeps books on it. It guards
 * nothing by itself unless told to, like Docker.
 */
export class World extends Questions implements Engine {
  readonly removalsSent: NodeKey[] = [];
  /** Every call that changes a state, in the order in which they were sent. */
  readonly changesSent: { readonly step: Change; readonly key: NodeKey }[] = [];
  /** Removal calls of each node, whatever became of them. */
  readonly fates = new Map<string, Fate[]>();
  /** What went because it was a node's fate, with all that was in it. */
  readonly vanished = new Set<NodeKey>();
  kills = 0;
  private readonly telling: Telling;
  private starts = 0;

  constructor(id: string, turn: Turn, options?: WorldOptions) {
    super(id, turn, options);
    this.telling = new Telling(turn);
  }

  /** Somebody else removes it, event and all. */
  takeAway(name: string) {
    this.destroy(this.key(name));
  }

  /** Somebody else restarts it, or starts it. */
  restartByOthers(name: string) {
    const one = this.living.get(this.key(name));
    if (!one) return;
    this.exit(one.key);
    if (this.living.has(one.key)) this.bringUp(one);
  }

  /** Somebody else resumes it. */
  unpauseByOthers(name: string) {
    const one = this.living.get(this.key(name));
    if (one?.state === 'paused') this.become(one, 'running', 'unpause');
  }

  /** An event out of nowhere, delivered at once. */
  tell(event: EngineEvent) {
    this.telling.tellNow(event);
  }

  /** The engine goes away in the middle of everything. */
  die() {
    this.goAway();
    this.telling.drop(new EngineError('unreachable', 'the engine died'));
  }

  async remove(key: NodeKey, options: RemoveOptions): Promise<void> {
    if (this.telling.gone.has(key)) this.breaches.push(`deleted after it was known to be gone: ${key}`);
    this.removalsSent.push(key);
    if (options.force) this.noteStop(key);
    await this.fated('remove', key, () => this.removeNow(key, options));
  }

  stop(key: NodeKey): Promise<void> {
    return this.change('stop', key, async (all) => {
      this.checkDown(key);
      const active = () => all.filter((one) => isActive(one.state));
      for (let left = this.options.grace ?? 0; left > 0 && active().length > 0; left--) await this.turn('in its grace');
      for (const one of active()) this.exit(one.key);
    });
  }

  async kill(key: NodeKey, signal = 'SIGTERM'): Promise<void> {
    this.noteStop(key);
    if (this.closed) this.breaches.push(`signalled after everything was to stop: ${key}`);
    this.kills++;
    for (const one of this.dependentsOf(key)) {
      if (isActive(one.state)) this.breaches.push(`${key} signalled under ${one.key}`);
    }
    await this.called('kill');
    for (const one of this.concernedBy(key)) this.signal(one, signal);
  }

  start(key: NodeKey): Promise<void> {
    return this.change('start', key, async (all) => {
      this.checkUp(key);
      await this.turn('starting');
      for (const one of all) if (!isActive(one.state)) this.bringUp(one);
    });
  }

  restart(key: NodeKey): Promise<void> {
    return this.change('restart', key, async (all) => {
      this.checkDown(key);
      for (const one of all) this.exit(one.key, true);
      await this.turn('restarting');
      this.checkUp(key);
      for (const one of all) this.bringUp(one);
    });
  }

  pause(key: NodeKey): Promise<void> {
    return this.change('pause', key, async (all) => {
      for (const one of all) if (one.state === 'running') this.become(one, 'paused', 'pause');
    });
  }

  unpause(key: NodeKey): Promise<void> {
    return this.change('unpause', key, async (all) => {
      for (const one of all) if (one.state === 'paused') this.become(one, 'running', 'unpause');
    });
  }

  override add(made: Made) {
    super.add(made);
    this.chronicle.note(this.key(made.name), made.state ?? 'exited');
  }

  override setState(name: string, state: ContainerState) {
    super.setState(name, state);
    this.chronicle.note(this.key(name), state);
  }

  events(listener: EventListener, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (!this.reachable) return Promise.reject(new EngineError('unreachable', 'nobody answers'));
    return this.telling.listen(listener, signal);
  }

  close() {
    this.telling.close();
  }

  /** A call that changes the states of all containers that a key stands for. */
  private change(step: Change, key: NodeKey, work: (all: readonly Living[]) => Promise<void>): Promise<void> {
    this.changesSent.push({ step, key });
    if (step === 'stop' || step === 'restart' || step === 'kill') this.noteStop(key);
    if (step === 'unpause') this.chronicle.unpauseSent.add(key);
    return this.fated(step, key, async () => {
      await work(this.concernedBy(key));
      await this.turn('changed');
    });
  }

  /** A call that goes as its node's next fate wants it. */
  private fated(label: string, key: NodeKey, work: () => Promise<void>): Promise<void> {
    return this.working(key, async () => {
      const fate = this.fates.get(keyParts(key).id)?.shift() ?? 'ok';
      await this.called(label);
      if (fate === 'cutBefore') throw new EngineError('unreachable', 'connection cut');
      if (fate === 'vanish') this.vanish(key);
      if (!this.has(key)) throw new EngineError('gone', 'no such container');
      if (fate === 'busy') throw new EngineError('busy', 'device or resource busy');
      if (fate === 'refuse') throw new EngineError('unknown', 'it will not');
      if (fate === 'lie') return this.turn('lied');
      await work();
      if (fate === 'cutAfter') throw new EngineError('unreachable', 'connection cut');
    });
  }

  private noteStop(key: NodeKey) {
    for (const one of this.concernedBy(key)) {
      this.chronicle.stopCalled.add(one.key);
      if (isActive(one.state)) this.chronicle.stopSent.add(one.key);
    }
  }

  private signal(one: Living, signal: string) {
    const { slow = 0 } = one.made;
    if (signal === 'SIGKILL' || slow === 0 || !isActive(one.state)) return this.exit(one.key);
    const life = one.startedAt;
    void this.shutDown(slow).then(() => {
      if (one.startedAt === life) this.exit(one.key);
    });
  }

  private async shutDown(turns: number) {
    for (let left = turns; left > 0; left--) await this.turn('shutting down');
  }

  private bringUp(one: Living) {
    // It was removed while this call was under way.
    if (!this.living.has(one.key)) return;
    one.startedAt = ++this.starts;
    this.chronicle.started.add(one.key);
    this.become(one, 'running', 'start');
    const life = one.startedAt;
    if (!one.made.brief) return;
    void this.turn('ends by itself').then(() => {
      if (one.startedAt === life) this.exit(one.key);
    });
  }

  private become(one: Living, state: ContainerState, action: EngineEvent['action']) {
    one.state = state;
    this.chronicle.note(one.key, state);
    this.emit(one.key, action, one.startedAt);
  }

  private async removeNow(key: NodeKey, options: RemoveOptions) {
    this.refuseAsEnginesDo(key, options);
    this.checkDependents(key);
    const active = () => this.concernedBy(key).some((one) => isActive(one.state));
    for (let left = this.options.grace ?? 0; left > 0 && active(); left--) await this.turn('in its grace');
    await this.turn('removing');
    this.destroy(key);
    await this.turn('removed');
  }

  private refuseAsEnginesDo(key: NodeKey, { force }: RemoveOptions) {
    if (this.volumes.get(key)?.used) throw new EngineError('inUse', 'volume is being used');
    const concerned = this.concernedBy(key);
    if (!force && concerned.some((one) => isActive(one.state))) {
      // As Podman does it: the exited members of a pod are destroyed before it refuses.
      for (const one of concerned) if (one.key !== key && !isActive(one.state)) this.destroy(one.key);
      throw new EngineError('running', 'it runs');
    }
    const dependents = this.dependentsOf(key, this.options.refusesCycles);
    if (this.options.guards && dependents.length > 0) {
      throw new EngineError('hasDependents', 'it has dependents', { dependents: dependents.map((one) => one.key) });
    }
  }

  private vanish(key: NodeKey) {
    for (const one of this.concernedBy(key)) this.vanished.add(one.key);
    this.destroy(key);
  }

  private destroy(key: NodeKey) {
    for (const one of [...this.living.values()]) {
      if (one.key !== key && this.podOf(one) !== key) continue;
      this.living.delete(one.key);
      this.chronicle.note(one.key, 'gone');
      this.emit(one.key);
    }
    if (this.pods.delete(key)) this.emit(key);
    // No event that is followed tells of volumes.
    this.volumes.delete(key);
  }

  /** @param stays whether it is kept although it is to go when it ends: the engine itself restarts it */
  private exit(key: NodeKey, stays = false) {
    const one = this.living.get(key);
    if (!one || !isActive(one.state)) return;
    this.become(one, 'exited', 'died');
    if (!stays && (one.made.autoRemove || one.made.initContainer === 'once')) this.destroy(key);
  }

  private emit(key: NodeKey, action: EngineEvent['action'] = 'remove', at = 0) {
    if (this.options.events) this.telling.tell(key, action, at);
  }
}
