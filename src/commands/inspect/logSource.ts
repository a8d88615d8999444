import type { ContainerGraph } from '../../graph/model/graph';
import { composeProject } from '../../graph/model/labels';
import { type ContainerNode, engineOf, type GraphNode } from '../../graph/model/model';
import { podsAndContainers } from '../../view/text/format';
import { displayName } from '../../view/text/plan';

/** The containers whose logs are followed in one terminal. */
export interface LogSource {
  /** Of a single container its key. */
  readonly id: string;
  readonly name: string;
  /** Called again after each structural change of the graph. */
  containers(): readonly ContainerNode[];
}

/** A pod or a whole compose project includes containers that it gets later; any other selection does not. */
export function buildLogSource(nodes: readonly GraphNode[], currentGraph: () => ContainerGraph): LogSource | undefined {
  const graph = currentGraph();
  const members = nodes.flatMap((node) => (node.kind === 'pod' ? graph.membersOf(node.key) : [node]));
  const containers = [...new Set(members)].filter(({ unlisted }) => !unlisted);
  const [first, ...others] = containers;
  if (!first) return undefined;
  const [node] = nodes;
  if (nodes.length === 1 && node?.kind === 'pod') {
    return { id: node.key, name: displayName(node), containers: () => currentGraph().membersOf(node.key) };
  }
  if (others.length === 0) return { id: first.key, name: displayName(first), containers: () => [first] };
  const project = composeProject(first);
  const isWhole = (all: readonly ContainerNode[]) =>
    all.length === containers.length && all.every((one) => containers.includes(one));
  if (project && isWhole(containersOf(project, first, graph))) {
    const id = `${engineOf(first.key)}/${project}`;
    return { id, name: project, containers: () => containersOf(project, first, currentGraph()) };
  }
  const id = containers.map(({ key }) => key).sort();
  return { id: id.join(' '), name: podsAndContainers(0, containers.length), containers: () => containers };
}

/** The containers of a compose project on the same engine. */
function containersOf(project: string, { key }: ContainerNode, graph: ContainerGraph): ContainerNode[] {
  return [...graph.nodes.values()].flatMap((node) => {
    const isMember = node.kind === 'container' && !node.unlisted;
    return isMember && engineOf(node.key) === engineOf(key) && composeProject(node) === project ? node : [];
  });
}
