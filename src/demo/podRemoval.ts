import { dependentRemains, membersRemain, podGoneFromDatabase } from './errors';
import type { EventJournal } from './events';
import { type Container, dependencyIds, type ObjectStore, type Pod } from './model';
import type { Profile } from './profile';
import type { ContainerRemoval, RemovalOptions } from './removal';

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
    private readonly store: ObjectStore,
    private readonly events: EventJournal,
    private readonly profile: Profile,
    private readonly containers: ContainerRemoval,
  ) {}

  /**
   * Resolves to the ids of the removed members. Without force, stopped members are removed even if a running one fails the
   * pod. Rejects with an `ApiError` if a member fails, or if the pod was removed while this waited for its lock.
   */
  remove(pod: Pod, options: { force: boolean; timeout: number | undefined }): Promise<string[]> {
    return pod.lock.runExclusive(async () => {
      if (!this.store.pods.has(pod.id)) throw podGoneFromDatabase(pod);
      const members = this.store.membersOf(pod);
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
      if (state.errors.size > 0) throw membersRemain(this.profile, pod, state.errors);
      this.containers.removeAnonymousVolumes(state.volumes);
      this.store.deletePod(pod);
      this.events.pod(pod, 'remove');
      await this.removeServiceOf(pod);
      return members.map((member) => member.id);
    });
  }

  private async removeMembers(state: PodRemovalState): Promise<void> {
    const first = [...state.members.values()].filter((member) => this.dependentsIn(state, member).length === 0);
    if (!this.profile.podMembersInParallel) {
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
      state.errors.set(id, dependentRemains(this.profile, dependency));
      this.markDependencies(state, dependency);
      state.done.add(id);
    }
  }

  private dependentsIn(state: PodRemovalState, member: Container): Container[] {
    return [...state.members.values()].filter((other) => dependencyIds(other).includes(member.id));
  }

  /** A kube service container is removed with its last pod. */
  private async removeServiceOf(pod: Pod): Promise<void> {
    const service = this.store.containers.get(pod.serviceId ?? '');
    if (!service || [...this.store.pods.values()].some((other) => other.serviceId === service.id)) return;
    await this.containers.removeMember(service, { force: true, volumes: true, timeout: undefined });
  }
}
