import { parseArgs } from 'node:util';
import type { EngineVersion } from '../engines/engine';
import { engineLine } from '../engines/lines';
import { usualPodman } from '../engines/defaultEngines';
import { isOnPath, log } from '../process';

interface StartOptions {
  /** Run the unattended check instead of opening VS Code. */
  readonly check: boolean;
  readonly line: EngineVersion;
}

/** The default Podman, or the demo engine with a warning if none is available. */
async function usualLine(): Promise<EngineVersion> {
  const { line, reasons } = await usualPodman();
  if (line) return line;
  log(`NO PODMAN AVAILABLE (${reasons.join('; ')}): using the demo engine, whose containers are not real`);
  return 'demo';
}

/** Parses the arguments of `npm start`: `--check`, `--engine LINE`. */
export async function startOptions(): Promise<StartOptions> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, engine: { type: 'string' } } });
  return { check: values.check, line: values.engine === undefined ? await usualLine() : engineLine(values.engine) };
}

/** Whether to open a desktop VS Code. PODGRAPH_HOST overrides the detection. */
export async function opensDesktop(): Promise<boolean> {
  const requested = process.env['PODGRAPH_HOST'];
  if (requested) return requested === 'desktop';
  const screen = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
  return screen && isOnPath('code');
}
