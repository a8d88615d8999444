import { ManualClock } from '../../src/manualClock';
import type { FakeFleet } from '../../src/demo/fleet';
import { noLatency } from '../../src/demo/faults';
import { DemoEngineServer } from '../servedEngine';
import type { PodgraphWindow } from './window';
import { UiWorkbench } from './workbench';

export interface DemoWorkbenchOptions {
  /** The engine's time stands still until it is moved, so that no step of a test can come too late. */
  readonly still?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A workbench that shows a demo engine, which answers at once, and nothing else; its view is open. */
export class DemoWorkbench {
  private constructor(
    readonly served: DemoEngineServer,
    readonly workbench: UiWorkbench,
  ) {}

  static async start(fleet: FakeFleet, { still = false, settings = {} }: DemoWorkbenchOptions = {}) {
    const time = still ? { clock: new ManualClock() } : {};
    const served = await DemoEngineServer.start(fleet, { ...time, latency: noLatency });
    let workbench: UiWorkbench | undefined;
    try {
      workbench = await UiWorkbench.start(served.socket, settings);
      await workbench.window.openView();
      return new DemoWorkbench(served, workbench);
    } catch (thrown) {
      await workbench?.close();
      await served.stop();
      throw thrown;
    }
  }

  get engine() {
    return this.served.engine;
  }

  get window(): PodgraphWindow {
    return this.workbench.window;
  }

  async close(): Promise<void> {
    await this.workbench.close();
    await this.served.stop();
  }
}
