import { engineAvailable, type EngineVersion, type RunningEngine, startEngine } from '../engines/engine';
import { type Outcome, skip } from './outcome';

/** Name of the environment variable that tells the suite inside VS Code of its engines, as JSON. */
export const HOST_ENGINES = 'PODGRAPH_HOST_ENGINES';

/** What the suite must know of an engine to fill it, to show it, and to ask it past all production code. */
export type HostEngine = Pick<RunningEngine, 'line' | 'name' | 'flavour' | 'socket'>;

/** The private engines of one run of the host suite: empty, all there at once. */
export class HostEngines {
  private constructor(
    readonly running: readonly RunningEngine[],
    /** The lines that cannot be had here, each as a skip with its reason. */
    readonly missing: readonly Outcome[],
  ) {}

  static async start(lines: readonly EngineVersion[]): Promise<HostEngines> {
    const running: RunningEngine[] = [];
    const missing: Outcome[] = [];
    try {
      for (const line of lines) {
        const availability = await engineAvailable(line);
        if (availability.available) running.push(await startEngine(line));
        else missing.push(skip(`host on ${line}`, availability.reason, line));
      }
    } catch (error) {
      await Promise.all(running.map((one) => one.stop()));
      throw error;
    }
    return new HostEngines(running, missing);
  }

  /** For the environment of the run. */
  get told(): string {
    const engines: HostEngine[] = this.running.map(({ line, name, flavour, socket }) => ({
      ...{ line, name, flavour, socket },
    }));
    return JSON.stringify(engines);
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map((one) => one.stop()));
  }
}
