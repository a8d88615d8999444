import { type EngineFamily, type EngineVersion, engineLine, familyOf, RECIPES } from '../../../scripts/engines/lines';

/** The engine version under test. */
export const line: EngineVersion = engineLine(process.env['PODGRAPH_ENGINE'] ?? 'podman-4.3');
/** The version without its mode: rootless engines and those under systemd behave like the rootful one. */
export const family: EngineFamily = familyOf(line);
/** `npm run test:engines`, which also runs what takes long. */
export const isThorough = process.env['PODGRAPH_RECIPES'] !== undefined;
export const isDocker = family === 'docker';
export const isDemo = family === 'demo';
export const isUnderSystemd = line !== 'demo' && RECIPES[line].mode === 'systemd';

type Table<T> = { readonly [L in EngineFamily]?: T } & { readonly otherwise: T };

/** The value for this engine. The demo engine uses that of Podman 5 by default. */
export function byVersion<T>(table: Table<T>): T {
  const key = isDemo && !('demo' in table) ? 'podman-5' : family;
  return table[key] ?? table.otherwise;
}
