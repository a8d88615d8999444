import dagre from '@dagrejs/dagre';
import type { Point, Size } from '../../../src/graph/layout/geometry';
import { layoutScene } from '../../../src/graph/layout/layoutScene';
import { buildScene, type Scene } from '../../../src/graph/layout/scene';
import { ContainerGraph, type GraphData } from '../../../src/graph/model/graph';
import type { GraphEdge } from '../../../src/graph/model/model';
import { syntheticGraph } from '../graph/shape';
import { measure } from '../graph/sizes';
import { type BenchRow, comparedRow, withTarget } from '../benchmark';

const COUNT = 500;
const size: Size = { width: 196, height: 46 };

/** Our layout and dagre's on the same scenes, interleaved. */
export function layoutRows(name: string, quick: boolean): BenchRow[] {
  const fleets = [
    { label: `layout of ${COUNT}`, parts: syntheticGraph(COUNT), rounds: quick ? 2 : 11 },
    { label: `layout of ${COUNT} connected`, parts: connected(COUNT), rounds: quick ? 1 : 3 },
  ];
  return fleets.map(({ label, parts, rounds }) => {
    const scene = buildScene(ContainerGraph.build(parts), {
      engines: ['bench'],
      collapsed: new Map(),
      autoCollapse: false,
      autoGroup: false,
    });
    const [ours, peer]: [number[], number[]] = [[], []];
    for (let round = -1; round < rounds; round++) {
      const own = measure(() => layoutScene(scene, () => size));
      const theirs = measure(() => layoutWithDagre(scene));
      if (own.result.rects.size !== theirs.result)
        throw new Error(`${own.result.rects.size} against ${theirs.result}.`);
      if (round < 0) continue; // warm-up
      ours.push(own.took);
      peer.push(theirs.took);
    }
    const row = comparedRow(`${name}, ${label}`, 'ms', { values: ours }, 'dagre', { values: peer });
    return withTarget(row, 'no slower than dagre', ({ ratio }) => (ratio ?? Infinity) <= 1);
  });
}

/** Containers without pods, each with up to two dependencies: one component, many layers. */
function connected(count: number): GraphData {
  const containers = [...syntheticGraph(count).containers].map((one) => ({ ...one, pod: undefined, isInfra: false }));
  const toEdges = (from: number, to: number): GraphEdge[] => {
    const [a, b] = [containers[from], containers[to]];
    return a && b ? [{ from: a.key, to: b.key, reasons: ['requires'] }] : [];
  };
  const edges = containers.flatMap((_, at) =>
    at === 0 ? [] : [...toEdges(at, at >> 1), ...toEdges(at, ((at * 2) / 3) | 0)],
  );
  return { containers, pods: [], edges };
}

/** Returns the number of nodes that dagre positioned. */
function layoutWithDagre(scene: Scene): number {
  const graph = new dagre.graphlib.Graph({ compound: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 20, ranksep: 46 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const topLevel of scene.topLevel.values()) {
    for (const id of topLevel) {
      graph.setNode(id, { ...size });
      for (const key of scene.boxes.get(id)?.members ?? []) {
        graph.setNode(key, { ...size });
        graph.setParent(key, id);
      }
    }
  }
  for (const { from, to } of scene.edges) graph.setEdge(from, to);
  dagre.layout(graph);
  return graph.nodes().filter((id) => Number.isFinite((graph.node(id) as Partial<Point> | undefined)?.x)).length;
}
