import type { ContainerGraph } from '../model/graph';
import { composeProject, labelOf } from '../model/labels';
import type { ContainerNode, GraphNode, NodeKey } from '../model/model';
import { type NamespaceProblem, namespaceProblem } from '../model/namespaceState';
import { type CommandLine, quote } from './planCommands';

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

/** Control characters could end the quotes in a terminal. */
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * The shell command by which compose creates a container of a project again, from its labels and without its
 * dependencies; undefined if it is not one of docker compose's or its labels are unusable.
 */
export function composeRecreation(node: ContainerNode, { program, connection }: CommandLine): string | undefined {
  const label = (name: string) => labelOf(node.labels, `com.docker.compose.${name}`);
  const [project, service, files] = [composeProject(node), label('service'), label('project.config_files')];
  if (program !== 'docker' || !project || !service || !files) return undefined;
  const folder = label('project.working_dir');
  const args = [
    ...[program, ...connection, 'compose', '-p', project],
    ...(folder ? ['--project-directory', folder] : []),
    ...files.split(',').flatMap((file) => ['-f', file]),
    ...(label('project.environment_file')?.split(',') ?? []).flatMap((file) => ['--env-file', file]),
    ...['up', '-d', '--force-recreate', '--no-deps', service],
  ];
  if (args.some((arg) => controlCharacter.test(arg)) || service.startsWith('-')) return undefined;
  return args.map(quote).join(' ');
}
