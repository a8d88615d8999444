import { type EngineId, nodeKey, type PodNode, shortId } from '../../graph/model/model';
import type { AttachedContainer } from '../engine';
import { EngineError } from '../error';
import { parseState } from './containers';
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
