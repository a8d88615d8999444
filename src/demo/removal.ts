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
  /** Also removes anonymous volumes. */
  volumes: boolean;
  /** Stop timeout in seconds; default: the container's own. */
  timeout: number | undefined;
}

/** Concurrent removals of `podman system service` on two cores: NumCPU * 3 + 1. */
export const defaultParallelism = 7;

/** Removes single containers with the checks, locks and races of real engines; used by pods and `depend=true`. */
export class ContainerRemoval {
  /** The engine's removal pool, shared by all requests. */
  readonly slots: Semaphore;
  private inFlight = 0;
  /** Maximum number of concurrent removals so far. */
  peak = 0;

  constructor(
    private readonly store: ObjectStore,
    private readonly events: EventJournal,
    private readonly timers: Timers,
    private readonly latency: Latency,
    private readonly profile: Profile,
    private readonly lifecycle: Lifecycle,
    slots: number,
  ) {
    this.slots = new Semaphore(slots);
    lifecycle.onExit = (container) => this.autoRemove(container);
  }

  /** Runs a job in the removal pool. */
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

  /** `DELETE containers/{id}`; the caller holds a slot. */
  async removeOne(container: Container, options: RemovalOptions & { ignore: boolean }): Promise<void> {
    const pod = this.store.podOf(container);
    if (!pod) {
      await this.removeOnce(container, options);
      return;
    }
    await pod.lock.runExclusive(async () => {
      if (!this.store.pods.has(pod.id)) {
        // Pod and member deleted concurrently: 4.3.1 fails the member, 5.8.6 and 6.1.1 report it removed.
        if (this.profile.raceLoserResponse === 'notFound') throw podGoneFromDatabase(pod);
        return;
      }
      await this.removeOnce(container, options);
    });
  }

  /** For a pod removal, which holds the pod's lock; allows infra containers. */
  async removeMember(container: Container, options: RemovalOptions): Promise<void> {
    while (container.removal) await container.removal;
    if (this.store.containers.has(container.id)) await this.remove(container, options, true);
  }

  /** Removes an anonymous volume unless something still mounts it. */
  removeAnonymousVolumes(names: Iterable<string>): void {
    for (const name of names) {
      if (!this.store.volumes.get(name)?.anonymous) continue;
      if ([...this.store.containers.values()].some((other) => other.mounts.some((m) => m.volume === name))) continue;
      this.store.volumes.delete(name);
      this.events.volume(name, 'remove');
    }
  }

  private async removeOnce(container: Container, options: RemovalOptions & { ignore: boolean }): Promise<void> {
    while (container.removal) await container.removal;
    if (this.store.containers.has(container.id)) {
      await this.remove(container, options, false);
    } else if (this.profile.raceLoserResponse === 'notFound' && !options.ignore) {
      throw notInDatabase(container);
    }
  }

  private async remove(container: Container, options: RemovalOptions, withPod: boolean): Promise<void> {
    const pod = this.store.podOf(container);
    if (pod && pod.infraId === container.id && !withPod) throw isInfraOf(container, pod);
    if (container.isService) {
      const served = [...this.store.pods.values()].filter((other) => other.serviceId === container.id);
      if (served.length > 0) throw isServiceOf(container, served);
    }
    if (isActive(container) && !options.force) throw removalNeedsForce(container);
    const dependents = this.store.dependentsOf(container);
    if (dependents.length > 0) throw hasDependents(container, dependents);

    let resolveRemoval = (): void => undefined;
    container.removal = new Promise((resolve) => (resolveRemoval = resolve));
    try {
      await this.lifecycle.stop(container, options.timeout);
      await this.timers.delay(this.latency.remove);
      this.destroy(container, options.volumes);
    } finally {
      container.removal = undefined;
      resolveRemoval();
    }
  }

  private destroy(container: Container, volumes: boolean): void {
    const pod = this.store.podOf(container);
    this.store.deleteContainer(container);
    if (pod && pod.infraId === container.id) pod.infraId = undefined;
    this.events.container(container, 'remove');
    if (volumes) this.removeAnonymousVolumes(container.mounts.map((mount) => mount.volume));
  }

  /** `--rm`: the engine's cleanup process removes the exited container outside the pool. */
  private autoRemove(container: Container): void {
    if (!container.autoRemove || container.removal) return;
    this.remove(container, { force: true, volumes: true, timeout: undefined }, false).catch(() => {
      // A dependent exists: the container stays exited, as on real engines.
    });
  }
}

/** Resolves the container of a deletion. Undefined only with `ignore`; otherwise throws. */
export function containerToDelete(
  store: ObjectStore,
  profile: Profile,
  ref: string,
  ignore: boolean,
): Container | undefined {
  const container = store.findContainer(ref);
  if (!container && !ignore) throw nothingToDelete(profile, ref);
  return container;
}

/**
 * `DELETE containers/{id}?depend=true` with two bugs of real engines: on infra containers it acquires further slots while
 * holding one, so concurrent requests deadlock (5.8.6 and 6.1.1 with 12); for the other, see `dependSkipsBase`.
 */
export class DependentsRemoval {
  constructor(
    private readonly store: ObjectStore,
    private readonly timers: Timers,
    private readonly latency: Latency,
    private readonly profile: Profile,
    private readonly containers: ContainerRemoval,
    private readonly pods: PodRemoval,
  ) {}

  /** Resolves to the ids reported as removed. The caller holds a slot. */
  async remove(container: Container, options: RemovalOptions & { ignore: boolean }): Promise<string[]> {
    const pod = this.store.podOf(container);
    if (pod && pod.infraId === container.id) {
      await this.timers.delay(this.latency.remove);
      return this.pods.remove(pod, options);
    }
    const ordered = this.dependentsFirst(container);
    const skipsBase = this.profile.dependSkipsBase && this.isDiamond(container, ordered);
    const removed = skipsBase ? ordered.filter((other) => other !== container && other.state !== 'created') : ordered;
    for (const each of removed) await this.containers.removeOne(each, { ...options, ignore: true });
    return (skipsBase ? [container, ...removed] : removed).map((each) => each.id);
  }

  /** The container and all its dependents, each after its own dependents. */
  private dependentsFirst(container: Container): Container[] {
    const seen = new Set<Container>();
    const ordered: Container[] = [];
    const visit = (each: Container): void => {
      if (seen.has(each)) return;
      seen.add(each);
      this.store.dependentsOf(each).forEach(visit);
      ordered.push(each);
    };
    visit(container);
    return ordered;
  }

  /** Whether a dependent has several paths to the base. */
  private isDiamond(base: Container, ordered: readonly Container[]): boolean {
    const ids = new Set(ordered.map((each) => each.id));
    return ordered.some((each) => each !== base && dependencyIds(each).filter((id) => ids.has(id)).length > 1);
  }
}
