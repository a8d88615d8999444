import { labelOf } from '../../graph/model/labels';
import { type EngineId, nodeKey, type PodNode, type VolumeNode, shortId } from '../../graph/model/model';
import type { AttachedContainer } from '../engine';
import { EngineError } from '../error';
import { isAnonymousName, parseState } from './containers';
import { asLabels, asObject, asString, type JsonObject } from '../../graph/model/untrusted';
import { parseList, parseTimestamp } from './json';

/** The pods of Podman's list. The graph derives their states from the members. */
export function parsePodList(response: unknown, engine: EngineId): readonly PodNode[] {
  return parseList(response, 'pods').map((entry) => {
    const id = asString(entry['Id']);
    const infra = asString(entry['InfraId']);
    return {
      kind: 'pod',
      key: nodeKey(engine, 'pod', id),
      id,
      name: asString(entry['Name']) || shortId(id),
      state: 'empty',
      createdAt: parseTimestamp(entry['Created']),
      infra: infra ? nodeKey(engine, 'container', infra) : undefined,
      ...finishedInits(entry, engine),
      labels: asLabels(entry['Labels']),
    };
  });
}

/** Podman ignores init containers in a pod's state: in a `Running` pod, only they can have exited. */
function finishedInits(pod: JsonObject, engine: EngineId): Pick<PodNode, 'finishedInits'> {
  if (asString(pod['Status']).toLowerCase() !== 'running') return {};
  const exited = parseList(pod['Containers'] ?? null, 'members of a pod').filter(
    (entry) => parseState(entry['Status']) === 'exited' && asString(entry['Id']) !== '',
  );
  return exited.length === 0
    ? {}
    : { finishedInits: exited.map((entry) => nodeKey(engine, 'container', asString(entry['Id']))) };
}

/**
 * The members and the infra container of an inspected pod, which omits `Containers` if empty. Throws `malformed` unless
 * all counted members are listed: an unknown member would be removed with the pod.
 */
export function parsePodMembers(response: unknown, engine: EngineId): readonly AttachedContainer[] {
  const { Containers, InfraContainerID, NumContainers } = asObject(response);
  const members = parseList(Containers ?? null, 'members of a pod');
  if (members.length !== NumContainers) throw new EngineError('malformed', 'a pod that does not name all its members');
  return members.map((entry) => {
    const id = asString(entry['Id']);
    return {
      key: nodeKey(engine, 'container', id),
      name: asString(entry['Name']) || shortId(id),
      state: parseState(entry['State']),
      isInfra: id === InfraContainerID,
    };
  });
}

/** Filter for volumes that no container uses. */
export const danglingFilter = JSON.stringify({ dangling: ['true'] });

/**
 * The anonymous volumes of a list of either engine: marked as anonymous, and with a generated name. Neither suffices:
 * `podman kube play` marks an `emptyDir` with a given name (4.3.1), Podman before 6 marks volumes created without a
 * name, and Docker's label can be set on any volume.
 */
export function parseVolumeList(response: unknown, engine: EngineId): readonly VolumeNode[] {
  return parseList(response, 'volumes', 'Name').flatMap((entry) => {
    const name = asString(entry['Name']);
    if (!isAnonymousName(name) || !isMarkedAnonymous(entry)) return [];
    const key = nodeKey(engine, 'volume', name);
    const createdAt = parseTimestamp(entry['CreatedAt']);
    return [{ kind: 'volume', key, id: name, name, createdAt, labels: asLabels(entry['Labels']) }];
  });
}

/** Podman has a field, Docker (since 23) a label. */
function isMarkedAnonymous(entry: JsonObject): boolean {
  return entry['Anonymous'] === true || labelOf(asLabels(entry['Labels']), 'com.docker.volume.anonymous') !== undefined;
}
