import { labelOf } from '../../graph/model/labels';
import { type EngineId, nodeKey, type PodNode, type VolumeNode } from '../../graph/model/model';
import { isAnonymousName, parseState } from './containers';
import { asLabels, asString, type JsonObject, parseList, parseTimestamp } from './json';

/** The pods of Podman's list. Their states are left to the graph, which derives them from members. */
export function parsePodList(answer: unknown, engine: EngineId): readonly PodNode[] {
  return parseList(answer, 'pods').map((entry) => {
    const id = asString(entry['Id']);
    const infra = asString(entry['InfraId']);
    return {
      kind: 'pod',
      key: nodeKey(engine, 'pod', id),
      id,
      name: asString(entry['Name']) || id.slice(0, 12),
      state: 'empty',
      createdAt: parseTimestamp(entry['Created']),
      infra: infra ? nodeKey(engine, 'container', infra) : undefined,
      ...finishedInits(entry, engine),
      labels: asLabels(entry['Labels']),
    };
  });
}

/** Podman counts init containers out of a pod's state: of one that is `Running`, only they can have exited. */
function finishedInits(pod: JsonObject, engine: EngineId): Pick<PodNode, 'finishedInits'> {
  if (asString(pod['Status']).toLowerCase() !== 'running') return {};
  const exited = parseList(pod['Containers'] ?? null, 'members of a pod').filter(
    (entry) => parseState(entry['Status']) === 'exited' && asString(entry['Id']) !== '',
  );
  return exited.length === 0
    ? {}
    : { finishedInits: exited.map((entry) => nodeKey(engine, 'container', asString(entry['Id']))) };
}

/** What is asked of both makes: volumes that no container uses. */
export const danglingFilter = JSON.stringify({ dangling: ['true'] });

/**
 * The anonymous volumes of a list, of either make: those that the engine says it made by itself, by a name of its own making.
 * The one without the other is somebody's volume: `podman kube play` calls an `emptyDir` anonymous that has the name given in
 * the file (4.3.1), Podman before 6 names volumes so that were made by hand without a name, and anybody may put Docker's label
 * on a named one.
 */
export function parseVolumeList(answer: unknown, engine: EngineId): readonly VolumeNode[] {
  return parseList(answer, 'volumes', 'Name').flatMap((entry) => {
    const name = asString(entry['Name']);
    if (!isAnonymousName(name) || !isCalledAnonymous(entry)) return [];
    const key = nodeKey(engine, 'volume', name);
    const createdAt = parseTimestamp(entry['CreatedAt']);
    return [{ kind: 'volume', key, id: name, name, createdAt, labels: asLabels(entry['Labels']) }];
  });
}

/** Podman has a field for it, Docker (since 23) a label. */
function isCalledAnonymous(entry: JsonObject): boolean {
  return entry['Anonymous'] === true || labelOf(asLabels(entry['Labels']), 'com.docker.volume.anonymous') !== undefined;
}
