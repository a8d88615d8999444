import type { ContainerGraph } from '../model/graph';
import { composeProject } from '../model/labels';
import { type EngineId, engineOf, type NodeKey } from '../model/model';
import { type ResourceNode, resourceUsers } from '../model/resources';
import type { Scope } from './plan';

/** The pods and containers of a compose project on one engine, or some pods without a name. */
export interface Project {
  readonly engine: EngineId;
  readonly name: string | undefined;
  readonly keys: readonly NodeKey[];
}

/** The compose projects of all engines; a pod whose members are all of one project belongs to it. */
export function composeProjects(graph: ContainerGraph): readonly Project[] {
  const projects = new Map<string, { engine: EngineId; name: string; keys: NodeKey[] }>();
  for (const node of graph.nodes.values()) {
    const members = node.kind === 'pod' ? graph.membersOf(node.key) : [node];
    const names = new Set(members.map(composeProject));
    const [name] = names;
    if (name === undefined || names.size > 1) continue;
    const engine = engineOf(node.key);
    const id = JSON.stringify([engine, name]);
    const known = projects.get(id);
    if (known) known.keys.push(node.key);
    else projects.set(id, { engine, name, keys: [node.key] });
  }
  return [...projects.values()];
}

/**
 * All that belongs to a project, and what it uses. Its own networks are selected; other networks of a pod, volumes and images
 * are offered: excluded from the plan until the user includes them. Anonymous volumes follow their containers.
 *
 * @param resources of the project's engine
 */
export function projectScope(
  graph: ContainerGraph,
  { name, keys }: Project,
  resources: Iterable<ResourceNode>,
): { readonly scope: Scope; readonly offered: readonly NodeKey[] } {
  const own = new Set(keys.flatMap((key) => graph.withMembers(key)));
  const users = resourceUsers(graph);
  const chosen: NodeKey[] = [...keys];
  const offered: NodeKey[] = [];
  for (const resource of resources) {
    const isLabelled = name !== undefined && composeProject(resource) === name;
    const isUsed = users.get(resource.key)?.some((user) => own.has(user)) ?? false;
    if (!isLabelled && !isUsed) continue;
    if (resource.kind === 'volume' && resource.isAnonymous) continue;
    if (resource.kind === 'network' && resource.isDefault) continue;
    chosen.push(resource.key);
    if (resource.kind !== 'network' || !isLabelled) offered.push(resource.key);
  }
  return { scope: { chosen, isAll: false, ...(name !== undefined && { project: name }) }, offered };
}
