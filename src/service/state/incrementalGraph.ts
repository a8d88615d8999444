import { composeEdges } from '../../graph/model/compose';
import { ContainerGraph } from '../../graph/model/graph';
import type { ContainerNode, GraphEdge, PodNode } from '../../graph/model/model';
import type { EngineStateStore } from './stateStore';

/** The graph of all engines. Rebuilt only when nodes or edges change; a state change copies the node table and no edges. */
export class IncrementalGraph {
  private current = ContainerGraph.empty;
  private stores: readonly EngineStateStore[] = [];

  update(all: readonly EngineStateStore[]): ContainerGraph {
    let structure = all.length !== this.stores.length || all.some((one, at) => one !== this.stores[at]);
    this.stores = all;
    const changed: ContainerNode[] = [];
    for (const observations of all) {
      const changes = observations.changes.drainForGraph();
      structure ||= changes.structure;
      for (const key of changes.nodes) {
        const container = observations.containers.get(key);
        if (container) changed.push(container);
      }
    }
    if (structure) this.current = build(all);
    else if (changed.length > 0) this.current = this.current.withStates(changed);
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
