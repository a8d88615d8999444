import { type EngineFamily, type EngineVersion, engineLine, familyOf, RECIPES } from '../../../scripts/engines/lines';

/** The engine that this run holds to the contract. */
export const line: EngineVersion = engineLine(process.env['PODGRAPH_ENGINE'] ?? 'podman-4.3');
/** The line without its mode: rootless engines and those under systemd answer like the rootful one of their version. */
export const family: EngineFamily = familyOf(line);
export const isDocker = family === 'docker';
export const isDemo = family === 'demo';
export const isUnderSystemd = line !== 'demo' && RECIPES[line].mode === 'systemd';

type Table<T> = { readonly [L in EngineFamily]?: T } & { readonly otherwise: T };

/** What this line answers where lines differ. The demo engine is held to what its profile's line does: Podman 5. */
export function byVersion<T>(table: Table<T>): T {
  const as = isDemo && !('demo' in table) ? 'podman-5' : family;
  return table[as] ?? table.otherwise;
}
