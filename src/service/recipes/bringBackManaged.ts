import { EngineError } from '../../engine/error';
import type { SystemdHost } from '../../engine/systemd/systemd';
import { type NodeKey, parseKey } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';
import { failure, type UnitContext, type UnitResult } from '../runs/runContext';
import { currentKeyOf } from '../state/engineStateView';
import type { BringBackState, UnitCalls } from './bringBackUnit';

/** How a node is brought back by its systemd unit. */
export interface UnitRecipe {
  readonly name: string;
  readonly machine: string;
  /** The Quadlet file that the removal deleted. */
  readonly quadlet?: { readonly path: string; readonly text: string } | undefined;
}

/** One attempt to start the systemd units of a unit's nodes, after writing their Quadlet files again. Never rejects. */
export async function bringBackManaged(
  context: UnitContext,
  { unitOf, markCreated }: BringBackState,
  { executeManaged }: UnitCalls,
): Promise<UnitResult> {
  const { unit, engine, observed } = context;
  const nodes = unit.nodes.filter((key) => unitOf(key) !== undefined);
  const recipes = nodes.flatMap((key) => unitOf(key) ?? []);
  try {
    const access = await engine.systemd([], { machine: recipes[0]?.machine });
    if (!access.host) return failure('systemdUnreachable', access.detail ?? '');
    if (context.cancelled.aborted) return { kind: 'aborted' };
    await writeQuadlets(access.host, recipes);
  } catch (thrown) {
    const { reason, detail } = EngineError.from(thrown);
    return failure(reason === 'denied' ? 'systemdDenied' : reason, detail);
  }
  const plan = withUnits(context.plan, nodes, unitOf);
  const targets = nodes.some((key) => parseKey(key).kind === 'pod') ? unit.targets : nodes;
  // A unit that had no container stays stopped.
  if (nodes.every((key) => parseKey(key).id === unitOf(key)?.name)) {
    await markCreated(new Map(nodes.map((key) => [key, key] as const)));
    return { kind: 'done', unchanged: new Set() };
  }
  const result = await executeManaged({ ...context, plan, unit: { ...unit, nodes, targets, infra: [] } }, 'start');
  if (result.kind === 'done')
    await markCreated(new Map(nodes.map((key) => [key, currentKeyOf(observed, plan, key)] as const)));
  return result;
}

/** Existing files are not changed: another process has written them since. */
async function writeQuadlets(host: SystemdHost, recipes: readonly UnitRecipe[]): Promise<void> {
  const files = new Map(recipes.flatMap(({ quadlet }) => (quadlet ? [[quadlet.path, quadlet.text] as const] : [])));
  if (files.size === 0) return;
  for (const [path, text] of files) {
    const exists = await host.readUnitFile(path).then(
      () => true,
      (thrown: unknown) => EngineError.from(thrown).reason !== 'gone',
    );
    if (!exists) await host.writeQuadlet(path, text);
  }
  await host.daemonReload();
}

function withUnits(plan: Plan, keys: readonly NodeKey[], unitOf: BringBackState['unitOf']): Plan {
  const nodes = new Map(plan.nodes);
  for (const key of keys) {
    const [planned, recipe] = [nodes.get(key), unitOf(key)];
    if (planned && recipe) nodes.set(key, { ...planned, systemd: { name: recipe.name, machine: recipe.machine } });
  }
  return { ...plan, nodes };
}
