import { Semaphore } from 'async-mutex';
import type { EngineCore } from './core';
import {
  dependentRemains,
  hasDependents,
  isInfraOf,
  isServiceOf,
  membersRemain,
  notInDatabase,
  podGoneFromDatabase,
  removalNeedsForce,
} from './errors';
import type { Lifecycle } from './lifecycle';
import { type Container, dependencyIds, isActive, type Pod } from './model';

interface RemovalOptions {
  force: boolean;
  /** Also removes anonymous volumes. */
  volumes: boolean;
  /** Stop timeout in seconds; default: the container's own. */
  timeout: number | undefined;
}

/** Concurrent removals of `podman system service` on two cores: NumCPU * 3 + 1. */
export const demoParallelism = 7;

/** Removes single containers with the checks, locks and races of real engines; used by pods and `depend=true`. */
export class ContainerRemoval {
  /** The engine's removal pool, shared by all requests. */
  readonly slots: Semaphore;
  private inFlight = 0;
  /** Maximum number of concurrent removals so far. */
  peak = 0;

  constructor(
    private readonly core: EngineCore,
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
    const pod = this.core.store.podOf(container);
    if (!pod) {
      await this.removeOnce(container, options);
      return;
    }
    await pod.lock.runExclusive(async () => {
      if (!this.core.store.pods.has(pod.id)) {
        // Pod and member deleted concurrently: 4.3.1 fails the member, 5.8.6 and 6.1.1 report it removed.
        if (this.core.profile.raceLoserResponse === 'notFound') throw podGoneFromDatabase(pod);
        return;
      }
      await this.removeOnce(container, options);
    });
  }

  /** For a pod removal, which holds the pod's lock; allows infra containers. */
  async removeMember(container: Container, options: RemovalOptions): Promise<void> {
    while (container.removal) await container.removal;
    if (this.core.store.containers.has(container.id)) await this.remove(container, options, true);
  }

  /** Removes an anonymous volume unless something still mounts it. */
  removeAnonymousVolumes(names: Iterable<string>): void {
    for (const name of names) {
      if (!this.core.store.volumes.get(name)?.anonymous) continue;
      if ([...this.core.store.containers.values()].some((other) => other.mounts.some((m) => m.volume === name)))
        continue;
      this.core.store.volumes.delete(name);
      this.core.events.volume(name, 'remove');
    }
  }

  private async removeOnce(container: Container, options: RemovalOptions & { ignore: boolean }): Promise<void> {
    while (container.removal) await container.removal;
    if (this.core.store.containers.has(container.id)) {
      await this.remove(container, options, false);
    } else if (this.core.profile.raceLoserResponse === 'notFound' && !options.ignore) {
      throw notInDatabase(container);
    }
  }

  private async remove(container: Container, options: RemovalOptions, withPod: boolean): Promise<void> {
    const pod = this.core.store.podOf(container);
    if (pod && pod.infraId === container.id && !withPod) throw isInfraOf(container, pod);
    if (container.isService) {
      const served = [...this.core.store.pods.values()].filter((other) => other.serviceId === container.id);
      if (served.length > 0) throw isServiceOf(container, served);
    }
    if (isActive(container) && !options.force) throw removalNeedsForce(container);
    const dependents = this.core.store.dependentsOf(container);
    if (dependents.length > 0) throw hasDependents(container, dependents);

    let resolveRemoval = (): void => undefined;
    container.removal = new Promise((resolve) => (resolveRemoval = resolve));
    try {
      await this.lifecycle.stop(container, options.timeout);
      await this.core.timers.delay(this.core.latency.remove);
      this.destroy(container, options.volumes);
    } finally {
      container.removal = undefined;
      resolveRemoval();
    }
  }

  private destroy(container: Container, volumes: boolean): void {
    const pod = this.core.store.podOf(container);
    this.core.store.deleteContainer(container);
    if (pod && pod.infraId === container.id) pod.infraId = undefined;
    this.core.events.container(container, 'remove');
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

/** One removal of a pod's members, dependents first, the infra container last. */
interface PodRemovalState {
  members: Map<string, Container>;
  options: RemovalOptions;
  infra: string | undefined;
  started: Set<string>;
  done: Set<string>;
  errors: Map<string, Error>;
  volumes: Set<string>;
}

/** Removes pods: dependents first, serially or in parallel depending on the profile, the infra container last. */
export class PodRemoval {
  constructor(
    private readonly core: EngineCore,
    private readonly containers: ContainerRemoval,
  ) {}

  /**
   * Resolves to the ids of the removed members. Without force, stopped members are removed even if a running one fails the
   * pod. Rejects with an `ApiError` if a member fails, or if the pod was removed while this waited for its lock.
   */
  remove(pod: Pod, options: { force: boolean; timeout: number | undefined }): Promise<string[]> {
    return pod.lock.runExclusive(async () => {
      if (!this.core.store.pods.has(pod.id)) throw podGoneFromDatabase(pod);
      const members = this.core.store.membersOf(pod);
      const state: PodRemovalState = {
        members: new Map(members.map((member) => [member.id, member])),
        options: { force: options.force, timeout: options.timeout, volumes: false },
        infra: pod.infraId,
        started: new Set(),
        done: new Set(),
        errors: new Map(),
        volumes: new Set(members.flatMap((member) => member.mounts.map((mount) => mount.volume))),
      };
      await this.removeMembers(state);
      if (state.errors.size > 0) throw membersRemain(this.core.profile, pod, state.errors);
      this.containers.removeAnonymousVolumes(state.volumes);
      this.core.store.deletePod(pod);
      this.core.events.pod(pod, 'remove');
      await this.removeServiceOf(pod);
      return members.map((member) => member.id);
    });
  }

  private async removeMembers(state: PodRemovalState): Promise<void> {
    const first = [...state.members.values()].filter((member) => this.dependentsIn(state, member).length === 0);
    if (!this.core.profile.podMembersInParallel) {
      for (const member of first) await this.visit(state, member);
      return;
    }
    await Promise.all(first.map((member) => this.containers.withSlot(() => this.visit(state, member))));
  }

  private async visit(state: PodRemovalState, member: Container): Promise<void> {
    if (state.started.has(member.id)) return;
    if (this.dependentsIn(state, member).some((dependent) => !state.done.has(dependent.id))) return;
    state.started.add(member.id);
    try {
      // After the other members, the infra container is stopped even without force (4.3.1 and 5.8.6).
      const force = state.options.force || member.id === state.infra;
      await this.containers.removeMember(member, { ...state.options, force });
    } catch (error) {
      state.errors.set(member.id, error as Error);
      this.markDependencies(state, member);
    }
    state.done.add(member.id);
    for (const id of dependencyIds(member)) {
      const dependency = state.members.get(id);
      if (dependency) await this.visit(state, dependency);
    }
  }

  /** A failure also fails all its dependencies. */
  private markDependencies(state: PodRemovalState, member: Container): void {
    for (const id of dependencyIds(member)) {
      const dependency = state.members.get(id);
      if (!dependency || state.started.has(id)) continue;
      state.started.add(id);
      state.errors.set(id, dependentRemains(this.core.profile, dependency));
      this.markDependencies(state, dependency);
      state.done.add(id);
    }
  }

  private dependentsIn(state: PodRemovalState, member: Container): Container[] {
    return [...state.members.values()].filter((other) => dependencyIds(other).includes(member.id));
  }

  /** A kube service container is removed with its last pod. */
  private async removeServiceOf(pod: Pod): Promise<void> {
    const service = this.core.store.containers.get(pod.serviceId ?? '');
    if (!service || [...this.core.store.pods.values()].some((other) => other.serviceId === service.id)) return;
    await this.containers.removeMember(service, { force: true, volumes: true, timeout: undefined });
  }
}

/**
 * `DELETE containers/{id}?depend=true` with two bugs of real engines: on infra containers it acquires further slots while
 * holding one, so concurrent requests deadlock (5.8.6 and 6.1.1 with 12); for the other, see `dependSkipsBase`.
 */
export class DependentsRemoval {
  constructor(
    private readonly core: EngineCore,
    private readonly containers: ContainerRemoval,
    private readonly pods: PodRemoval,
  ) {}

  /** Resolves to the ids reported as removed. The caller holds a slot. */
  async remove(container: Container, options: RemovalOptions & { ignore: boolean }): Promise<string[]> {
    const pod = this.core.store.podOf(container);
    if (pod && pod.infraId === container.id) {
      await this.core.timers.delay(this.core.latency.remove);
      return this.pods.remove(pod, options);
    }
    const ordered = this.dependentsFirst(container);
    const skipsBase = this.core.profile.dependSkipsBase && this.isDiamond(container, ordered);
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
      this.core.store.dependentsOf(each).forEach(visit);
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
