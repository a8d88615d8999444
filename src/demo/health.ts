import type { EngineCore } from './core';
import type { Container, HealthState } from './model';

const maxLog = 5;

/** Runs the health checks of containers from each start to the next exit. */
export class HealthChecks {
  constructor(private readonly core: EngineCore) {}

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
    const at = this.core.timers.wallTime();
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
    this.core.events.health(container, before);
    return health;
  }

  private schedule(container: Container, health: HealthState, interval: number): void {
    this.core.timers.after(interval, () => {
      // Another start has its own checks.
      if (container.health !== health || container.removal) return;
      this.run(container);
      this.schedule(container, health, interval);
    });
  }
}
