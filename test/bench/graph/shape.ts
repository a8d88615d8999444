import type { GraphData } from '../../../src/graph/model/graph';
import { type ContainerNode, type EdgeReason, type GraphEdge, nodeKey } from '../../../src/graph/model/model';

const engine = 'bench';
/** Of each block of so many containers two in five stand in pods, as many in chains, the others in diamonds. */
const block = 50;

const idOf = (number: number) => number.toString(16).padStart(64, '0');
const keyOf = (number: number) => nodeKey(engine, 'container', idOf(number));

/** So many containers in pods of four (an infra container and three members), chains of ten and diamonds of five. */
export function syntheticGraph(count: number): GraphData {
  const containers: ContainerNode[] = [];
  const edges: GraphEdge[] = [];
  const need = (from: number, to: number, reason: EdgeReason) =>
    edges.push({ from: keyOf(from), to: keyOf(to), reasons: [reason] });
  for (let number = 0; number < count; number++) {
    const within = number % block;
    if (within < 20) {
      const first = number - (within % 4);
      containers.push(container(number, first));
      if (number !== first) need(number, first, 'network');
    } else if (within < 40) {
      containers.push(container(number));
      if (within % 10 !== 0) need(number, number - 1, 'requires');
    } else {
      containers.push(container(number));
      const place = within % 5;
      const first = number - place;
      if (place > 0 && place < 4) need(number, first, 'requires');
      if (place === 4) for (let side = first + 1; side < number; side++) need(number, side, 'requires');
    }
  }
  return { containers, pods: [], edges };
}

/** @param first the infra container of its pod, where it stands in one */
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
