import { type EngineId, nodeKey, type PodNode } from '../../graph/model';
import { entries, type Fields, labels, text } from '../answers/json';
import { containerState } from './state';
import { instant } from './times';

/** The pods of Podman's list. Their states are left to the graph, which derives them from members. */
export function readPodList(answer: unknown, engine: EngineId): readonly PodNode[] {
  return entries(answer, 'pods').map((entry) => {
    const id = text(entry['Id']);
    const infra = text(entry['InfraId']);
    return {
      kind: 'pod',
      key: nodeKey(engine, 'pod', id),
      id,
      name: text(entry['Name']) || id.slice(0, 12),
      state: 'empty',
      createdAt: instant(entry['Created']),
      infra: infra ? nodeKey(engine, 'container', infra) : undefined,
      ...finishedInits(entry, engine),
      labels: labels(entry['Labels']),
    };
  });
}

/** Podman counts init containers out of a pod's state: of one that is `Running`, only they can have exited. */
function finishedInits(pod: Fields, engine: EngineId): Pick<PodNode, 'finishedInits'> {
  if (text(pod['Status']).toLowerCase() !== 'running') return {};
  const exited = entries(pod['Containers'] ?? null, 'members of a pod').filter(
    (entry) => containerState(entry['Status']) === 'exited' && text(entry['Id']) !== '',
  );
  return exited.length === 0
    ? {}
    : { finishedInits: exited.map((entry) => nodeKey(engine, 'container', text(entry['Id']))) };
}
