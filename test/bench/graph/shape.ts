import type { GraphData } from '../../../src/graph/model/graph';
import { type ContainerNode, type EdgeReason, type GraphEdge, nodeKey } from '../../../src/graph/model/model';
import type { ResourceKind, ResourceNode } from '../../../src/graph/model/resources';

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

const noDetails = {
  stopTimeout: 10,
  stopSignal: 'SIGTERM',
  restartPolicy: '',
  autoRemove: false,
  anonymousVolumes: [],
};
const resourceCounts = { volume: 100, network: 40, image: 60 };

/** The containers of a graph with a network and an image each, one in three with a volume; a tenth of the resources is unused. */
export function withResources({ containers, ...graph }: GraphData): {
  readonly parts: GraphData;
  readonly resources: readonly ResourceNode[];
} {
  const nameOf = (kind: ResourceKind, number: number) =>
    kind === 'image' ? idOf(number % (resourceCounts.image * 0.9)) : `${kind}-${number % (resourceCounts[kind] * 0.9)}`;
  const using = [...containers].map((one, at) => ({
    ...one,
    imageId: nameOf('image', at),
    networks: [nameOf('network', at)],
    details: at % 3 === 0 ? { ...noDetails, namedVolumes: [nameOf('volume', at / 3)] } : undefined,
  }));
  const resources = (['volume', 'network', 'image'] as const).flatMap((kind) =>
    Array.from({ length: resourceCounts[kind] }, (_, at) => resource(kind, at)),
  );
  return { parts: { ...graph, containers: using }, resources };
}

function resource(kind: ResourceKind, number: number): ResourceNode {
  const id = kind === 'image' ? idOf(number) : `${kind}-${number}`;
  const base = { key: nodeKey(engine, kind, id), id, name: id, createdAt: 1_700_000_000_000, labels: {} };
  if (kind === 'volume') return { ...base, kind, isAnonymous: false, isInUse: false };
  if (kind === 'network')
    return { ...base, kind, driver: 'bridge', isDefault: false, subnets: [`10.1.${number}.0/24`] };
  const name = `registry.example/app-${number}:1`;
  return { ...base, kind, name, tags: [name], size: 5_000_000, isDangling: false };
}
