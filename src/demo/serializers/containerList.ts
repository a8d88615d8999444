import { createHash } from 'node:crypto';
import { type Container, isFinished, type ObjectStore } from '../model';
import type { Profile } from '../profile';

/** Go's zero time in seconds. */
const neverSeconds = -62135596800;

const never = '0001-01-01T00:00:00Z';

/** RFC 3339 with nanoseconds, or Go's zero time. */
export function timestamp(ms: number | undefined): string {
  if (ms === undefined) return never;
  return new Date(ms).toISOString().replace(/Z$/, '000001Z');
}

export function seconds(ms: number | undefined): number {
  return ms === undefined ? neverSeconds : Math.floor(ms / 1000);
}

/** Of the image in the recorded responses. */
const recordedImageId = '573739e736180bf551622b41b522a74443208d25cb3aeaa029fe74de5ec5528e';

/** The id of an image by name or id. */
export function imageIdFor(name: string): string {
  if (name === 'localhost/bb:1' || name.startsWith('localhost/podman-pause')) return recordedImageId;
  return /^[0-9a-f]{64}$/.test(name) ? name : createHash('sha256').update(`image ${name}`).digest('hex');
}

/** One entry of `GET /libpod/containers/json`: no dependencies, as in real lists. */
export function containerListEntry(
  container: Container,
  store: ObjectStore,
  profile: Profile,
  withNamespaces: boolean,
): Record<string, unknown> {
  const since5 = profile.name !== '4.3';
  const pod = store.podOf(container);
  return {
    AutoRemove: container.autoRemove,
    Command: container.isInfra ? null : container.command,
    Created: timestamp(container.created),
    CreatedAt: '',
    ...(since5 ? { CIDFile: '' } : {}),
    Exited: isFinished(container),
    ExitedAt: seconds(container.finishedAt),
    ExitCode: container.exitCode,
    ...(since5 ? { ExposedPorts: null } : {}),
    Id: container.id,
    Image: container.image,
    ImageID: container.image === '' ? '' : imageIdFor(container.image),
    IsInfra: container.isInfra,
    Labels: labelsOrNull(container.labels),
    Mounts: container.mounts.map((mount) => mount.destination),
    Names: [container.name],
    Namespaces: withNamespaces && container.state === 'running' ? namespacesOf(container) : {},
    Networks: networksOf(container),
    Pid: container.pid,
    Pod: container.podId ?? '',
    PodName: pod?.name ?? '',
    Ports: publishedPorts(container),
    ...(since5 ? { Restarts: container.restartCount } : {}),
    Size: null,
    StartedAt: seconds(container.startedAt),
    State: container.state,
    Status: container.health?.status ?? '',
  };
}

function publishedPorts({ published }: Container): object[] | null {
  if (published.length === 0) return null;
  return published.map(({ host, container }) => ({
    host_ip: '',
    container_port: container,
    host_port: host,
    range: 1,
    protocol: 'tcp',
  }));
}

/** Go serializes a nil map as null. */
export function labelsOrNull(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> | null {
  return Object.keys(labels).length === 0 ? null : labels;
}

/** Empty for a container that shares another's network. */
function networksOf(container: Container): string[] {
  return container.network === 'bridge' && !container.shares.net ? [...container.networks] : [];
}

function namespacesOf({ pid, namespaces }: Container): Record<string, string> {
  if (!namespaces) return {};
  const { cgroup, ipc, net, pid: pidns, uts, user } = namespaces;
  return { Mnt: String(4026532007 + pid * 8), Cgroup: cgroup, Ipc: ipc, Net: net, Pidns: pidns, Uts: uts, User: user };
}
