import { Semaphore } from 'async-mutex';
import {
  hasDependents,
  isInfraOf,
  isServiceOf,
  nothingToDelete,
  notInDatabase,
  podGoneFromDatabase,
  removalNeedsForce,
} from './errors';
import type { EventJournal } from './events';
import type { Latency } from './faults';
import type { Lifecycle } from './lifecycle';
import { type Container, dependencyIds, isActive, type ObjectStore } from './model';
import type { PodRemoval } from './podRemoval';
import type { Profile } from './profile';
import type { Timers } from './timers';

export interface RemovalOptions {
  force: boolean;
  /** Anonymous volumes go along. */
  volumes: boolean;
  /** Seconds of grace instead of the container's own. */
  timeout: number | undefined;
}

/** How many removals `podman system service` runs at once on two cores: NumCPU * 3 + 1. */
export const defaultParallelism = 7;

/**
 * Removes single containers with the checks, waits and races of the real engine. Pods and `depend=true` build on it.
 */
export class ContainerRemoval {
  /** The engine's pool of removals, over all requests. */
  readonly slots: Semaphore;
  private inFlight = 0;
  /** The most removals that were ever in flight at once. */
  peak = 0;

  constructor(
    private readonly world: ObjectStore,
    private readonly events: EventJournal,
    private readonly timers: Timers,
    private readonly latency: Latency,
    private readonly profile: Profile,
    private readonly lifecycle: Lifecycle,
    slots: number,
  ) {
    this.slots = new Semaphore(slots);
    lifecycle.onExit = (container) => this.removeIfDisposable(container);
  }

  /** Runs a job in the engine's pool: waits until one of its slots is free. */
  withSlot<T>(job: () => Promise<T>): Promise<T> {
    return this.slots.runExclusive(async () => {
      this.peak = Math.max(this.peak, ++this.inFlight);
      try {
        return await job();
      } finally {
        this.inFlight--;
      }
    });
  }

  /** `DELETE containers/{id}` once the container is looked up and a slot is free. */
  async removeOne(container: Container, options: RemovalOptions & { ignore: boolean }): Promise<void> {
    const pod = this.world.podOf(container);
    if (!pod) {
      await this.removeOnce(container, options);
      return;
    }
    await pod.lock.runExclusive(async () => {
      if (!this.world.pods.has(pod.id)) {
        // Seen with a pod and its member deleted at once: 4.3.1 fails the member, 5.8.6 and 6.1.1 report it removed.
        if (this.profile.losersOfARace === 'notFound') throw podGoneFromDatabase(pod);
        return;
      }
      await this.removeOnce(container, options);
    });
  }

  /** As part of a pod's removal, which holds the pod's lock already: infra containers may go. */
  async removeMember(container: Container, options: RemovalOptions): Promise<void> {
    while (container.removal) await container.removal;
    if (this.world.containers.has(container.id)) await this.remove(container, options, true);
  }

  /** Removes an anonymous volume unless something still mounts it. */
  removeAnonymousVolumes(names: Iterable<string>): void {
    for (const name of names) {
      if (!this.world.volumes.get(name)?.anonymous) continue;
      if ([...this.world.containers.values()].some((other) => other.mounts.some((m) => m.volume === name))) continue;
      this.world.volumes.delete(name);
      this.events.volume(name, 'remove');
    }
  }

  private async removeOnce(container: Container, options: RemovalOptions & { ignore: boolean }): Promise<void> {
    while (container.removal) await container.removal;
    if (this.world.containers.has(container.id)) {
      await this.remove(container, options, false);
    } else if (this.profile.losersOfARace === 'notFound' && !options.ignore) {
      throw notInDatabase(container);
    }
  }

  private async remove(container: Container, options: RemovalOptions, withPod: boolean): Promise<void> {
    const pod = this.world.podOf(container);
    if (pod && pod.infraId === container.id && !withPod) throw isInfraOf(container, pod);
    if (container.isService) {
      const served = [...this.world.pods.values()].filter((other) => other.serviceId === container.id);
      if (served.length > 0) throw isServiceOf(container, served);
    }
    if (isActive(container) && !options.force) throw removalNeedsForce(container);
    const dependents = this.world.dependentsOf(container);
    if (dependents.length > 0) throw hasDependents(container, dependents);

    let ended = (): void => undefined;
    container.removal = new Promise((resolve) => (ended = resolve));
    try {
      await this.lifecycle.stop(container, options.timeout);
      await this.timers.delay(this.latency.remove);
      this.destroy(container, options.volumes);
    } finally {
      container.removal = undefined;
      ended();
    }
  }

  private destroy(container: Container, volumes: boolean): void {
    const pod = this.world.podOf(container);
    this.world.deleteContainer(container);
    if (pod && pod.infraId === container.id) pod.infraId = undefined;
    this.events.container(container, 'remove');
    if (volumes) this.removeAnonymousVolumes(container.mounts.map((mount) => mount.volume));
  }

  /** `--rm`: the engine's clean-up process removes the container when it has stopped, outside the pool. */
  private removeIfDisposable(container: Container): void {
    if (!container.autoRemove || container.removal) return;
    this.remove(container, { force: true, volumes: true, timeout: undefined }, false).catch(() => {
      // Something depends on it: it stays, exited, as with the real engine.
    });
  }
}

/** Looks up what a deletion names. Undefined only if `ignore` makes a missing container no error. */
export function containerToDelete(
  world: ObjectStore,
  profile: Profile,
  ref: string,
  ignore: boolean,
): Container | undefined {
  const container = world.findContainer(ref);
  if (!container && !ignore) throw nothingToDelete(profile, ref);
  return container;
}

/**
 * `DELETE containers/{id}?depend=true`, with what is wrong with it in real engines: on an infra container it asks for
 * further slots while it holds one, so enough of them at once hang the engine for good (5.8.6 and 6.1.1 with 12); on a
 * diamond 5.4, 5.8 and 6.1 list the base as removed and leave it.
 */
export class DependentsRemoval {
  constructor(
    private readonly world: ObjectStore,
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
