import { type EngineLine, engineLine } from '../../../scripts/engines/lines';

/** The engine that this run holds to the contract. */
export const line: EngineLine = engineLine(process.env['PODGRAPH_ENGINE'] ?? 'podman-4.3');
export const isDocker = line === 'docker';
export const isDemo = line === 'demo';

type Table<T> = { readonly [L in EngineLine]?: T } & { readonly otherwise: T };

/** What this line answers where lines differ. The demo engine is held to what its profile's line does: Podman 5. */
export function byLine<T>(table: Table<T>): T {
  const as = isDemo && !('demo' in table) ? 'podman-5' : line;
  return table[as] ?? table.otherwise;
}
