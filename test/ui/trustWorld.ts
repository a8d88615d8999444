import { expect } from 'vitest';
import type { FakeFleet } from '../../src/demo/fleet';
import { DemoEngineServer } from '../servedEngine';
import { PreviewPage, TrustWorkbench } from './trustWorkbench';
import type { PodgraphWindow } from '../../scripts/workbench/podgraphWindow';

export const maliciousName = '<img src=x onerror=alert(1)>';

/** A pod, a diamond, a container that ignores SIGTERM, a protected one with a dependency, one restarted by Swarm. */
const fleet: FakeFleet = {
  pods: [{ name: 'shop' }],
  containers: [
    { name: 'web', pod: 'shop' },
    { name: 'cart', pod: 'shop', state: 'exited', exitCode: 1 },
    { name: 'base' },
    { name: 'left', dependsOn: { net: 'base' } },
    { name: 'right', dependsOn: { requires: ['base'] } },
    { name: 'top', dependsOn: { requires: ['left', 'right'] } },
    { name: 'slow', stubborn: true, stopTimeout: 120 },
    { name: 'vault' },
    { name: 'registry', dependsOn: { requires: ['vault'] }, labels: { 'podgraph.protect': 'true' } },
    {
      name: 'scratch',
      state: 'created',
      volumes: ['/data'],
      labels: { 'com.docker.swarm.service.id': maliciousName },
    },
  ],
};

const names = new Set([...fleet.pods, ...fleet.containers].map(({ name }) => name));

/** A workbench with the fleet on a demo engine in real time. */
export class TrustFixture {
  readonly preview: PreviewPage;

  private constructor(
    readonly server: DemoEngineServer,
    readonly workbench: TrustWorkbench,
  ) {
    this.preview = new PreviewPage(workbench.page);
  }

  static async start(): Promise<TrustFixture> {
    const server = await DemoEngineServer.start(fleet);
    let workbench: TrustWorkbench | undefined;
    try {
      workbench = await TrustWorkbench.start(server.socket);
      await workbench.window.openView();
      return new TrustFixture(server, workbench);
    } catch (thrown) {
      await workbench?.close();
      await server.stop();
      throw thrown;
    }
  }

  get window(): PodgraphWindow {
    return this.workbench.window;
  }

  /** Restores the fleet; resolves when the tree shows it. */
  async refill(): Promise<void> {
    // A row of a removed container may outlive it for a moment, and would pass for the new one of the same name.
    await this.waitUntilTreeMatches();
    this.server.refill(fleet);
    await this.waitUntilTreeMatches();
  }

  private async waitUntilTreeMatches(): Promise<void> {
    const labels = async () => new Set((await this.window.rows()).map(({ label }) => label));
    const shown = async () => [...(await labels())].filter((label) => names.has(label)).sort();
    await expect.poll(shown).toEqual(this.server.names());
  }

  /** Await it together with the notification that follows, which is visible for a few seconds only. */
  async killSlow(): Promise<void> {
    const status = this.window.page.locator('.statusbar-item', { hasText: /Stopping slow .*: Kill Now/ });
    await status.locator('a').click();
  }

  async close(): Promise<void> {
    await this.workbench.close();
    await this.server.stop();
  }
}
