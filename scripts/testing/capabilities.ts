import { createEngine } from '../../src/engine/createEngine';
import { systemClock } from '../../src/clock';
import type { Capabilities } from '../../src/engine/engine';
import { type EngineVersion, startEngine } from '../engines/engine';

/** What an engine of a line calls itself, and what Podgraph believes that it can do. */
export async function askCapabilities(
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
