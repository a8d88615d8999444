import { ContainerGraph } from '../../../src/graph/model/graph';
import { planRemoval } from '../../../src/graph/plan/planRemoval';
import type { Bench } from '../row';
import { graphologyBuild, graphologyPlan } from './graphology';
import { forEachSize } from './sizes';

const NAME = 'plan';

export const bench: Bench = {
  about: `From what an engine told to the plan that removes all of it: the graph is built and planned. Against graphology with
graphology-dag: its graph of the same fleet, \`topologicalGenerations\` of it, and of each node those that must go before. Ours
says beside that why each node goes, with what grace, as a pod or by itself, what forbids the plan and what stays. In turn on
the same fleets; garbage is collected before each.`,
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
        if (planned !== theirs) throw new Error(`${planned} nodes are planned against ${theirs}.`);
        return { ours: ours.took, peer: peer.took };
      }),
    ),
};
