import { engineAvailable, type EngineVersion } from './engine';
import type { RealVersion } from './lines';
import { usesHostEngine } from './prepare';
import { isOrdinaryUser } from './rootless';

/** The default Podman for this user: the machine's version if possible, else the first that is available. */
export async function usualPodman(): Promise<{ readonly line?: RealVersion; readonly reasons: readonly string[] }> {
  const lines: readonly RealVersion[] = isOrdinaryUser
    ? ['podman-5-rootless', 'podman-4.3-rootless']
    : ['podman-4.3', 'podman-5', 'podman-6'];
  for (const line of lines) if (await usesHostEngine(line)) return { line, reasons: [] };
  const reasons: string[] = [];
  for (const line of lines) {
    const availability = await engineAvailable(line);
    if (availability.available) return { line, reasons };
    reasons.push(availability.reason);
  }
  return { reasons: [...new Set(reasons)] };
}

/** The engines of `npm test`. */
export interface TestedLines {
  readonly all: readonly EngineVersion[];
  /** A real Podman for tests that need one. */
  readonly podman?: RealVersion;
}

/**
 * The engines of `npm test`; `npm run test:engines` adds the rest. An ordinary user has only rootless Podman; other systems
 * than Linux have only the demo engine.
 */
export async function testedLines(): Promise<TestedLines> {
  if (process.platform !== 'linux') return { all: ['demo'] };
  if (!isOrdinaryUser)
    return { all: ['demo', 'podman-4.3', 'podman-5', 'podman-5-rootless', 'docker'], podman: 'podman-4.3' };
  const { line = 'podman-5-rootless' } = await usualPodman();
  return { all: ['demo', line], podman: line };
}
