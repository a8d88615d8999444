import { dependentRemains, membersRemain, podGoneFromDatabase } from './errors';
import type { EventJournal } from './events';
import { type Container, dependencyIds, type ObjectStore, type Pod } from './model';
import type { Profile } from './profile';
import type { ContainerRemoval, RemovalOptions } from './removal';

/** One walk through the members of a pod, from those nobody depends on to the infra container. */
interface PodRemovalState {
  members: Map<string, Container>;
  options: RemovalOptions;
  infra: string | undefined;
  started: Set<string>;
  done: Set<string>;
  errors: Map<string, Error>;
  volumes: Set<string>;
}

/** Removes pods: members dependents first, one by one or in parallel as the profile has it, the infra container last. */
export class PodRemoval {
  constructor(
    private readonly world: ObjectStore,
    private readonly events: EventJournal,
    private readonly profile: Profile,
    private readonly containers: ContainerRemoval,
  ) {}

  /**
   * Resolves to the ids of the members that went. Without force, members that are down go even if the pod then stays
   * because of one that runs.
   * @throws Refusal if a member could not be removed, or if the pod went while this waited for its lock
   */
  remove(pod: Pod, options: { force: boolean; timeout: number | undefined }): Promise<string[]> {
    return pod.lock.runExclusive(async () => {
      if (!this.world.pods.has(pod.id)) throw podGoneFromDatabase(pod);
      const members = this.world.membersOf(pod);
      const walk: PodRemovalState = {
        members: new Map(members.map((member) => [member.id, member])),
        options: { force: options.force, timeout: options.timeout, volumes: false },
        infra: pod.infraId,
        started: new Set(),
        done: new Set(),
        errors: new Map(),
        volumes: new Set(members.flatMap((member) => member.mounts.map((mount) => mount.volume))),
      };
      await this.walkAll(walk);
      if (walk.errors.size > 0) throw membersRemain(this.profile, pod, walk.errors);
      this.containers.removeAnonymousVolumes(walk.volumes);
      this.world.deletePod(pod);
      this.events.pod(pod, 'remove');
      await this.removeServiceOf(pod);
      return members.map((member) => member.id);
    });
  }

  private async walkAll(walk: PodRemovalState): Promise<void> {
    const first = [...walk.members.values()].filter((member) => this.dependentsIn(walk, member).length === 0);
    if (!this.profile.podMembersInParallel) {
      for (const member of first) await this.visit(walk, member);
      return;
    }
    await Promise.all(first.map((member) => this.containers.withSlot(() => this.visit(walk, member))));
  }

  private async visit(walk: PodRemovalState, member: Container): Promise<void> {
    if (walk.started.has(member.id)) return;
    if (this.dependentsIn(walk, member).some((dependent) => !walk.done.has(dependent.id))) return;
    walk.started.add(member.id);
    try {
      // Once all members are gone the infra container is stopped without being asked (conformance, 4.3.1 and 5.8.6).
      const force = walk.options.force || member.id === walk.infra;
      await this.containers.removeMember(member, { ...walk.options, force });
    } catch (error) {
      walk.errors.set(member.id, error as Error);
      this.markDependencies(walk, member);
    }
    walk.done.add(member.id);
    for (const id of dependencyIds(member)) {
      const dependency = walk.members.get(id);
      if (dependency) await this.visit(walk, dependency);
    }
  }

  /** A failure fails everything it depends on, before any of it can start. */
  private markDependencies(walk: PodRemovalState, member: Container): void {
    for (const id of dependencyIds(member)) {
      const dependency = walk.members.get(id);
      if (!dependency || walk.started.has(id)) continue;
      walk.started.add(id);
      walk.errors.set(id, dependentRemains(this.profile, dependency));
      this.markDependencies(walk, dependency);
      walk.done.add(id);
    }
  }

  private dependentsIn(walk: PodRemovalState, member: Container): Container[] {
    return [...walk.members.values()].filter((other) => dependencyIds(other).includes(member.id));
  }

  /** A kube service container goes with its last pod. */
  private async removeServiceOf(pod: Pod): Promise<void> {
    const service = this.world.containers.get(pod.serviceId ?? '');
    if (!service || [...this.world.pods.values()].some((other) => other.serviceId === service.id)) return;
    await this.containers.removeMember(service, { force: true, volumes: true, timeout: undefined });
  }
}
