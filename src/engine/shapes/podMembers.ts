import { type EngineId, nodeKey } from '../../graph/model';
import { entries, fields, text } from '../answers/json';
import type { Attached } from '../engine';
import { EngineError } from '../error';
import { containerState } from './state';

/**
 * The members and the infra container of a pod, from its inspect, where `Containers` is left out when there are none. Throws
 * `malformed` unless all are named that the answer counts: what is not known to be a member would go with the pod unseen.
 */
export function readPodMembers(answer: unknown, engine: EngineId): readonly Attached[] {
  const { Containers, InfraContainerID, NumContainers } = fields(answer);
  const members = entries(Containers ?? null, 'members of a pod');
  if (members.length !== NumContainers) throw new EngineError('malformed', 'a pod that does not name all its members');
  return members.map((entry) => {
    const id = text(entry['Id']);
    return {
      key: nodeKey(engine, 'container', id),
      name: text(entry['Name']) || id.slice(0, 12),
      state: containerState(entry['State']),
      infra: id === InfraContainerID,
    };
  });
}
