import { EngineError, isTransient, isWorthRetrying } from '../../engine/error';
import type { CreatedNode, IdOf, Recipe } from '../../engine/recipe/recipe';
import { engineOf, isActive, nodeKey, type NodeKey, parseKey } from '../../graph/model/model';
import { stronglyConnectedComponents } from '../../graph/model/scc';
import type { LifecycleAction } from '../../graph/plan/lifecycleAction';
import type { Plan, PlannedNode, Unit } from '../../graph/plan/plan';
import { failure, type UnitContext, type UnitResult } from '../runs/runContext';
import { bringBackManaged, type UnitRecipe } from './bringBackManaged';
import { refreshUntilConsistent } from '../state/engineStateView';
import { restoreVolumes, type RestoreState, skipBackups } from './restoreVolumes';

/** Parts of the main bundle that a unit needs. */
export interface UnitCalls {
  readonly executeLifecycle: (context: UnitContext, step: LifecycleAction) => Promise<UnitResult>;
  readonly executeManaged: (context: UnitContext, step: 'start') => Promise<UnitResult>;
  readonly isOutcomeUnknown: (error: EngineError) => boolean;
  readonly waitForOutcome: (
    context: UnitContext,
    error: EngineError,
    isDone: () => Promise<boolean>,
  ) => Promise<'done' | Exclude<UnitResult, { kind: 'done' }>>;
}

/** The ids of a run, and its recipes. */
export interface BringBackState extends RestoreState {
  readonly recipeOf: (key: NodeKey) => Recipe | undefined;
  /** Defined for a node that its systemd unit creates. */
  readonly unitOf: (key: NodeKey) => UnitRecipe | undefined;
  readonly idOf: IdOf;
  /** Whether a creation may have been sent before, in this window or an earlier one. */
  readonly mayBeCreated: (key: NodeKey) => boolean;
  /** All resolve when on disk, or when the write failed. */
  readonly markCreating: (key: NodeKey) => Promise<void>;
  readonly markNotCreated: (key: NodeKey) => Promise<void>;
  readonly markCreated: (keys: ReadonlyMap<NodeKey, NodeKey>) => Promise<void>;
}

/**
 * One attempt to create the nodes of a unit, dependencies first, to restore their volumes, and to start those that ran. Never
 * rejects.
 */
export async function bringBackUnit(
  context: UnitContext,
  state: BringBackState,
  calls: UnitCalls,
): Promise<UnitResult> {
  const { unit, plan } = context;
  if (unit.nodes.some((key) => state.unitOf(key) !== undefined)) return bringBackManaged(context, state, calls);
  await skipBackups(context, state);
  const differences = new Map<NodeKey, readonly string[]>();
  const failed = new Map<NodeKey, EngineError>();
  for (const key of inCreationOrder(unit, plan)) {
    if (context.cancelled.aborted) return { kind: 'aborted' };
    if (state.createdKey(key) !== undefined) continue;
    const missing = plan.nodes.get(key)?.dependencies?.find(({ to }) => failed.has(to));
    if (missing) {
      failed.set(key, failed.get(missing.to) as EngineError);
      continue;
    }
    const result = await createNode(context, key, state, calls);
    if (result instanceof Error) {
      failed.set(key, result);
      // Nothing of a pod can be created without it.
      if (unit.nodes.length === 1 || parseKey(key).kind === 'pod') return toFailure(context, failed);
    } else if ('kind' in result) return result;
    else differences.set(key, result.differences);
  }
  const restored = await restoreVolumes(context, state);
  if (restored.kind !== 'done') return restored;
  const started = await startNodes(context, state, calls);
  if (failed.size > 0) return toFailure(context, failed);
  return started.kind === 'done' ? { kind: 'done', unchanged: new Set(), differences } : started;
}

/** A pod, then its members by their dependencies. */
function inCreationOrder({ nodes }: Unit, plan: Plan): NodeKey[] {
  const own = new Set(nodes);
  const dependencies = (key: NodeKey) =>
    (plan.nodes.get(key)?.dependencies ?? []).flatMap(({ to }) => (own.has(to) ? [to] : []));
  const pods = nodes.filter((key) => parseKey(key).kind === 'pod');
  const containers = nodes.filter((key) => parseKey(key).kind === 'container');
  const sorted = stronglyConnectedComponents(containers, dependencies).flat();
  return [...pods, ...sorted.filter((key) => parseKey(key).kind === 'container')];
}

async function createNode(
  context: UnitContext,
  key: NodeKey,
  state: BringBackState,
  { isOutcomeUnknown, waitForOutcome }: UnitCalls,
): Promise<Pick<CreatedNode, 'differences'> | EngineError | Exclude<UnitResult, { kind: 'done' }>> {
  const { engine, observed } = context;
  const recipe = state.recipeOf(key);
  if (!recipe) return new EngineError('unsupported', 'its recipe is missing or invalid');
  const record = async (ids: CreatedNode['ids']) => {
    await state.markCreated(toKeys(key, ids));
    const now = state.createdKey(key);
    if (now !== undefined && recipe.kind === 'container') await refreshUntilConsistent(observed, now);
  };
  const adopt = async () => {
    const ids = await findCreated(context, key, recipe);
    if (ids) await record(ids);
    return ids !== undefined;
  };
  try {
    if (state.mayBeCreated(key) && (await adopt())) return { differences: [] };
    await state.markCreating(key);
    context.sent.add(key);
    const { id, ids, differences } = await engine.createFromRecipe(recipe, state.idOf, {
      newestImage: context.plan.options.recreate === 'newestImages',
    });
    await record(new Map([...ids, [recipe.id, id]]));
    return { differences };
  } catch (thrown) {
    const error = EngineError.from(thrown);
    if (!isOutcomeUnknown(error)) {
      await state.markNotCreated(key);
      return error;
    }
    const result = await waitForOutcome(context, error, adopt);
    return result === 'done' ? { differences: [] } : result;
  }
}

/** The ids of a node whose creation had no response: nothing had its name when the plan was made. */
async function findCreated(
  { engine, unit }: UnitContext,
  key: NodeKey,
  { kind, id, name }: Recipe,
): Promise<CreatedNode['ids'] | undefined> {
  const list = kind === 'pod' ? await engine.listPods() : await engine.listContainers();
  const found = list.find((one) => one.name === name);
  if (!found) return undefined;
  const ids = new Map([[id, found.id]]);
  const [infra] = unit.infra;
  if (kind !== 'pod' || infra === undefined) return ids;
  const now = (await engine.listAttached(nodeKey(engineOf(key), 'pod', found.id))).find(({ isInfra }) => isInfra);
  return now ? ids.set(parseKey(infra).id, parseKey(now.key).id) : ids;
}

function toKeys(key: NodeKey, ids: CreatedNode['ids']): ReadonlyMap<NodeKey, NodeKey> {
  const { engine, kind, id: own } = parseKey(key);
  const keyOf = (former: string, id: string) => nodeKey(engine, former === own ? kind : 'container', id);
  return new Map([...ids].map(([former, now]) => [keyOf(former, former), keyOf(former, now)]));
}

/** Starts the containers that ran, by the same calls and checks as a start; init containers start with their pod. */
async function startNodes(context: UnitContext, state: BringBackState, calls: UnitCalls): Promise<UnitResult> {
  const { unit, plan } = context;
  const toStart = unit.nodes.filter((key) => {
    const node = plan.nodes.get(key)?.node;
    return node?.kind === 'container' && (isActive(node.state) || node.details?.initContainer !== undefined);
  });
  const ran = toStart.some((key) => {
    const node = plan.nodes.get(key)?.node;
    return node?.kind === 'container' && isActive(node.state);
  });
  if (!ran) {
    context.onResponse();
    return { kind: 'done', unchanged: new Set() };
  }
  const formerKeys = new Map<NodeKey, NodeKey>();
  const now = (keys: readonly NodeKey[]) =>
    keys.flatMap((key) => {
      const created = state.createdKey(key);
      if (created !== undefined) formerKeys.set(created, key);
      return created ?? [];
    });
  const pods = unit.nodes.filter((key) => parseKey(key).kind === 'pod');
  const nodes = now([...pods, ...toStart]);
  if (nodes.length === pods.length) return { kind: 'done', unchanged: new Set() };
  const targets = pods.length > 0 ? now(pods) : nodes;
  const started: Unit = { ...unit, action: 'start', nodes, targets, infra: now(unit.infra) };
  const result = await calls.executeLifecycle(
    { ...context, unit: started, plan: withPresentKeys(plan, state), sent: new Set() },
    'start',
  );
  if (result.kind === 'done' || result.kind === 'disconnected') return result;
  const former = (key: NodeKey) => formerKeys.get(key) ?? key;
  if (result.kind === 'aborted') return { kind: 'aborted', done: new Set([...(result.done ?? [])].map(former)) };
  return { ...result, members: new Map([...result.members].map(([key, text]) => [former(key), text])) };
}

function withPresentKeys(plan: Plan, { createdKey }: BringBackState): Plan {
  const nodes = new Map<NodeKey, PlannedNode>();
  for (const [key, planned] of plan.nodes) {
    const now = createdKey(key);
    if (now === undefined) continue;
    const dependencies = (planned.dependencies ?? []).map((edge) => ({
      ...edge,
      from: now,
      to: createdKey(edge.to) ?? edge.to,
    }));
    nodes.set(now, { ...planned, dependencies });
  }
  return { ...plan, action: 'start', nodes };
}

function toFailure({ attempt }: UnitContext, failed: ReadonlyMap<NodeKey, EngineError>): UnitResult {
  const [first] = failed.values();
  const { reason = 'unknown', detail = '' } = first ?? {};
  return failure(reason, detail, {
    canRetry: isWorthRetrying(reason, attempt),
    busy: isTransient(reason),
    members: new Map([...failed].map(([key, error]) => [key, error.detail])),
  });
}
