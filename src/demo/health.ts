import type { EventJournal } from './events';
import type { Container } from './model';
import type { Timers } from './timers';

/** Durations in milliseconds. */
export interface HealthCheckSpec {
  /** As in `Config.Healthcheck.Test`. A command that ends with `false` fails. */
  test: readonly string[];
  interval: number;
  timeout: number;
  startPeriod: number;
  retries: number;
  /** The check fails before this time after a start. */
  healthyAfter: number;
  /** Whether the engine runs the checks by itself; Podman does not without systemd. */
  isScheduled: boolean;
}

export interface HealthState {
  status: 'starting' | 'healthy' | 'unhealthy';
  failingStreak: number;
  log: { at: number; exitCode: number; output: string }[];
}

const maxLog = 5;

/** Runs the health checks of containers from each start to the next exit. */
export class HealthChecks {
  constructor(
    private readonly events: EventJournal,
    private readonly timers: Timers,
  ) {}

  /** Call after each start. */
  begin(container: Container): void {
    const { healthCheck } = container;
    if (!healthCheck) return;
    container.health = { status: 'starting', failingStreak: 0, log: [] };
    if (healthCheck.isScheduled) this.schedule(container, container.health, healthCheck.interval);
  }

  /** Runs the check once, and reports its result as an event. Without a check or a process, it does nothing. */
  run(container: Container): HealthState | undefined {
    const { healthCheck, health, state } = container;
    if (!healthCheck || !health || state !== 'running') return undefined;
    const before = health.status;
    const at = this.timers.wallTime();
    const age = at - (container.startedAt ?? at);
    const passes = healthCheck.test.at(-1)?.split(' ').at(-1) !== 'false' && age >= healthCheck.healthyAfter;
    health.log.push({ at, exitCode: passes ? 0 : 1, output: passes ? 'ready\n' : 'not ready\n' });
    if (health.log.length > maxLog) health.log.shift();
    if (passes) {
      health.status = 'healthy';
      health.failingStreak = 0;
    } else if (age >= healthCheck.startPeriod && ++health.failingStreak >= healthCheck.retries) {
      health.status = 'unhealthy';
    }
    this.events.health(container, before);
    return health;
  }

  private schedule(container: Container, health: HealthState, interval: number): void {
    this.timers.after(interval, () => {
      // Another start has its own checks.
      if (container.health !== health || container.removal) return;
      this.run(container);
      this.schedule(container, health, interval);
    });
  }
}
