import { asArray, asObject, asString, asStrings, type JsonObject } from '../../graph/model/untrusted';
import { isAnonymousName } from '../../graph/model/resources';

/**
 * The mounts of a container for libpod's `SpecGenerator`, from `Mounts`, whose order of options is in `HostConfig.Binds`.
 *
 * @param volumes anonymous volumes that still exist; others are created again
 * @param inherited destinations of the pod's mounts, which every member has
 */
export function specMounts(
  inspect: JsonObject,
  volumes: ReadonlySet<string>,
  inherited: ReadonlySet<unknown> = new Set(),
): JsonObject {
  const host = asObject(inspect['HostConfig']);
  const mounts = asArray(inspect['Mounts'])
    .map(asObject)
    .filter((mount) => !inherited.has(mount['Destination']));
  const ofType = (type: string) => mounts.filter((mount) => mount['Type'] === type);
  const inherits = asStrings(host['VolumesFrom']).length > 0;
  const named = ofType('volume').flatMap((mount) => {
    const name = asString(mount['Name']);
    const isLost = isAnonymousName(name) && !volumes.has(name);
    // It may be inherited from another container, which has a new one.
    if (isLost && inherits) return [];
    const options = mountOptions(host, name, mount);
    return [
      { Name: isLost ? undefined : name, Dest: mount['Destination'], Options: options, SubPath: mount['SubPath'] },
    ];
  });
  const tmpfs = Object.entries(asObject(host['Tmpfs'])).map(([destination, options]) => ({
    type: 'tmpfs',
    source: 'tmpfs',
    destination,
    options: splitOptions(asString(options)),
  }));
  const binds = ofType('bind').map((mount) => ({
    type: 'bind',
    source: mount['Source'],
    destination: mount['Destination'],
    options: mountOptions(host, asString(mount['Source']), mount),
  }));
  const images = ofType('image').map((mount) => ({
    Source: mount['Source'],
    Destination: mount['Destination'],
    ReadWrite: mount['RW'],
    subPath: mount['SubPath'],
  }));
  return { volumes: named, mounts: [...tmpfs, ...binds], image_volumes: images };
}

/** The options of a mount as the engine has them, from `source:destination:options`. */
function mountOptions(host: JsonObject, source: string, mount: JsonObject): readonly string[] {
  const prefix = `${source}:${asString(mount['Destination'])}`;
  const bind = asStrings(host['Binds']).find((text) => text === prefix || text.startsWith(`${prefix}:`));
  if (bind !== undefined) return splitOptions(bind.slice(prefix.length + 1));
  const mode = [mount['RW'] === false ? 'ro' : 'rw', mount['Propagation'], mount['Mode']].map(asString);
  return [...asStrings(mount['Options']), ...mode].filter(Boolean);
}

function splitOptions(text: string): readonly string[] {
  return text === '' ? [] : text.split(',');
}
