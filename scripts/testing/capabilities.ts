import { createEngine } from '../../src/engine/createEngine';
import { systemClock } from '../../src/clock';
import type { Capabilities } from '../../src/engine/engine';
import { type EngineVersion, startEngine } from '../engines/engine';

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
