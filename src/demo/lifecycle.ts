import { killedExitCode, naturalExit, signalEffect } from './command';
import type { EngineCore } from './core';
import { wrongState } from './errors';
import { HealthChecks } from './health';
import {
  appendLog,
  type Container,
  dependencyIds,
  type HealthState,
  isFinished,
  type Namespaces,
  type ObjectStore,
} from './model';
import type { Profile } from './profile';

const sigkill = 9;
/** Minimum milliseconds before a restart, so that a broken command does not spin. */
const minRestartDelay = 100;

/** Starts and stops containers: processes, signals, stop timeouts, restart policies. */
export class Lifecycle {
  /** Called at each exit without a restart, for auto-remove. */
  onExit: (container: Container) => void = () => undefined;
  private readonly health: HealthChecks;

  constructor(private readonly core: EngineCore) {
    this.health = new HealthChecks(core);
  }

  /** Runs the health check once; undefined without one, or without a process. */
  checkHealth(container: Container): HealthState | undefined {
    return this.health.run(container);
  }

  /** Starts the dependencies, then the container. Returns false if it is already running. */
  async start(container: Container): Promise<boolean> {
    if (container.state === 'running') return false;
    if (container.state === 'paused' || container.state === 'stopping') {
      throw wrongState(500, `container ${container.id} must be in Created or Stopped state to be started`);
    }
    for (const id of dependencyIds(container)) {
      const dependency = this.core.store.containers.get(id);
      if (dependency && dependency.state !== 'running') await this.start(dependency);
    }
    if (this.core.profile.name === '4.3' && container.isInfra) this.core.events.container(container, 'restart');
    await this.core.timers.delay(this.core.latency.start);
    this.enterRunning(container);
    return true;
  }

  /** Sets the state after a start, without delay. */
  enterRunning(container: Container, keepsNetwork = false): void {
    if (!this.core.store.containers.has(container.id) || container.state === 'running') return;
    container.state = 'running';
    container.pid = this.core.store.nextPid();
    enterNamespaces(container, this.core.store, keepsNetwork);
    container.startedAt = this.core.timers.wallTime();
    container.exitCode = 0;
    container.stoppedByUser = false;
    this.core.events.container(container, 'init');
    this.core.events.container(container, 'start');
    this.health.begin(container);
    const end = naturalExit(container.command);
    if (end) this.exitIn(container, end.afterMs, end.exitCode);
  }

  /** Restarts a container without delay. */
  restartNow(name: string): void {
    const container = this.core.store.findContainer(name);
    if (!container) return;
    container.stoppedByUser = true;
    this.exit(container, 0);
    this.enterRunning(container);
  }

  /** Sends a signal to a running container, as `kill` does. */
  signal(container: Container, signal: number): void {
    if (container.state === 'created' || isFinished(container)) {
      const status = this.core.profile.name === '4.3' ? 500 : 409;
      throw wrongState(status, `can only kill running containers. ${container.id} is in state ${container.state}`);
    }
    if (!this.core.profile.restartsSignalled || signal === sigkill) container.stoppedByUser = true;
    this.deliver(container, signal);
  }

  /**
   * Sends the stop signal, and SIGKILL after the stop timeout. Resolves when the container has exited.
   * @param timeout seconds; default: the container's own
   */
  async stop(container: Container, timeout: number | undefined): Promise<void> {
    if (container.state !== 'running' && container.state !== 'paused' && container.state !== 'stopping') return;
    container.stoppedByUser = true;
    const exited = this.nextExit(container);
    const wait = stopWait(timeout ?? container.stopTimeout, this.core.profile);
    if (container.state === 'paused' || wait === 0) {
      container.state = 'stopping';
      this.deliver(container, sigkill);
    } else {
      container.state = 'stopping';
      this.deliver(container, container.stopSignal);
      const cancel = this.core.timers.after(wait, () => this.deliver(container, sigkill));
      void exited.then(cancel);
    }
    await exited;
  }

  /** Resolves at the next exit; at once if not running. */
  nextExit(container: Container): Promise<void> {
    if (container.state === 'created' || isFinished(container)) return Promise.resolve();
    return new Promise((resolve) => container.exitWaiters.push(resolve));
  }

  pause(container: Container): void {
    if (container.state === 'paused') throw wrongState(500, `"${container.id}" is already paused`);
    if (container.state !== 'running') throw wrongState(500, `"${container.state}" is not running, can't pause`);
    container.state = 'paused';
    this.core.events.container(container, 'pause');
  }

  unpause(container: Container): void {
    if (container.state !== 'paused') throw wrongState(500, `"${container.id}" is not paused, can't unpause`);
    container.state = 'running';
    this.core.events.container(container, 'unpause');
    for (const signal of container.pendingSignals.splice(0)) this.deliver(container, signal);
  }

  private deliver(container: Container, signal: number): void {
    // A frozen process receives only SIGKILL; other signals stay pending until unpause.
    if (container.state === 'paused' && signal !== sigkill) {
      container.pendingSignals.push(signal);
      return;
    }
    const { output, exit } = signalEffect(container.command, signal);
    if (output !== undefined) appendLog(container, { at: this.core.timers.wallTime(), stream: 'stdout', text: output });
    if (exit) this.exitIn(container, Math.max(this.core.latency.exit, exit.afterMs), exit.exitCode);
  }

  private exitIn(container: Container, ms: number, exitCode: number): void {
    container.cancelExit?.();
    if (ms <= 0 && this.core.latency.exit === 0) {
      container.cancelExit = undefined;
      queueMicrotask(() => this.exit(container, exitCode));
      return;
    }
    container.cancelExit = this.core.timers.after(Math.max(ms, this.core.latency.exit), () =>
      this.exit(container, exitCode),
    );
  }

  private exit(container: Container, exitCode: number): void {
    if (container.state === 'created' || isFinished(container)) return;
    container.cancelExit?.();
    container.cancelExit = undefined;
    container.state = 'stopped';
    container.pid = 0;
    container.pendingSignals = [];
    container.health = undefined;
    container.exitCode = exitCode;
    container.finishedAt = this.core.timers.wallTime();
    this.core.events.container(container, 'died');
    this.killSharers(container);
    for (const resolve of container.exitWaiters.splice(0)) resolve();
    if (this.shouldRestart(container)) {
      this.core.timers.after(Math.max(this.core.latency.start, minRestartDelay), () => this.restart(container));
    } else {
      this.scheduleCleanUp(container);
      this.onExit(container);
    }
  }

  /** From `stopped` to `exited`: at once after a stop request, else by a delayed cleanup process. */
  cleanUp(container: Container): void {
    if (container.state !== 'stopped') return;
    container.state = 'exited';
    const hasEvent = this.core.profile.name === '4.3' && container.exitCode !== killedExitCode;
    if (hasEvent) this.core.events.container(container, 'cleanup');
  }

  private scheduleCleanUp(container: Container): void {
    if (this.core.latency.cleanUp <= 0) this.cleanUp(container);
    else this.core.timers.after(this.core.latency.cleanUp, () => this.cleanUp(container));
  }

  private shouldRestart(container: Container): boolean {
    if (container.stoppedByUser || container.removal) return false;
    const { policy, retries } = container.restart;
    if (policy === 'no') return false;
    if (policy !== 'on-failure') return true;
    return container.exitCode !== 0 && (retries === 0 || container.restartCount < retries);
  }

  /** The kernel kills all processes of a process namespace with its first. */
  private killSharers(base: Container): void {
    for (const sharer of this.core.store.dependentsOf(base)) {
      const isIn = sharer.shares.pid === base.id && sharer.namespaces?.pid === base.namespaces?.pid;
      if (isIn) this.exit(sharer, killedExitCode);
    }
  }

  /** Podman does not restart a container whose dependencies don't run: it stays `stopped` (4.3.1, 5.8.6). */
  private isDependencyDown(container: Container): boolean {
    return dependencyIds(container).some((id) => this.core.store.containers.get(id)?.state !== 'running');
  }

  private restart(container: Container): void {
    if (container.removal || !isFinished(container) || container.stoppedByUser) return;
    if (this.isDependencyDown(container)) return;
    container.restartCount++;
    this.enterRunning(container, this.core.profile.name === '4.3');
  }
}

/** 2^64-1 in float precision. */
const minusOne = 2 ** 64 - 2048;

/**
 * Milliseconds before SIGKILL. Podman's 64-bit nanoseconds overflow at 292 years, and it kills at once (measured with
 * 9999999999 s on 4.3.1 and 5.8.6). 2^64-1 is -1: no limit on 5.8.6, but not on 4.3.1.
 */
function stopWait(seconds: number, profile: Profile): number {
  if (seconds >= minusOne && profile.name !== '4.3') return Infinity;
  const nanoseconds = BigInt.asIntN(64, BigInt(Math.round(seconds)) * 1_000_000_000n);
  return nanoseconds <= 0n ? 0 : Number(nanoseconds / 1_000_000n);
}

const namespaceKinds = ['cgroup', 'ipc', 'net', 'pid', 'uts'] as const;

/** The host's user namespace, which containers use by default. */
const hostUser = '4026531837';

/** Assigns the namespaces of a start: those of its bases at this moment, and new ones. */
function enterNamespaces(container: Container, store: ObjectStore, keepsNetwork: boolean): void {
  const before = container.namespaces;
  const own = Object.fromEntries(
    namespaceKinds.map((kind, offset) => {
      const base = store.containers.get(container.shares[kind] ?? '');
      const kept = keepsNetwork && kind === 'net' && !base ? before?.net : undefined;
      return [kind, base?.namespaces?.[kind] ?? kept ?? String(4026532000 + container.pid * 8 + offset)];
    }),
  );
  container.namespaces = { ...(own as Omit<Namespaces, 'user'>), user: hostUser };
}
