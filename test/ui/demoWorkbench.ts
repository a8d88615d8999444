import { ManualClock } from '../../src/manualClock';
import type { FakeFleet } from '../../src/demo/fleet';
import { noLatency } from '../../src/demo/core';
import { DemoEngineServer } from '../servedEngine';
import type { PodgraphWindow } from '../../scripts/workbench/podgraphWindow';
import { UiWorkbench } from './workbench';

export interface DemoWorkbenchOptions {
  /** The engine's clock advances only on request, so that no test depends on timing. */
  readonly manualClock?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A workbench with an open Podgraph view that shows only a demo engine without latency. */
export class DemoWorkbench {
  private constructor(
    readonly server: DemoEngineServer,
    readonly workbench: UiWorkbench,
  ) {}

  static async start(fleet: FakeFleet, { manualClock = false, settings = {} }: DemoWorkbenchOptions = {}) {
    const time = manualClock ? { clock: new ManualClock() } : {};
    const server = await DemoEngineServer.start(fleet, { ...time, latency: noLatency });
    let workbench: UiWorkbench | undefined;
    try {
      workbench = await UiWorkbench.start(server.socket, settings);
      await workbench.window.openView();
      return new DemoWorkbench(server, workbench);
    } catch (thrown) {
      await workbench?.close();
      await server.stop();
      throw thrown;
    }
  }

  get engine() {
    return this.server.engine;
  }

  get window(): PodgraphWindow {
    return this.workbench.window;
  }

  async close(): Promise<void> {
    await this.workbench.close();
    await this.server.stop();
  }
}
