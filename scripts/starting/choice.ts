import { parseArgs } from 'node:util';
import type { EngineVersion } from '../engines/engine';
import { engineLine } from '../engines/lines';
import { usualPodman } from '../engines/usual';
import { isOnPath, log } from '../process';

export interface StartOptions {
  /** Do the whole job unattended and end, instead of opening the editor for a person. */
  readonly check: boolean;
  readonly line: EngineVersion;
}

/** A real Podman, the machine's own first; the demo engine where none can be had, said out loud. */
async function usualLine(): Promise<EngineVersion> {
  const { line, reasons } = await usualPodman();
  if (line) return line;
  log(`NO REAL PODMAN HERE (${reasons.join('; ')}): this is the demo engine, nothing in it is real`);
  return 'demo';
}

/** Reads `npm start`'s arguments: `--check`, `--engine LINE`. */
export async function startOptions(): Promise<StartOptions> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, engine: { type: 'string' } } });
  return { check: values.check, line: values.engine === undefined ? await usualLine() : engineLine(values.engine) };
}

/** Whether a person can be shown a desktop VS Code here. PODGRAPH_HOST decides if it is set. */
export async function opensDesktop(): Promise<boolean> {
  const asked = process.env['PODGRAPH_HOST'];
  if (asked) return asked === 'desktop';
  const screen = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
  return screen && isOnPath('code');
}
