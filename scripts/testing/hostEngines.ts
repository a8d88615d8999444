import { engineAvailable, type EngineVersion, type RunningEngine, startEngine } from '../engines/engine';
import { type Outcome, skip } from './outcome';

/** Environment variable with the host suite's engines as JSON. */
export const HOST_ENGINES = 'PODGRAPH_HOST_ENGINES';

/** Data to use an engine without production code. */
export type HostEngine = Pick<RunningEngine, 'line' | 'name' | 'flavour' | 'socket'>;

/** The isolated engines of a run of the host suite, initially empty. */
export class HostEngines {
  private constructor(
    readonly running: readonly RunningEngine[],
    /** Unavailable engines, as skips with the reason. */
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

  /** Value of the environment variable. */
  get environmentValue(): string {
    const engines: HostEngine[] = this.running.map(({ line, name, flavour, socket }) => ({
      ...{ line, name, flavour, socket },
    }));
    return JSON.stringify(engines);
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map((one) => one.stop()));
  }
}
