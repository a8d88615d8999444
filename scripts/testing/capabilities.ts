import { createRequire } from 'node:module';
import { systemClock } from '../../src/clock';
import type * as Engines from '../../src/engine/createEngine';
import type { Capabilities } from '../../src/engine/engine';
import { type EngineVersion, startEngine } from '../engines/engine';

// As CommonJS: tsx cannot resolve the dynamic imports of a CommonJS module that an ES module imports.
const { createEngine } = createRequire(import.meta.url)('../../src/engine/createEngine') as typeof Engines;

/** Name of an engine and the capabilities that Podgraph detects. */
export async function detectCapabilities(
  line: EngineVersion,
): Promise<{ engine: string; capabilities: Partial<Capabilities> }> {
  const running = await startEngine(line);
  const kind = process.platform === 'win32' ? 'npipe' : 'unix';
  const engine = createEngine({ id: line, address: { kind, path: running.socket } }, systemClock);
  try {
    return { engine: running.name, capabilities: (await engine.connect()).capabilities };
  } finally {
    engine.close();
    await running.stop();
  }
}
