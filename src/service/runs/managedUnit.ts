import { parseKey } from '../../graph/model/model';
import type { UnitContext, UnitResult } from './runContext';
import type { UnitStep } from './systemdUnit';
import { executeLifecycle } from './unitLifecycle';

/** Loads the bundle that calls systemd. */
export const loadSystemdUnit = () => import('./systemdUnit');

/** Whether systemd runs any of the unit's nodes. */
export function isManaged({ plan, unit }: Pick<UnitContext, 'plan' | 'unit'>): boolean {
  return unit.nodes.some((key) => plan.nodes.get(key)?.systemd !== undefined);
}

/** The nodes of a unit that systemd does not run; none of a pod that it runs. */
function withoutUnits({ plan, unit }: UnitContext) {
  const isPodManaged = unit.nodes.some((key) => parseKey(key).kind === 'pod' && plan.nodes.get(key)?.systemd);
  const others = unit.nodes.filter((key) => plan.nodes.get(key)?.systemd === undefined);
  return isPodManaged ? [] : others;
}

/** One attempt at a unit with nodes that systemd runs; the engine handles its other nodes. Never rejects. */
export async function executeManaged(context: UnitContext, step: UnitStep): Promise<UnitResult> {
  const result = await (await loadSystemdUnit()).executeThroughSystemd(context, step);
  const rest = withoutUnits(context);
  if (result.kind !== 'done' || rest.length === 0) return result;
  const targets = rest.filter((key) => parseKey(key).kind === 'container');
  return executeLifecycle({ ...context, unit: { ...context.unit, nodes: rest, targets } }, step);
}
