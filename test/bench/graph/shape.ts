import type { GraphData } from '../../../src/graph/model/graph';
import { type ContainerNode, type EdgeReason, type GraphEdge, nodeKey } from '../../../src/graph/model/model';

const engine = 'bench';
/** Of each block of containers, two fifths are in pods, two fifths in chains, the rest in diamonds. */
const block = 50;

const idOf = (number: number) => number.toString(16).padStart(64, '0');
const keyOf = (number: number) => nodeKey(engine, 'container', idOf(number));

/** Containers in pods of four (an infra container and three members), chains of ten and diamonds of five. */
export function syntheticGraph(count: number): GraphData {
  const containers: ContainerNode[] = [];
  const edges: GraphEdge[] = [];
  const addEdge = (from: number, to: number, reason: EdgeReason) =>
    edges.push({ from: keyOf(from), to: keyOf(to), reasons: [reason] });
  for (let number = 0; number < count; number++) {
    const within = number % block;
    if (within < 20) {
      const first = number - (within % 4);
      containers.push(container(number, first));
      if (number !== first) addEdge(number, first, 'network');
    } else if (within < 40) {
      containers.push(container(number));
      if (within % 10 !== 0) addEdge(number, number - 1, 'requires');
    } else {
      containers.push(container(number));
      const position = within % 5;
      const first = number - position;
      if (position > 0 && position < 4) addEdge(number, first, 'requires');
      if (position === 4) for (let side = first + 1; side < number; side++) addEdge(number, side, 'requires');
    }
  }
  return { containers, pods: [], edges };
}

/** @param first the infra container of its pod, if it is in one */
function container(number: number, first?: number): ContainerNode {
  const id = idOf(number);
  return {
    kind: 'container',
    key: keyOf(number),
    id,
    name: `container-${number}`,
    state: number % 3 === 0 ? 'running' : 'exited',
    image: 'localhost/bb:1',
    createdAt: 1_700_000_000_000 + number,
    startedAt: undefined,
    exitCode: undefined,
    pod: first === undefined ? undefined : nodeKey(engine, 'pod', idOf(first)),
    podName: first === undefined ? undefined : `pod-${first}`,
    isInfra: number === first,
    isKubeService: false,
    labels: {},
    ports: [],
    details: undefined,
    unlisted: false,
  };
}
