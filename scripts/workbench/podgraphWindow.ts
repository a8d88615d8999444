import { setTimeout as pause } from 'node:timers/promises';
import type { Frame, Locator, Page } from 'playwright-core';

/** Milliseconds; a multiple of the longest stop timeout, for slow machines. */
const REMOVAL_DEADLINE = 180_000;

/** Milliseconds to load and render the graph panel. */
const GRAPH_DEADLINE = 30_000;

const nodeIn = (frame: Frame, name: string) =>
  frame.locator('#drawing .node', { has: frame.locator('.name', { hasText: new RegExp(`^${name}$`) }) });

/** A removal's result notification. */
export interface NotificationResult {
  readonly message: string;
  readonly failed: number;
}

/** Number of failures in a result, listed (`db failed (busy).`) or counted (`3 more failed.`). */
function failuresIn(text: string): number {
  return (text.match(/ failed \(/g) ?? []).length + Number(/(\d+) more failed/.exec(text)?.[1] ?? 0);
}

/** Drives Podgraph in a workbench through its UI. */
export class PodgraphWindow {
  constructor(
    private readonly page: Page,
    private readonly shot: (name: string) => string,
  ) {}

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: this.shot(name) });
  }

  private get tree(): Locator {
    return this.page.locator('.pane-body .monaco-list-row');
  }

  /** Clicks Podgraph's icon and waits until the tree shows dependents (edges come after the first list). */
  async openTree(): Promise<void> {
    await this.page.locator('.activitybar .action-item a[aria-label^="Podgraph"]').click();
    await this.tree
      .filter({ hasText: /required by \d/ })
      .first()
      .waitFor();
  }

  /** Expands every row, once the tree has stopped changing. */
  async expandAll(): Promise<void> {
    await this.rows();
    const collapsed = this.page.locator('.pane-body .monaco-list-row[aria-expanded="false"]');
    while ((await collapsed.count()) > 0) {
      await collapsed.first().click();
      await this.page.locator('.pane-body .monaco-list-row.focused[aria-expanded="true"]').waitFor();
    }
  }

  /** The visible rows, indented, as accessible labels, once they have stopped changing. */
  async rows(): Promise<string[]> {
    let before: string[] = [];
    for (let same = 0; same < 4;) {
      const now = await this.rowsNow();
      same = now.join() === before.join() ? same + 1 : 0;
      before = now;
      await pause(250);
    }
    return before;
  }

  private rowsNow(): Promise<string[]> {
    // A string, because it runs in the page: reads all rows at once, because the tree may change.
    return this.page.evaluate<string[]>(`[...document.querySelectorAll('.pane-body .monaco-list-row')].map((row) =>
      '  '.repeat(Math.max(0, Number(row.getAttribute('aria-level')) - 1)) + (row.getAttribute('aria-label') ?? row.textContent))`);
  }

  /** Texts of all notifications, including progress. */
  private async toasts(): Promise<string[]> {
    const texts = await this.page.locator('.notification-toast .notification-list-item-message').allInnerTexts();
    return texts.map((text) => text.replace(/\s+/g, ' ').trim());
  }

  /** Runs a command from the palette. */
  async run(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.page.locator('.quick-input-widget input').first().waitFor();
    await this.page.keyboard.type(title);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().waitFor();
    await this.page.keyboard.press('Enter');
  }

  /** The graph panel's frame, once it has a node of this name. */
  async graphFrame(name: string): Promise<Frame> {
    await this.page.locator('iframe.webview.ready').waitFor();
    const until = Date.now() + GRAPH_DEADLINE;
    for (;;) {
      for (const frame of this.page.frames()) {
        if ((await nodeIn(frame, name).count()) > 0) return frame;
      }
      if (Date.now() > until) throw new Error(`${name} was not rendered within ${GRAPH_DEADLINE / 1000} s.`);
      await pause(100);
    }
  }

  /** Hovers a node of the graph. */
  async pointAt(name: string): Promise<void> {
    await nodeIn(await this.graphFrame(name), name).hover();
  }

  /** Runs Remove All from the palette. Returns the text of the confirmation. */
  async clickRemoveAll(): Promise<string> {
    await this.run('Podgraph: Remove All');
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    const texts = dialog.locator('.dialog-message-text, .dialog-message-detail');
    return (await texts.allInnerTexts()).join(' ').replace(/\s+/g, ' ').trim();
  }

  /** Clicks the button that also removes running containers. */
  async confirm(): Promise<void> {
    const buttons = this.page.locator('.monaco-dialog-box .monaco-button');
    const stopping = buttons.filter({ hasText: /^Stop and Remove \d+$/ });
    await ((await stopping.count()) > 0 ? stopping : buttons.filter({ hasText: /^Remove \d+$/ })).click();
  }

  /** Reports progress until the result notification. */
  async waitForRemoval(onProgress: (text: string) => void): Promise<NotificationResult> {
    const until = Date.now() + REMOVAL_DEADLINE;
    const seen = new Set<string>();
    while (Date.now() < until) {
      for (const text of await this.toasts()) {
        if (seen.has(text)) continue;
        seen.add(text);
        if (/\b(Removed|removed)\b/.test(text) && !/^(Removing|Finishing)/.test(text))
          return { message: text, failed: failuresIn(text) };
        onProgress(text);
        if (seen.size === 2) await this.screenshot('3-progress');
      }
      await pause(50);
    }
    await this.screenshot('hung');
    throw new Error(
      `No result after ${REMOVAL_DEADLINE / 1000} s; notifications were: ${[...seen].join(' | ') || 'none'}.`,
    );
  }
}
