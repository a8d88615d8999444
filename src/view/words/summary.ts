import type { ContainerGraph } from '../../graph/graph';
import { podsAndContainers } from './count';

/** How much a graph holds, nodes that no engine lists aside; undefined when it holds nothing. */
export function summaryWords(graph: ContainerGraph): string | undefined {
  let pods = 0;
  let containers = 0;
  for (const node of graph.nodes.values()) {
    if (node.kind === 'pod') pods++;
    else if (!node.external) containers++;
  }
  return pods + containers > 0 ? podsAndContainers(pods, containers) : undefined;
}
