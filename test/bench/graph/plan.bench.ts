import { ContainerGraph } from '../../../src/graph/model/graph';
import { planRemoval } from '../../../src/graph/plan/planRemoval';
import type { Bench } from '../benchmark';
import { graphologyBuild, graphologyPlan } from './graphology';
import { forEachSize } from './sizes';

const NAME = 'plan';

export const bench: Bench = {
  about: `Builds the graph from an engine's data and plans the removal of all nodes. Compared with graphology and graphology-dag:
a graph of the same fleet, its \`topologicalGenerations\`, and the dependents of each node. Our plan also has reasons, stop
timeouts, units, blockers and retained nodes. Interleaved on the same fleets, with garbage collection before each run.`,
  run: ({ quick }) =>
    Promise.resolve(
      forEachSize(NAME, quick, (parts, timed) => {
        const ours = timed(() => {
          const graph = ContainerGraph.build(parts);
          const scope = { chosen: [...graph.nodes.keys()], isAll: true };
          return planRemoval('bench', graph, scope, { dependents: 'include', running: 'stop' });
        });
        const peer = timed(() => graphologyPlan(graphologyBuild(parts)));
        const [planned, theirs] = [ours.result.nodes.size, peer.result.dependents.size];
        if (planned !== theirs) throw new Error(`${planned} nodes planned, expected ${theirs}.`);
        return { ours: ours.took, peer: peer.took };
      }),
    ),
};
