import { composeEdges } from '../../graph/model/compose';
import { ContainerGraph } from '../../graph/model/graph';
import type { ContainerNode, GraphEdge, PodNode } from '../../graph/model/model';
import type { EngineStateStore } from './stateStore';

/**
 * The graph of all that is observed. Built anew only when nodes or edges come or go; what happens most, that a container is
 * in another state, costs a copy of the tables and nothing for each edge.
 */
export class IncrementalGraph {
  private current = ContainerGraph.empty;
  private of: readonly EngineStateStore[] = [];

  update(all: readonly EngineStateStore[]): ContainerGraph {
    let structure = all.length !== this.of.length || all.some((one, at) => one !== this.of[at]);
    this.of = all;
    const changed: ContainerNode[] = [];
    for (const observations of all) {
      const undrawn = observations.changes.drain();
      structure ||= undrawn.structure;
      for (const key of undrawn.nodes) {
        const container = observations.containers.get(key);
        if (container) changed.push(container);
      }
    }
    if (structure) this.current = build(all);
    else if (changed.length > 0) this.current = this.current.inOtherStates(changed);
    return this.current;
  }
}

function build(all: readonly EngineStateStore[]): ContainerGraph {
  const containers: ContainerNode[] = [];
  const pods: PodNode[] = [];
  const edges: GraphEdge[] = [];
  for (const observations of all) {
    for (const container of observations.containers.values()) containers.push(container);
    for (const pod of observations.pods.values()) pods.push(pod);
    for (const edge of observations.edges()) edges.push(edge);
    for (const edge of composeEdges(observations.containers.values())) edges.push(edge);
  }
  return ContainerGraph.build({ containers, pods, edges });
}
