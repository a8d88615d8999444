import type { Container, Volume } from '../model';
import type { Profile } from '../profile';
import { deletedVolumeMissing, noSuchVolume, volumeInUse, volumeMissing } from '../refusals';
import { timestamp } from '../shapes/time';
import type { World } from '../world';
import { filtersOf, hasLabels, noContent, ok, route } from './route';
import type { Answer, Call, Route } from './route';

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

const nameIn = ({ params }: Call): string => params['name'] ?? '';

function inspected(call: Call): Volume {
  const volume = call.core.world.volumes.get(nameIn(call));
  if (!volume) throw noSuchVolume(call.core.profile, nameIn(call));
  return volume;
}

function exists(call: Call): Answer {
  if (!call.core.world.volumes.has(nameIn(call))) throw volumeMissing();
  return noContent;
}

function usersOf(volume: Volume, world: World): Container[] {
  return [...world.containers.values()].filter((each) => each.mounts.some((mount) => mount.volume === volume.name));
}

function listed({ core, query }: Call): Volume[] {
  const { dangling = [], label = [] } = filtersOf(query);
  const wanted = dangling.map((value) => value === 'true' || value === '1');
  return [...core.world.volumes.values()].filter((volume) => {
    const isDangling = usersOf(volume, core.world).length === 0;
    return wanted.every((value) => value === isDangling) && hasLabels(volume.labels, label);
  });
}

function create({ core, body }: Call): Answer {
  const { Name: name, Labels: labels = {} } = (body ?? {}) as { Name?: string; Labels?: Record<string, string> };
  const given = name || core.world.nextId();
  // One that was given no name counts as anonymous since 6.
  if (!core.world.volumes.has(given)) core.creation.volume(given, !name && core.profile.name === '6', { labels });
  const volume = core.world.volumes.get(given);
  return { status: 201, json: volume && shape(volume, core.profile) };
}

function remove(call: Call): Answer {
  const { world, events } = call.core;
  const volume = world.volumes.get(nameIn(call));
  if (!volume) throw deletedVolumeMissing(nameIn(call));
  const users = usersOf(volume, world);
  if (users.length > 0) throw volumeInUse(volume, users);
  world.volumes.delete(volume.name);
  events.volume(volume.name, 'remove');
  return noContent;
}
