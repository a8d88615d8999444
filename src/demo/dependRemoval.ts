import type { Timers } from './timers';
import type { Latency } from './latency';
import { dependencyIds, type Container } from './model';
import type { PodRemoval } from './podRemoval';
import type { Profile } from './profile';
import type { ContainerRemoval, RemovalOptions } from './removal';
import type { World } from './world';

/**
 * `DELETE containers/{id}?depend=true`, with what is wrong with it in real engines: on an infra container it asks for
 * further slots while it holds one, so enough of them at once hang the engine for good (5.8.6 and 6.1.1 with 12); on a
 * diamond 5.4, 5.8 and 6.1 list the base as removed and leave it.
 */
export class DependRemoval {
  constructor(
    private readonly world: World,
    private readonly timers: Timers,
    private readonly latency: Latency,
    private readonly profile: Profile,
    private readonly containers: ContainerRemoval,
    private readonly pods: PodRemoval,
  ) {}

  /** Ids that the engine says it has removed. Runs in a slot that the caller holds. */
  async remove(container: Container, options: RemovalOptions & { ignore: boolean }): Promise<string[]> {
    const pod = this.world.podOf(container);
    if (pod && pod.infraId === container.id) {
      await this.timers.delay(this.latency.remove);
      return this.pods.remove(pod, options);
    }
    const ordered = this.dependentsFirst(container);
    const forgotten = this.profile.dependForgetsBase && this.isDiamond(container, ordered);
    const going = forgotten ? ordered.filter((other) => other !== container && other.state !== 'created') : ordered;
    for (const each of going) await this.containers.removeOne(each, { ...options, ignore: true });
    return (forgotten ? [container, ...going] : going).map((each) => each.id);
  }

  /** The container and all its dependents, each after its own dependents. */
  private dependentsFirst(container: Container): Container[] {
    const seen = new Set<Container>();
    const ordered: Container[] = [];
    const visit = (each: Container): void => {
      if (seen.has(each)) return;
      seen.add(each);
      this.world.dependentsOf(each).forEach(visit);
      ordered.push(each);
    };
    visit(container);
    return ordered;
  }

  /** True if one of the dependents reaches the base in more than one way. */
  private isDiamond(base: Container, ordered: readonly Container[]): boolean {
    const ids = new Set(ordered.map((each) => each.id));
    return ordered.some((each) => each !== base && dependencyIds(each).filter((id) => ids.has(id)).length > 1);
  }
}
