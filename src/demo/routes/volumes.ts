import type { Volume } from '../model';
import type { Profile } from '../profile';
import { noSuchVolume, Refusal } from '../refusals';
import { timestamp } from '../shapes/time';
import { noContent, ok, route } from './route';
import type { Answer, Call, Route } from './route';

const base = '/libpod/volumes';

export const volumeRoutes: Route[] = [
  route('GET', `${base}/json`, list),
  route('POST', `${base}/create`, create),
  route('GET', `${base}/{name}/json`, inspect),
  route('DELETE', `${base}/{name}`, remove),
];

function shape(volume: Volume, profile: Profile): Record<string, unknown> {
  return {
    Name: volume.name,
    Driver: 'local',
    Mountpoint: `/var/lib/containers/storage/volumes/${volume.name}/_data`,
    CreatedAt: timestamp(volume.created),
    Labels: {},
    Scope: 'local',
    Options: {},
    ...(volume.anonymous ? { Anonymous: true } : {}),
    MountCount: 0,
    ...(profile.name === '4.3' ? {} : { LockNumber: 1 }),
  };
}

function volumeOf({ core, params }: Call): Volume {
  const name = params['name'] ?? '';
  const volume = core.world.volumes.get(name);
  if (!volume) throw noSuchVolume(name);
  return volume;
}

function list({ core }: Call): Answer {
  return ok([...core.world.volumes.values()].map((volume) => shape(volume, core.profile)));
}

function inspect(call: Call): Answer {
  return ok(shape(volumeOf(call), call.core.profile));
}

function create({ core, body }: Call): Answer {
  const name = (body as { Name?: string } | undefined)?.Name;
  const given = name || core.world.nextId();
  if (!core.world.volumes.has(given)) core.creation.volume(given, false);
  const volume = core.world.volumes.get(given);
  return { status: 201, json: volume && shape(volume, core.profile) };
}

function remove(call: Call): Answer {
  const { core } = call;
  const volume = volumeOf(call);
  const users = [...core.world.containers.values()].filter((each) => each.mounts.some((m) => m.volume === volume.name));
  if (users.length > 0) {
    const ids = users.map((user) => user.id).join(', ');
    throw new Refusal(
      409,
      'volume is being used',
      `volume ${volume.name} is being used by the following container(s): ${ids}: volume is being used`,
    );
  }
  core.world.volumes.delete(volume.name);
  core.events.volume(volume.name, 'remove');
  return noContent;
}
