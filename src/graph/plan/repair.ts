import type { ContainerGraph } from '../model/graph';
import type { ContainerNode, GraphNode, NodeKey } from '../model/model';
import { type NamespaceProblem, namespaceProblem } from '../model/namespaceState';

/** The containers of a selection that are cut off from a base. */
interface RepairSelection {
  /** Detached or left down: a restart joins the present namespaces of the base. */
  readonly restarted: readonly NodeKey[];
  /** Orphaned: only a new container can join another base. */
  readonly orphaned: readonly ContainerNode[];
}

/** Selects the containers to repair; a pod is replaced by its members. */
export function selectForRepair(graph: ContainerGraph, keys: Iterable<NodeKey>): RepairSelection {
  const containers = new Set([...keys].flatMap((key) => graph.container(key) ?? graph.membersOf(key)));
  const restarted: NodeKey[] = [];
  const orphaned: ContainerNode[] = [];
  for (const container of containers) {
    const problem = namespaceProblem(graph, container);
    if (problem?.kind === 'orphaned') orphaned.push(container);
    else if (problem) restarted.push(container.key);
  }
  return { restarted, orphaned };
}

/** The first problem of a node, or of a member of a pod. */
export function firstProblem(graph: ContainerGraph, node: GraphNode): NamespaceProblem | undefined {
  for (const one of node.kind === 'pod' ? graph.membersOf(node.key) : [node]) {
    const problem = namespaceProblem(graph, one);
    if (problem) return problem;
  }
  return undefined;
}
