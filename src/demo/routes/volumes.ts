import { deletedVolumeMissing, noSuchVolume, volumeInUse, volumeMissing } from '../errors';
import type { Container, ObjectStore, Volume } from '../model';
import type { Profile } from '../profile';
import { timestamp } from '../serializers/containerList';
import {
  parseFilters,
  hasLabels,
  noContent,
  ok,
  route,
  type Route,
  type RouteContext,
  type RouteResponse,
} from './route';

const base = '/libpod/volumes';

export const volumeRoutes: Route[] = [
  route('GET', `${base}/json`, (context) => ok(listed(context).map((each) => toJson(each, context.core.profile)))),
  route('POST', `${base}/create`, create),
  route('GET', `${base}/{name}/json`, (context) => ok(toJson(inspected(context), context.core.profile))),
  route('GET', `${base}/{name}/exists`, exists),
  route('DELETE', `${base}/{name}`, remove),
];

function toJson(volume: Volume, profile: Profile): Record<string, unknown> {
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

function mountpoint({ name }: Volume): string {
  return `/var/lib/containers/storage/volumes/${name}/_data`;
}

const volumeName = ({ params }: RouteContext): string => params['name'] ?? '';

function inspected(context: RouteContext): Volume {
  const volume = context.core.store.volumes.get(volumeName(context));
  if (!volume) throw noSuchVolume(context.core.profile, volumeName(context));
  return volume;
}

function exists(context: RouteContext): RouteResponse {
  if (!context.core.store.volumes.has(volumeName(context))) throw volumeMissing();
  return noContent;
}

function usersOf(volume: Volume, store: ObjectStore): Container[] {
  return [...store.containers.values()].filter((each) => each.mounts.some((mount) => mount.volume === volume.name));
}

function listed({ core, query }: RouteContext): Volume[] {
  const { dangling = [], label = [] } = parseFilters(query);
  const wanted = dangling.map((value) => value === 'true' || value === '1');
  return [...core.store.volumes.values()].filter((volume) => {
    const isDangling = usersOf(volume, core.store).length === 0;
    return wanted.every((value) => value === isDangling) && hasLabels(volume.labels, label);
  });
}

function create({ core, body }: RouteContext): RouteResponse {
  const { Name: name, Labels: labels = {} } = (body ?? {}) as { Name?: string; Labels?: Record<string, string> };
  const id = name || core.store.nextId();
  // Without a name, it is anonymous since 6.
  if (!core.store.volumes.has(id)) core.creation.volume(id, !name && core.profile.name === '6', { labels });
  const volume = core.store.volumes.get(id);
  return { status: 201, json: volume && toJson(volume, core.profile) };
}

function remove(context: RouteContext): RouteResponse {
  const { store, events } = context.core;
  const volume = store.volumes.get(volumeName(context));
  if (!volume) throw deletedVolumeMissing(volumeName(context));
  const users = usersOf(volume, store);
  if (users.length > 0) throw volumeInUse(volume, users);
  store.volumes.delete(volume.name);
  events.volume(volume.name, 'remove');
  return noContent;
}
