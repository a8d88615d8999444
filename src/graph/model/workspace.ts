/** Apart from `labels.ts`, because the page of the graph panel uses that and has no modules of Node. */

import { posix } from 'node:path';
import type { ContainerGraph } from './graph';
import { labelOf } from './labels';
import type { GraphNode } from './model';

/**
 * Labels with a path on the machine that created the container: docker compose 1.25 and later and podman-compose write the
 * first two, the Dev Containers extension and CLI the others.
 */
const pathLabels = [
  'com.docker.compose.project.working_dir',
  'com.docker.compose.project.config_files',
  'devcontainer.local_folder',
  'devcontainer.config_file',
] as const;

/**
 * Whether a compose file or a dev container configuration in one of the folders created the node: known by its labels. A pod
 * counts if all its members do.
 * @param folders absolute paths
 */
export function isFromFolders(node: GraphNode, graph: ContainerGraph, folders: readonly string[]): boolean {
  if (node.kind === 'pod') {
    const members = graph.membersOf(node.key);
    return members.length > 0 && members.every((member) => isFromFolders(member, graph, folders));
  }
  const paths = pathLabels.flatMap((name) => (labelOf(node.labels, name) ?? '').split(',').map(comparable));
  return folders
    .map(comparable)
    .some((folder) => paths.some((path) => path === folder || path.startsWith(folder === '/' ? folder : `${folder}/`)));
}

/** Windows paths with one kind of separator and in lower case, because a drive letter is written in both. */
function comparable(path: string): string {
  const trimmed = path.trim();
  const isWindows = /^[a-z]:[\\/]|^\\\\/i.test(trimmed);
  const unified = isWindows ? trimmed.replaceAll('\\', '/').toLowerCase() : trimmed;
  return unified ? posix.normalize(`${unified}/`).replace(/(?<=.)\/$/, '') : '';
}
