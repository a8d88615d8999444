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
  limit: `what a plan has besides the order. A processor profile of 100,000 containers shows 41 % for the graph, 26 for the units, 14 for
the planned nodes with their reasons and dependents, and 8 for the selection; 24 of all of it is garbage collection. On another
virtual machine it took 0.74 to 0.98 of graphology's time (28 November 2026).`,
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
