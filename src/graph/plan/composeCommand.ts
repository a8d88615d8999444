import { composeProject, labelOf } from '../model/labels';
import type { ContainerNode } from '../model/model';
import type { CommandLine } from './planCommands';
import { quote } from './planCommands';

/** Control characters could end the quotes in a terminal. */
const control = /[\u0000-\u001f\u007f-\u009f]/;

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
  if (args.some((arg) => control.test(arg)) || service.startsWith('-')) return undefined;
  return args.map(quote).join(' ');
}
