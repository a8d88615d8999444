import { type EngineId, nodeKey, type PodNode } from '../../graph/model';
import { entries, labels, text } from '../answers/json';
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
      labels: labels(entry['Labels']),
    };
  });
}
