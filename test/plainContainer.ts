import type { ContainerNode, NodeKey } from '../src/graph/model';
import { keyParts } from '../src/graph/model';

/** A container of which nothing is known but that it is there, exited, and called by its id. */
export function plainContainer(key: NodeKey, more: Partial<ContainerNode> = {}): ContainerNode {
  const { id } = keyParts(key);
  return {
    kind: 'container',
    key,
    id,
    name: id,
    state: 'exited',
    image: 'image',
    createdAt: undefined,
    startedAt: undefined,
    exitCode: undefined,
    pod: undefined,
    podName: undefined,
    infra: false,
    service: false,
    labels: {},
    ports: [],
    details: undefined,
    external: false,
    ...more,
  };
}
