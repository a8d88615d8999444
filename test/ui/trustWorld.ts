import { expect } from 'vitest';
import type { FakeFleet } from '../../src/demo/fleet';
import { DemoEngineServer } from '../servedEngine';
import { PreviewPage, TrustWorkbench } from './trustWorkbench';
import type { PodgraphWindow } from './window';

export const maliciousNames = '<img src=x onerror=alert(1)>';

/** A pod, a diamond, one that ignores TERM for long, a protected one with what it needs, one that systemd brings back. */
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
      labels: { PODMAN_SYSTEMD_UNIT: `${maliciousNames}.service` },
    },
  ],
};

/** A workbench that shows the fleet on a demo engine whose time runs as it does. */
export class TrustFixture {
  readonly preview: PreviewPage;

  private constructor(
    readonly served: DemoEngineServer,
    readonly workbench: TrustWorkbench,
  ) {
    this.preview = new PreviewPage(workbench.page);
  }

  static async start(): Promise<TrustFixture> {
    const served = await DemoEngineServer.start(fleet);
    let workbench: TrustWorkbench | undefined;
    try {
      workbench = await TrustWorkbench.start(served.socket);
      await workbench.window.openView();
      return new TrustFixture(served, workbench);
    } catch (thrown) {
      await workbench?.close();
      await served.stop();
      throw thrown;
    }
  }

  get window(): PodgraphWindow {
    return this.workbench.window;
  }

  /** Resolves when the whole fleet is there again, and seen. */
  async refill(): Promise<void> {
    this.served.refill(fleet);
    await expect
      .poll(() => this.window.tree())
      .toContainEqual(expect.stringMatching(/^registry — .*protected|^ {2}registry — .*protected/));
    await this.window.row('scratch').waitFor();
  }

  /** To be awaited together with the message that follows: it shows itself for a few seconds only. */
  async killSlow(): Promise<void> {
    const status = this.window.page.locator('.statusbar-item', { hasText: /Stopping slow .*: Kill Now/ });
    await status.locator('a').click();
  }

  async close(): Promise<void> {
    await this.workbench.close();
    await this.served.stop();
  }
}
