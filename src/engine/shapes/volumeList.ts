import { type EngineId, nodeKey, type VolumeNode } from '../../graph/model';
import { labelOf } from '../../graph/labels';
import { entries, type Fields, labels, text } from '../answers/json';
import { instant } from './times';

/** What is asked of both makes: volumes that no container uses. */
export const dangling = JSON.stringify({ dangling: ['true'] });

/** Both makes name anonymous volumes by 64 random hex digits. */
export function isAnonymousName(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

/**
 * The anonymous volumes of a list, of either make: those that the engine says it made by itself, by a name of its own making.
 * The one without the other is somebody's volume: `podman kube play` calls an `emptyDir` anonymous that has the name given in
 * the file (4.3.1), Podman before 6 names volumes so that were made by hand without a name, and anybody may put Docker's label
 * on a named one.
 */
export function readVolumeList(answer: unknown, engine: EngineId): readonly VolumeNode[] {
  return entries(answer, 'volumes', 'Name').flatMap((entry) => {
    const name = text(entry['Name']);
    if (!isAnonymousName(name) || !isCalledAnonymous(entry)) return [];
    const key = nodeKey(engine, 'volume', name);
    const createdAt = instant(entry['CreatedAt']);
    return [{ kind: 'volume', key, id: name, name, createdAt, labels: labels(entry['Labels']) }];
  });
}

/** Podman has a field for it, Docker (since 23) a label. */
function isCalledAnonymous(entry: Fields): boolean {
  return entry['Anonymous'] === true || labelOf(labels(entry['Labels']), 'com.docker.volume.anonymous') !== undefined;
}
