import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ManualClock } from '../../src/demo/clock';
import { DemoEngine } from '../../src/demo/engine';
import type { Fleet } from '../../src/demo/fleet';
import { noLatency } from '../../src/demo/latency';
import type { PodgraphWindow } from './window';
import { UiWorkbench } from './workbench';

/** A name that is HTML, Markdown and a link to a command. */
export const hostile = '<img src=x onerror=alert(1)> **b** [l](command:podgraph.removeAll)';
const project = { 'com.docker.compose.project': hostile };

/** A pod, a diamond whose top takes its time to stop, a pair of which one can be made to fail, a project with a hostile name. */
const fleet: Fleet = {
  pods: [{ name: 'shop' }],
  containers: [
    { name: 'web', pod: 'shop' },
    { name: 'cart', pod: 'shop', dependsOn: { pid: 'web' }, state: 'exited', exitCode: 1 },
    { name: 'base' },
    { name: 'left', dependsOn: { net: 'base' } },
    { name: 'right', dependsOn: { requires: ['base'] } },
    { name: 'top', dependsOn: { requires: ['left', 'right'] }, stubborn: true, stopTimeout: 8 },
    { name: 'root' },
    { name: 'leaf', dependsOn: { requires: ['root'] } },
    { name: 'vault', labels: { 'podgraph.protect': 'true' } },
    { name: 'one', labels: project },
    { name: 'two', labels: project, dependsOn: { volumesFrom: ['one'] } },
    { name: 'scratch', state: 'created' },
  ],
};

/** A workbench that shows the fleet on a demo engine, whose time stands still until it is moved. */
export class GraphWorld {
  private constructor(
    readonly engine: DemoEngine,
    private readonly workbench: UiWorkbench,
    private readonly folder: string,
  ) {}

  static async start(): Promise<GraphWorld> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'podgraph-ui-graph-'));
    const socket = path.join(folder, 'engine.sock');
    const engine = new DemoEngine({ profile: '5', clock: new ManualClock(), latency: noLatency });
    engine.addFleet(fleet);
    await engine.listen(socket);
    const workbench = await UiWorkbench.showing({
      'podgraph.connections': [`unix://${socket}`],
      'workbench.colorTheme': 'Default Dark Modern',
    });
    return new GraphWorld(engine, workbench, folder);
  }

  get window(): PodgraphWindow {
    return this.workbench.window;
  }

  /** Adds the pod with its members once more. */
  addPod() {
    this.engine.addFleet({ pods: fleet.pods, containers: fleet.containers.filter(({ pod }) => pod) });
  }

  idOf(name: string): string {
    return this.engine.state().containers.find((one) => one.name === name)?.id ?? '';
  }

  async close(): Promise<void> {
    await this.workbench.close();
    await this.engine.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
