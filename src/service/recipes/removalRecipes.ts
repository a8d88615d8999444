import type { Clock } from '../../clock';
import { EngineError } from '../../engine/error';
import type { Recipe, ResourceRecipe } from '../../engine/recipe/recipe';
import type { ContainerGraph } from '../../graph/model/graph';
import {
  engineOf,
  type GraphEdge,
  type GraphNode,
  isActive,
  isStoppedUnit,
  type NodeKey,
  parseKey,
} from '../../graph/model/model';
import { namespaceProblem, sharesNamespace } from '../../graph/model/namespaceState';
import { missingNodes, planBringBack, type CurrentKey, currentIds, currentKeys } from '../../graph/plan/bringBack';
import type { PlannedUnit } from '../../graph/plan/managed';
import type { Plan, PlanOptions, Scope } from '../../graph/plan/plan';
import { type Backup, countKinds } from '../../graph/plan/report';
import { isResource, resourcesOf } from '../../graph/model/resources';
import type { UnitContext, UnitResult } from '../runs/runContext';
import type { JournalFiles } from '../journal/journalFiles';
import type { Log, RecordedRemoval } from '../service';
import type { EngineStateView } from '../state/engineStateView';
import type { UnitRecipe } from './bringBackManaged';
import { bringBackUnit, type BringBackState, type UnitCalls } from './bringBackUnit';
import { batchesOf, findRecipeProblems, pendingVolumes } from './recipeProblems';
import { type RecipeLine, type RemovalRecord, restoreKey, toRemovalLine } from './recipeFormat';
import { RecipeStore } from './recipeStore';

/** Milliseconds: a container that another client is removing must not delay the run. */
const readTimeout = 5_000;

interface RemovalRecipesDeps {
  readonly files: JournalFiles;
  readonly retentionMs: () => number;
  readonly clock: Clock;
  readonly log: Log;
  readonly observed: EngineStateView;
  readonly labelOf: (engine: string) => string;
  readonly calls: UnitCalls;
}

/** A run that creates and starts what was removed. */
export interface BringBackRun {
  readonly currentKey: CurrentKey;
  /** Whether a node was created, but the content of one of its volumes is not restored yet. */
  readonly isUnrestored: (key: NodeKey) => boolean;
  readonly execute: (context: UnitContext) => Promise<UnitResult>;
}

/** Saves what will be removed, and plans and runs its return. Messages to the log contain nothing of a recipe. */
export class RemovalRecipes {
  private readonly store: RecipeStore;

  constructor(private readonly deps: RemovalRecipesDeps) {
    this.store = new RecipeStore(deps.files, deps.clock, deps.log, deps.retentionMs);
  }

  list(): Promise<readonly RecordedRemoval[]> {
    return this.store.list();
  }

  /**
   * Reads and writes the recipes of a removal's nodes. Resolves when all are on disk, with the errors of unreadable ones.
   * Rejects if writing fails, or if a node that is to be created again has no readable recipe.
   */
  async save(plan: Plan, graph: ContainerGraph): Promise<ReadonlyMap<NodeKey, string>> {
    const at = this.deps.clock.wallTime();
    const unread = new Map<NodeKey, string>();
    await this.store.create(at, plan.id, this.linesOf(plan, graph, at, unread));
    // Not awaited: the removal need not wait for it.
    void this.store.prune();
    return unread;
  }

  /** Deletes expired recipes. Never rejects. */
  prune(): Promise<void> {
    return this.store.prune();
  }

  /** Records a complete backup of the removal. Rejects if that cannot be written: then the volume must not be deleted. */
  addBackup(plan: string, backup: Backup): Promise<void> {
    return this.store.append(plan, { type: 'saved', backup });
  }

  /** Finds the missing dependencies of the chosen nodes and their problems, and plans. Rejects with an `EngineError`. */
  async plan(id: string, graph: ContainerGraph, scope: Scope, options: PlanOptions): Promise<Plan> {
    const { observed } = this.deps;
    const removal = options.removal ?? '';
    const record = await this.load(removal, graph);
    if (!record) throw new EngineError('gone', 'the recipes of this removal have expired or were deleted');
    const missing = missingNodes(record, graph, scope).filter((key) => observed.engine(engineOf(key)) !== undefined);
    const problems = await findRecipeProblems(record, graph, missing, (engine) => observed.engine(engine));
    return planBringBack(id, record, graph, scope, { ...options, problems });
  }

  /** Undefined if the recipes were deleted meanwhile. */
  async open(plan: Plan, graph: ContainerGraph): Promise<BringBackRun | undefined> {
    const { log, calls } = this.deps;
    const { removal = '' } = plan.options;
    const record = await this.load(removal, graph);
    if (!record) return undefined;
    const currentKey = currentKeys(record, graph);
    const append = (line: RecipeLine) =>
      this.store.append(removal, line).catch((thrown: unknown) => {
        log.warn(`${plan.id}: ${(thrown as NodeJS.ErrnoException).code ?? 'write failed'}`);
      });
    const restoring = new Map<string, Promise<void>>();
    const stateFor = (engine: string): BringBackState => ({
      recipeOf: (key) => record.recipes.get(key),
      unitOf: (key) => record.units.get(key),
      idOf: currentIds(currentKey, engine),
      createdKey: (key) => record.created.get(key),
      mayBeCreated: (key) => record.creating.has(key),
      markCreating: async (key) => {
        record.creating.add(key);
        await append({ type: 'creating', keys: [key] });
      },
      markNotCreated: async (key) => {
        record.creating.delete(key);
        await append({ type: 'notCreated', keys: [key] });
      },
      markCreated: async (keys) => {
        for (const [former, now] of keys) {
          record.created.set(former, now);
          record.creating.delete(former);
        }
        await append({ type: 'created', keys: [...keys] });
      },
      pendingVolumes: (key) => pendingVolumes(record, key),
      isRestored: (name) => [...record.restored.values()].includes(name),
      restoring,
      markRestored: async (key, volume, name) => {
        record.restored.set(restoreKey(key, volume), name);
        await append({ type: 'restored', key, volume, name });
      },
    });
    return {
      currentKey,
      isUnrestored: (key) => pendingVolumes(record, key).length > 0,
      execute: (context) => bringBackUnit(context, stateFor(context.unit.engine), calls),
    };
  }

  /** Without created nodes that were removed again. A pod without containers is in no container list. */
  private async load(removal: string, graph: ContainerGraph): Promise<RemovalRecord | undefined> {
    const record = await this.store.load(removal);
    const unlisted = [...(record?.created ?? [])].filter(([, now]) => graph.get(now) === undefined);
    await Promise.all(
      unlisted.map(async ([former, now]) => {
        const engine = parseKey(now).kind === 'pod' ? this.deps.observed.engine(engineOf(now)) : undefined;
        const exists = (await engine?.exists(now).catch(() => true)) ?? false;
        if (!exists) deleteCreated(record, former);
      }),
    );
    return record && { ...record, unrestored: { has: (key) => pendingVolumes(record, key).length > 0 } };
  }

  private async *linesOf(
    plan: Plan,
    graph: ContainerGraph,
    at: number,
    unread: Map<NodeKey, string>,
  ): AsyncGenerator<RecipeLine> {
    const { log, labelOf } = this.deps;
    const keys = [...plan.nodes.keys()].filter((key) => !isResource(key));
    const edges = keys.flatMap((key) => graph.dependencies(key));
    const engines = [...new Set(keys.map(engineOf))].map((id) => ({ id, label: labelOf(id) }));
    const { pods, containers, units, volumes } = countKinds(plan.nodes.values());
    const counts = { pods, containers, units, volumes };
    const { removal: completes } = plan.options;
    const ran = await this.ranBefore(completes);
    const nodes = nodesOf(graph, keys, edges).map((node): GraphNode =>
      node.kind === 'container' && ran.has(node.key) ? { ...node, state: 'running' } : node,
    );
    yield toRemovalLine({ id: plan.id, completes, at, counts, engines, keys, nodes, edges });
    if (plan.options.recreate) yield { type: 'created', keys: replacedBases(graph, edges) };
    const resources = await this.readResources(plan);
    let count = 0;
    const withRecipe = keys.filter((key) => !isUnit(plan, key));
    for (const batch of batchesOf(withRecipe)) {
      for (const [key, recipe] of await Promise.all(batch.map(async (one) => [one, await this.read(one)] as const))) {
        if (recipe instanceof Error && plan.options.recreate) throw recipe;
        if (recipe instanceof Error) {
          unread.set(key, recipe.detail);
          log.info(`no recipe of ${key}: ${recipe.message}`);
        } else {
          count++;
          const used = resources.size > 0 ? usedBy(key, graph).flatMap((one) => resources.get(one) ?? []) : [];
          yield { type: 'recipe', key, recipe: used.length > 0 ? { ...recipe, resources: used } : recipe };
        }
      }
    }
    if (count === 0 && withRecipe.length > 0) throw new EngineError('unsupported', 'no recipe could be read');
    for (const { node, systemd } of plan.nodes.values())
      if (systemd) yield { type: 'unit', key: node.key, unit: await this.readUnit(node.key, systemd) };
  }

  /** Containers that earlier runs of the same removal may have stopped. */
  private async ranBefore(removal: string | undefined): Promise<ReadonlySet<NodeKey>> {
    const earlier = removal === undefined ? [] : await this.store.list();
    const runs = earlier.filter(({ id, completes }) => id === removal || completes === removal);
    return new Set(
      runs.flatMap(({ nodes, keys }) => {
        const ran = nodes.filter((node) => node.kind === 'container' && isActive(node.state)).map(({ key }) => key);
        const removed = new Set(keys);
        return ran.filter((key) => removed.has(key));
      }),
    );
  }

  /** Rejects if a Quadlet file cannot be read that the removal deletes. */
  private async readUnit(key: NodeKey, { name, machine, quadlet, removesQuadlet }: PlannedUnit): Promise<UnitRecipe> {
    if (!removesQuadlet || quadlet === undefined) return { name, machine };
    const access = await this.deps.observed.engine(engineOf(key))?.systemd([{ key, unit: name }], { machine });
    if (!access?.host) throw new EngineError('unreachable', access?.detail ?? 'systemd cannot be reached');
    try {
      return { name, machine, quadlet: { path: quadlet, text: await access.host.readUnitFile(quadlet) } };
    } catch (thrown) {
      // Nothing is left to be saved or deleted.
      if (EngineError.from(thrown).reason === 'gone') return { name, machine };
      throw thrown;
    }
  }

  /** The networks and volumes that the plan removes. Images must be pulled again. */
  private async readResources({ nodes }: Plan): Promise<ReadonlyMap<NodeKey, ResourceRecipe>> {
    const found = new Map<NodeKey, ResourceRecipe>();
    const keys = [...nodes].flatMap(([key, { node }]) =>
      node.kind === 'network' || node.kind === 'volume' ? [key] : [],
    );
    const read = async (key: NodeKey) => {
      try {
        const resource = await this.deps.observed.engine(engineOf(key))?.readResource(key, { timeoutMs: readTimeout });
        if (resource) found.set(key, resource);
      } catch (thrown) {
        this.deps.log.info(`no recipe of ${key}: ${EngineError.from(thrown).message}`);
      }
    };
    for (const batch of batchesOf(keys)) await Promise.all(batch.map(read));
    return found;
  }

  private async read(key: NodeKey): Promise<Recipe | EngineError> {
    try {
      const engine = this.deps.observed.engine(engineOf(key));
      if (!engine) throw new EngineError('unreachable', 'the connection was removed');
      return await engine.readRecipe(key, { timeoutMs: readTimeout });
    } catch (thrown) {
      return EngineError.from(thrown);
    }
  }
}

/** Whether a planned node is a unit without a container, whose Quadlet file is its recipe. */
function isUnit({ nodes }: Plan, key: NodeKey): boolean {
  const node = nodes.get(key)?.node;
  return node !== undefined && isStoppedUnit(node);
}

/**
 * The removed containers whose namespaces these edges share, with those that replace them now. Throws if there is none: the
 * dependent could not be created again.
 */
function replacedBases(graph: ContainerGraph, edges: readonly GraphEdge[]): (readonly [NodeKey, NodeKey])[] {
  return edges.flatMap((edge) => {
    const node = graph.container(edge.from);
    if (!node || !sharesNamespace(edge) || graph.container(edge.to)?.unlisted !== true) return [];
    const problem = namespaceProblem(graph, node);
    if (problem?.kind !== 'orphaned' || problem.base !== edge.to || problem.replacement === undefined)
      throw new EngineError('gone', 'the base of a shared namespace was removed');
    return [[problem.base, problem.replacement] as const];
  });
}

/** A pod's networks are those of its infra container. */
function usedBy(key: NodeKey, graph: ContainerGraph): readonly NodeKey[] {
  const container = graph.container(key) ?? graph.infraOf(key);
  return container ? resourcesOf(container) : [];
}

/** A node that was created again and then removed has no restored volumes either. */
function deleteCreated(record: RemovalRecord | undefined, former: NodeKey) {
  record?.created.delete(former);
  for (const key of record?.restored.keys() ?? []) if (key.startsWith(`${former} `)) record?.restored.delete(key);
}

/** With infra containers, and the nodes at the other ends of the edges. */
function nodesOf(graph: ContainerGraph, keys: readonly NodeKey[], edges: readonly GraphEdge[]): readonly GraphNode[] {
  const found = new Map<NodeKey, GraphNode>();
  const add = (node: GraphNode | undefined) => {
    if (!node) return;
    found.set(node.key, node);
    const infra = node.kind === 'pod' ? graph.infraOf(node.key) : undefined;
    if (infra) found.set(infra.key, infra);
  };
  for (const key of [...keys, ...edges.map(({ to }) => to)]) add(graph.get(key));
  return [...found.values()];
}

/** The entry of the bundle. */
export function createRemovalRecipes(deps: RemovalRecipesDeps): RemovalRecipes {
  return new RemovalRecipes(deps);
}
