import type { ContainerGraph } from '../model/graph';
import { composeProject } from '../model/labels';
import { engineOf, type NodeKey, parseKey } from '../model/model';
import { isResource, type ResourceNode, resourceUsers } from '../model/resources';
import type { PlannedNode, PlanOptions, RetainedNode, RetainReason, Scope, Unit } from './plan';

/** The volumes, networks and images of a plan. */
interface ResourcePlan {
  readonly units: readonly Unit[];
  readonly nodes: readonly PlannedNode[];
  readonly retained: readonly RetainedNode[];
}

const nothing: ResourcePlan = { units: [], nodes: [], retained: [] };

/**
 * Plans the removal of the chosen resources, each a unit after those of its users. One with users outside the plan is
 * retained; one that the engine does not list is left out.
 *
 * @param units of the plan's containers and pods
 * @param nodes of these units
 */
export function planResources(
  graph: ContainerGraph,
  scope: Scope,
  options: PlanOptions,
  listed: readonly ResourceNode[],
  units: readonly Unit[],
  nodes: ReadonlyMap<NodeKey, PlannedNode>,
): ResourcePlan {
  const chosen = new Set(scope.chosen.filter(isResource));
  if (chosen.size === 0) return nothing;
  const byKey = new Map(listed.map((resource) => [resource.key, resource]));
  const users = resourceUsers(graph);
  const unitOf = new Map(units.map((unit) => [unit.id, unit]));
  const plan = { units: [] as Unit[], nodes: [] as PlannedNode[], retained: [] as RetainedNode[] };
  for (const key of chosen) {
    const resource = byKey.get(key);
    const own = users.get(key) ?? [];
    const node = resource ?? unlistedResource(key);
    const why = retainReason(node, own, nodes, graph, scope, options);
    if (why) plan.retained.push({ node, why, users: own });
    if (why || !resource) continue;
    const before = new Set(own.flatMap((user) => unitOf.get(nodes.get(user)?.unit ?? '') ?? []));
    plan.units.push(toUnit(resource, [...before]));
    plan.nodes.push(toPlannedNode(resource, own));
  }
  return plan;
}

function retainReason(
  resource: ResourceNode,
  users: readonly NodeKey[],
  planned: ReadonlyMap<NodeKey, unknown>,
  graph: ContainerGraph,
  { project }: Scope,
  { excluded, unreachable, protects }: PlanOptions,
): RetainReason | undefined {
  const engine = unreachable?.get(engineOf(resource.key));
  if (engine !== undefined) return { kind: 'engineUnavailable', engine };
  if (resource.kind === 'network' && resource.isDefault) return { kind: 'defaultNetwork' };
  const isExternal = project !== undefined && resource.kind !== 'image' && composeProject(resource) !== project;
  if (isExternal) return { kind: 'external' };
  const user = users.find((key) => !planned.has(key));
  if (user !== undefined) return { kind: 'neededBy', node: user };
  if (resource.kind === 'volume' && resource.isInUse && users.length === 0) return { kind: 'inUse' };
  // Without force, engines remove an image by its only tag.
  if (resource.kind === 'image' && resource.tags.length > 1) return { kind: 'severalTags' };
  const by = protects?.(resource, graph);
  if (by !== undefined) return { kind: 'protected', by };
  // Last: what cannot be removed is not offered.
  return excluded?.includes(resource.key) ? { kind: 'excluded' } : undefined;
}

/** A resource of which only the key is known. */
export function unlistedResource(key: NodeKey): ResourceNode {
  const { id, kind } = parseKey(key);
  const base = { key, id, name: id, createdAt: undefined, labels: {} };
  if (kind === 'network') return { ...base, kind, driver: '', isDefault: false, subnets: [] };
  if (kind === 'image') return { ...base, kind, tags: [], size: undefined, isDangling: false };
  return { ...base, kind: 'volume', isAnonymous: false, isInUse: false };
}

function toUnit({ key, kind }: ResourceNode, users: readonly Unit[]): Unit {
  return {
    id: key,
    kind,
    engine: engineOf(key),
    action: 'remove',
    targets: [key],
    nodes: [key],
    infra: [],
    hardDependencies: users.map(({ id }) => id),
    softDependencies: [],
    step: users.reduce((step, unit) => Math.max(step, unit.step + 1), 0),
    stopTimeout: 0,
  };
}

function toPlannedNode(node: ResourceNode, users: readonly NodeKey[]): PlannedNode {
  return {
    node,
    unit: node.key,
    why: { kind: 'chosen' },
    stopTimeout: 0,
    dependents: users,
    dependencies: [],
    restartedBy: undefined,
  };
}
