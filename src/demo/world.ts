import { createHash, randomBytes } from 'node:crypto';
import { dependencyIds, type Container, type Pod, type Volume } from './model';

/** Everything the demo engine holds. Only stores and finds: what may happen to it is decided elsewhere. */
export class World {
  readonly containers = new Map<string, Container>();
  readonly pods = new Map<string, Pod>();
  readonly volumes = new Map<string, Volume>();
  private readonly containerNames = new Map<string, string>();
  private readonly podNames = new Map<string, string>();
  private readonly dependentIds = new Map<string, Set<string>>();
  /** Where it says that it keeps its containers: its own, as ids are those of every demo engine. */
  readonly root = `/demo/${randomBytes(6).toString('hex')}`;
  private idsGiven = 0;
  private pidsGiven = 100;

  /** @param namesFirst whether a name counts before an id (5.8.6, 6.1.1) */
  constructor(private readonly namesFirst = false) {}

  /** A new id in the manner of Podman (64 hex digits), the same in each run. */
  nextId(): string {
    return createHash('sha256').update(`demo ${this.idsGiven++}`).digest('hex');
  }

  nextPid(): number {
    return ++this.pidsGiven;
  }

  addContainer(container: Container): void {
    this.containers.set(container.id, container);
    this.containerNames.set(container.name, container.id);
    for (const id of dependencyIds(container)) {
      const dependents = this.dependentIds.get(id) ?? new Set();
      this.dependentIds.set(id, dependents.add(container.id));
    }
    if (container.podId) this.pods.get(container.podId)?.memberIds.add(container.id);
  }

  deleteContainer(container: Container): void {
    this.containers.delete(container.id);
    this.containerNames.delete(container.name);
    for (const id of dependencyIds(container)) this.dependentIds.get(id)?.delete(container.id);
    this.dependentIds.delete(container.id);
    if (container.podId) this.pods.get(container.podId)?.memberIds.delete(container.id);
  }

  addPod(pod: Pod): void {
    this.pods.set(pod.id, pod);
    this.podNames.set(pod.name, pod.id);
  }

  deletePod(pod: Pod): void {
    this.pods.delete(pod.id);
    this.podNames.delete(pod.name);
  }

  /** Who holds a name: containers and pods share one space of names, as in Podman. */
  holderOf(name: string): string | undefined {
    return this.containerNames.get(name) ?? this.podNames.get(name);
  }

  /** By name, id, or a beginning of an id that only one has. */
  findContainer(ref: string): Container | undefined {
    return find(ref, this.containers, this.containerNames, this.namesFirst);
  }

  findPod(ref: string): Pod | undefined {
    return find(ref, this.pods, this.podNames, this.namesFirst);
  }

  /** The containers that `container` cannot be removed before. */
  dependentsOf(container: Container): Container[] {
    return [...(this.dependentIds.get(container.id) ?? [])].flatMap((id) => this.containers.get(id) ?? []);
  }

  membersOf(pod: Pod): Container[] {
    return [...pod.memberIds].flatMap((id) => this.containers.get(id) ?? []);
  }

  podOf(container: Container): Pod | undefined {
    return container.podId === undefined ? undefined : this.pods.get(container.podId);
  }
}

function find<T>(ref: string, byId: Map<string, T>, idByName: Map<string, string>, namesFirst: boolean): T | undefined {
  const named = byId.get(idByName.get(ref) ?? '');
  const exact = namesFirst ? (named ?? byId.get(ref)) : (byId.get(ref) ?? named);
  if (exact || !/^[0-9a-f]+$/.test(ref)) return exact;
  const matches = [...byId.keys()].filter((id) => id.startsWith(ref));
  return matches.length === 1 ? byId.get(matches[0] ?? '') : undefined;
}
