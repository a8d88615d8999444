import type { Engine } from '../../engine/engine';
import { EngineError } from '../../engine/error';
import type { UnitContainer } from '../../engine/systemd/systemd';
import { type EngineId, engineOf } from '../../graph/model/model';
import type { Plan } from '../../graph/plan/plan';

/** Makes the systemd of each engine read the changed files of a plan's units. Rejects with an `EngineError`. */
export async function reloadSystemd({ nodes }: Plan, engineFor: (id: EngineId) => Engine | undefined): Promise<void> {
  const due = new Map<EngineId, UnitContainer & { readonly machine: string }>();
  for (const { node, systemd } of nodes.values()) {
    if (!systemd?.needsReload) continue;
    due.set(engineOf(node.key), { key: node.key, unit: systemd.name, machine: systemd.machine });
  }
  await Promise.all(
    [...due].map(async ([id, { machine, ...container }]) => {
      const access = await engineFor(id)?.systemd([container], { machine });
      if (!access?.host) throw new EngineError('unreachable', access?.detail ?? 'systemd cannot be reached');
      await access.host.daemonReload();
    }),
  );
}
