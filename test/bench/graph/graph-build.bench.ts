import { ContainerGraph } from '../../../src/graph/model/graph';
import type { Bench } from '../benchmark';
import { graphologyBuild } from './graphology';
import { forEachSize } from './sizes';

const NAME = 'graph-build';

export const bench: Bench = {
  about: `Builds the graph from lists and inspects: pods of three members and an infra container, chains of ten, diamonds of
five. Compared with a \`DirectedGraph\` of graphology with the same nodes and edges, infra containers merged into their pods there
too. Interleaved on the same fleets, with garbage collection before each run.`,
  limit: `what is not known yet. The young generation of the heap is not the cause: in shorter runs 100k take 12.9 times as long as 10k,
and 14.4 times with a young generation of 256 MB (\`--max-semi-space-size\`), where graphology takes 6.7 and 9.6 times as long.`,
  run: ({ quick }) =>
    Promise.resolve(
      forEachSize(NAME, quick, (parts, timed) => {
        const ours = timed(() => ContainerGraph.build(parts));
        const peer = timed(() => graphologyBuild(parts));
        const { nodes } = ours.result;
        const edges = [...nodes.keys()].reduce((sum, key) => sum + ours.result.dependencies(key).length, 0);
        if (nodes.size !== peer.result.order) throw new Error(`${nodes.size} nodes against ${peer.result.order}.`);
        if (edges !== peer.result.size) throw new Error(`${edges} edges against ${peer.result.size}.`);
        return { ours: ours.took, peer: peer.took };
      }),
    ),
};
