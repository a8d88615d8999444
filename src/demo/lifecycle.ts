import { killedExitCode, naturalExit, signalEffect } from './command';
import { wrongState } from './errors';
import type { EventJournal } from './events';
import type { Latency } from './faults';
import { appendLog, type Container, dependencyIds, isFinished, type ObjectStore } from './model';
import type { Profile } from './profile';
import type { Timers } from './timers';

const killSignal = 9;
/** A container that dies at once is not brought back faster than this, or a broken command would spin. */
const restartPause = 100;

/** Brings containers up and down: processes, signals, grace periods, restart policies. */
export class Lifecycle {
  /** Told of each exit that nobody comes back from, for containers that go when they stop. */
  onExit: (container: Container) => void = () => undefined;

  constructor(
    private readonly world: ObjectStore,
    private readonly events: EventJournal,
    private readonly timers: Timers,
    private readonly latency: Latency,
    private readonly profile: Profile,
  ) {}

  /** Starts a container after everything it depends on. Answers false if it was up already. */
  async start(container: Container): Promise<boolean> {
    if (container.state === 'running') return false;
    if (container.state === 'paused' || container.state === 'stopping') {
      throw wrongState(500, `container ${container.id} must be in Created or Stopped state to be started`);
    }
    for (const id of dependencyIds(container)) {
      const dependency = this.world.containers.get(id);
      if (dependency && dependency.state !== 'running') await this.start(dependency);
    }
    if (this.profile.name === '4.3' && container.isInfra) this.events.container(container, 'restart');
    await this.timers.delay(this.latency.start);
    this.enterRunning(container);
    return true;
  }

  /** The state after a start, at once. */
  enterRunning(container: Container): void {
    if (!this.world.containers.has(container.id) || container.state === 'running') return;
    container.state = 'running';
    container.pid = this.world.nextPid();
    container.startedAt = this.timers.wallTime();
    container.finishedAt = undefined;
    container.exitCode = 0;
    container.stoppedByUser = false;
    this.events.container(container, 'init');
    this.events.container(container, 'start');
    const end = naturalExit(container.command);
    if (end) this.exitIn(container, end.afterMs, end.exitCode);
  }

  /** Sends a signal to a running container, as `kill` does. */
  signal(container: Container, signal: number): void {
    if (container.state === 'created' || isFinished(container)) {
      const status = this.profile.name === '4.3' ? 500 : 409;
      throw wrongState(status, `can only kill running containers. ${container.id} is in state ${container.state}`);
    }
    if (!this.profile.restartsSignalled || signal === killSignal) container.stoppedByUser = true;
    this.deliver(container, signal);
  }

  /**
   * Stop signal, grace, kill. Resolves when the container is down; a container that somebody else ends meanwhile is
   * down the sooner.
   * @param timeout seconds of grace; the container's own where it is undefined
   */
  async stop(container: Container, timeout: number | undefined): Promise<void> {
    if (container.state !== 'running' && container.state !== 'paused' && container.state !== 'stopping') return;
    container.stoppedByUser = true;
    const exited = this.nextExit(container);
    const grace = stopWait(timeout ?? container.stopTimeout, this.profile);
    if (container.state === 'paused' || grace === 0) {
      container.state = 'stopping';
      this.deliver(container, killSignal);
    } else {
      container.state = 'stopping';
      this.deliver(container, container.stopSignal);
      const cancel = this.timers.after(grace, () => this.deliver(container, killSignal));
      void exited.then(cancel);
    }
    await exited;
  }

  /** Resolves at the next exit; at once for a container that is down. */
  nextExit(container: Container): Promise<void> {
    if (container.state === 'created' || isFinished(container)) return Promise.resolve();
    return new Promise((resolve) => container.exitWaiters.push(resolve));
  }

  pause(container: Container): void {
    if (container.state === 'paused') throw wrongState(500, `"${container.id}" is already paused`);
    if (container.state !== 'running') throw wrongState(500, `"${container.state}" is not running, can't pause`);
    container.state = 'paused';
    this.events.container(container, 'pause');
  }

  unpause(container: Container): void {
    if (container.state !== 'paused') throw wrongState(500, `"${container.id}" is not paused, can't unpause`);
    container.state = 'running';
    this.events.container(container, 'unpause');
    for (const signal of container.pendingSignals.splice(0)) this.deliver(container, signal);
  }

  private deliver(container: Container, signal: number): void {
    // The freezer holds a paused process: only KILL gets through, the rest waits until it is thawed.
    if (container.state === 'paused' && signal !== killSignal) {
      container.pendingSignals.push(signal);
      return;
    }
    const { prints, exit } = signalEffect(container.command, signal);
    if (prints !== undefined) appendLog(container, { at: this.timers.wallTime(), stream: 'stdout', text: prints });
    if (exit) this.exitIn(container, Math.max(this.latency.exit, exit.afterMs), exit.exitCode);
  }

  private exitIn(container: Container, ms: number, exitCode: number): void {
    container.cancelExit?.();
    if (ms <= 0 && this.latency.exit === 0) {
      container.cancelExit = undefined;
      queueMicrotask(() => this.exit(container, exitCode));
      return;
    }
    container.cancelExit = this.timers.after(Math.max(ms, this.latency.exit), () => this.exit(container, exitCode));
  }

  private exit(container: Container, exitCode: number): void {
    if (container.state === 'created' || isFinished(container)) return;
    container.cancelExit?.();
    container.cancelExit = undefined;
    container.state = 'stopped';
    container.pid = 0;
    container.pendingSignals = [];
    container.exitCode = exitCode;
    container.finishedAt = this.timers.wallTime();
    this.events.container(container, 'died');
    for (const wake of container.exitWaiters.splice(0)) wake();
    if (this.shouldRestart(container)) {
      this.timers.after(Math.max(this.latency.start, restartPause), () => this.restart(container));
    } else {
      this.cleanUpSoon(container);
      this.onExit(container);
    }
  }

  /** A stop cleans up by itself, an end of its own leaves that to a process that comes a little later. */
  cleanUp(container: Container): void {
    if (container.state !== 'stopped') return;
    container.state = 'exited';
    const told = this.profile.name === '4.3' && container.exitCode !== killedExitCode;
    if (told) this.events.container(container, 'cleanup');
  }

  private cleanUpSoon(container: Container): void {
    if (this.latency.cleanUp <= 0) this.cleanUp(container);
    else this.timers.after(this.latency.cleanUp, () => this.cleanUp(container));
  }

  private shouldRestart(container: Container): boolean {
    if (container.stoppedByUser || container.removal) return false;
    const { policy, retries } = container.restart;
    if (policy === 'no') return false;
    if (policy !== 'on-failure') return true;
    return container.exitCode !== 0 && (retries === 0 || container.restartCount < retries);
  }

  private restart(container: Container): void {
    if (container.removal || !isFinished(container) || container.stoppedByUser) return;
    container.restartCount++;
    this.enterRunning(container);
  }
}

/** 2^64-1, as far as JavaScript's numbers tell it from its neighbors. */
const minusOne = 2 ** 64 - 2048;

/**
 * Milliseconds that a stop waits before it kills. Podman counts nanoseconds in 64 bits: from 292 years on they overflow, and it
 * kills at once (seen with 9999999999 s on 4.3.1 and 5.8.6). 2^64-1 is -1, which 5.8.6 takes for no limit and 4.3.1 does not.
 */
function stopWait(seconds: number, profile: Profile): number {
  if (seconds >= minusOne && profile.name !== '4.3') return Infinity;
  const nanoseconds = BigInt.asIntN(64, BigInt(Math.round(seconds)) * 1_000_000_000n);
  return nanoseconds <= 0n ? 0 : Number(nanoseconds / 1_000_000n);
}
