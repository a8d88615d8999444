import path from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { projectRoot } from '../../../scripts/lab';

/** Typical size of an editor panel on a laptop. */
const viewport = { width: 1280, height: 800 };

/** A webview's built script in a browser page, with a mock of VS Code's webview API. */
export class WebviewPage {
  private constructor(
    private readonly page: Page,
    private readonly session: CDPSession,
  ) {}

  /** @param script relative to the project */
  static async open(browser: Browser, html: string, script: string): Promise<WebviewPage> {
    const page = await browser.newPage({ viewport });
    await page.setContent(html);
    // A string, because it runs in the page: this project's types have no DOM.
    await page.evaluate(`globalThis.acquireVsCodeApi = () => ({
      postMessage() {}, getState() {}, setState() {},
    });
    // Time from a message until the frame after it is done.
    globalThis.timed = (message) => new Promise((resolve) => {
      const data = JSON.parse(message);
      // In a separate task, like VS Code's messages.
      setTimeout(() => {
        const began = performance.now();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
        dispatchEvent(new MessageEvent('message', { data }));
      });
    }); undefined`);
    await page.addScriptTag({ path: path.join(projectRoot, script) });
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    return new WebviewPage(page, session);
  }

  /** Milliseconds from a message until it is rendered. */
  show(message: unknown): Promise<number> {
    return this.page.evaluate<number>(`timed(${JSON.stringify(JSON.stringify(message))})`);
  }

  /** Milliseconds of main thread work for a message and the frames after it. */
  async busy(message: unknown): Promise<number> {
    // Wait for earlier work. Without animations Chromium may never call an idle callback, hence the timeout.
    await this.page.evaluate(
      'new Promise((resolve) => setTimeout(() => requestIdleCallback(resolve, { timeout: 500 }), 100))',
    );
    const before = await this.taskTime();
    await this.show(message);
    await this.page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))');
    return (await this.taskTime()) - before;
  }

  /** Milliseconds per frame while the drawing moves on each frame. */
  pan(): Promise<number> {
    return this.page.evaluate<number>(`new Promise((resolve) => {
      const stage = document.getElementById('stage');
      const count = 120;
      const began = performance.now();
      let frame = 0;
      const step = () => {
        if (frame++ === count) return resolve((performance.now() - began) / count);
        stage.dispatchEvent(new WheelEvent('wheel', { deltaX: frame % 40 < 20 ? 15 : -15, shiftKey: true, cancelable: true }));
        requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    })`);
  }

  close(): Promise<void> {
    return this.page.close();
  }

  /** Excludes the measurement itself. */
  private async taskTime(): Promise<number> {
    const { metrics } = await this.session.send('Performance.getMetrics');
    const seconds = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? NaN;
    return (seconds('TaskDuration') - seconds('DevToolsCommandDuration')) * 1000;
  }
}
