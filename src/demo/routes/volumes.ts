import { deletedVolumeMissing, noSuchVolume, volumeInUse, volumeMissing } from '../errors';
import type { Container, ObjectStore, Volume } from '../model';
import type { Profile } from '../profile';
import { containerToDelete } from '../removal';
import { timestamp } from '../serializers/containerList';
import { matchesPruneFilter } from './containers';
import {
  filtersOf,
  flag,
  hasLabels,
  noContent,
  ok,
  optionalNumber,
  route,
  type Route,
  type RouteContext,
  type RouteResponse,
} from './route';

const always = { force: false, volumes: true, timeout: undefined, ignore: true };

export const removalRoutes: Route[] = [
  route('DELETE', '/libpod/containers/{id}', removeContainer),
  route('POST', '/libpod/containers/prune', pruneContainers),
];

/** Parameters as libpod takes them: `volumes`, not `v`. */
async function removeContainer(call: RouteContext): Promise<RouteResponse> {
  return ok(await removed(call, call.params['id'] ?? '', flag(call.query, 'volumes')));
}

/** Deletes and reports, for libpod's path and for the Docker-compatible one, which names the volumes parameter in its own way. */
export async function removed(call: RouteContext, ref: string, volumes: boolean): Promise<Record<string, string>[]> {
  const { core, query } = call;
  const options = {
    force: flag(query, 'force'),
    ignore: flag(query, 'ignore'),
    timeout: optionalNumber(query, 'timeout'),
    volumes,
  };
  const container = containerToDelete(core.world, core.profile, ref, options.ignore);
  if (!container) return [];
  const ids = await core.containerRemoval.withSlot(async () => {
    if (flag(query, 'depend')) return core.dependRemoval.remove(container, options);
    await core.containerRemoval.removeOne(container, options);
    return [container.id];
  });
  const input = (id: string): string => (id === container.id ? ref : id);
  return ids.map((id) => (core.profile.echoesRawInput ? { Id: id, RawInput: input(id) } : { Id: id }));
}

async function pruneContainers({ core }: RouteContext): Promise<RouteResponse> {
  const reports = await Promise.all(
    matchesPruneFilter(core.world).map(async (container) => {
      await core.containerRemoval.withSlot(() => core.containerRemoval.removeOne(container, always));
      return { Id: container.id, Size: 0 };
    }),
  );
  return ok(reports);
}

const base = '/libpod/volumes';

/** libpod's paths, and the Docker-compatible ones that Podman answers beside them. */
export const volumeRoutes: Route[] = [
  route('GET', `${base}/json`, (call) => ok(listed(call).map((each) => shape(each, call.core.profile)))),
  route('POST', `${base}/create`, create),
  route('GET', `${base}/{name}/json`, (call) => ok(shape(inspected(call), call.core.profile))),
  route('GET', `${base}/{name}/exists`, exists),
  route('DELETE', `${base}/{name}`, remove),
  route('GET', '/volumes', (call) => ok({ Volumes: listed(call).map(compatShape), Warnings: [] }), true),
  route('GET', '/volumes/{name}', (call) => ok(compatShape(inspected(call))), true),
  route('DELETE', '/volumes/{name}', remove, true),
];

function shape(volume: Volume, profile: Profile): Record<string, unknown> {
  return {
    Name: volume.name,
    Driver: 'local',
    Mountpoint: mountpoint(volume),
    CreatedAt: timestamp(volume.created),
    Labels: volume.labels,
    Scope: 'local',
    Options: {},
    ...(volume.anonymous ? { Anonymous: true } : {}),
    MountCount: 0,
    ...(profile.name === '4.3' ? {} : { LockNumber: 1 }),
  };
}

/** Says nothing of whether it is anonymous. */
function compatShape(volume: Volume): Record<string, unknown> {
  return {
    CreatedAt: `${new Date(volume.created).toISOString().slice(0, 19)}Z`,
    Driver: 'local',
    Labels: volume.labels,
    Mountpoint: mountpoint(volume),
    Name: volume.name,
    Options: {},
    Scope: 'local',
  };
}

function mountpoint({ name }: Volume): string {
  return `/var/lib/containers/storage/volumes/${name}/_data`;
}

const nameIn = ({ params }: RouteContext): string => params['name'] ?? '';

function inspected(call: RouteContext): Volume {
  const volume = call.core.world.volumes.get(nameIn(call));
  if (!volume) throw noSuchVolume(call.core.profile, nameIn(call));
  return volume;
}

function exists(call: RouteContext): RouteResponse {
  if (!call.core.world.volumes.has(nameIn(call))) throw volumeMissing();
  return noContent;
}

function usersOf(volume: Volume, world: ObjectStore): Container[] {
  return [...world.containers.values()].filter((each) => each.mounts.some((mount) => mount.volume === volume.name));
}

function listed({ core, query }: RouteContext): Volume[] {
  const { dangling = [], label = [] } = filtersOf(query);
  const wanted = dangling.map((value) => value === 'true' || value === '1');
  return [...core.world.volumes.values()].filter((volume) => {
    const isDangling = usersOf(volume, core.world).length === 0;
    return wanted.every((value) => value === isDangling) && hasLabels(volume.labels, label);
  });
}

function create({ core, body }: RouteContext): RouteResponse {
  const { Name: name, Labels: labels = {} } = (body ?? {}) as { Name?: string; Labels?: Record<string, string> };
  const given = name || core.world.nextId();
  // One that was given no name counts as anonymous since 6.
  if (!core.world.volumes.has(given)) core.creation.volume(given, !name && core.profile.name === '6', { labels });
  const volume = core.world.volumes.get(given);
  return { status: 201, json: volume && shape(volume, core.profile) };
}

function remove(call: RouteContext): RouteResponse {
  const { world, events } = call.core;
  const volume = world.volumes.get(nameIn(call));
  if (!volume) throw deletedVolumeMissing(nameIn(call));
  const users = usersOf(volume, world);
  if (users.length > 0) throw volumeInUse(volume, users);
  world.volumes.delete(volume.name);
  events.volume(volume.name, 'remove');
  return noContent;
}
