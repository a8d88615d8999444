import { countOf } from '../../graph/graph';
import type { GraphSnapshot } from '../../service/service';
import { podsAndContainers } from './count';

/** How much the shown engines hold; undefined when it is nothing. */
export function summaryWords({ graph, engines }: Pick<GraphSnapshot, 'graph' | 'engines'>): string | undefined {
  const counts = [...engines.keys()].map((engine) => countOf(graph, engine));
  const pods = counts.reduce((sum, count) => sum + count.pods, 0);
  const containers = counts.reduce((sum, count) => sum + count.containers, 0);
  return pods + containers > 0 ? podsAndContainers(pods, containers) : undefined;
}
