import { type ContainerNode, parseKey, type NodeKey } from '../src/graph/model/model';

/** A container of which nothing is known but that it is there, exited, and called by its id. */
export function makeContainer(key: NodeKey, more: Partial<ContainerNode> = {}): ContainerNode {
  const { id } = parseKey(key);
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
    isInfra: false,
    isKubeService: false,
    labels: {},
    ports: [],
    details: undefined,
    unlisted: false,
    ...more,
  };
}
