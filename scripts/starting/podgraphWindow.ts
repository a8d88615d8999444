import { setTimeout as pause } from 'node:timers/promises';
import type { Frame, Locator, Page } from 'playwright-core';

/** A removal may take as long as the slowest container's grace period, many times over on a slow machine. */
const REMOVAL_DEADLINE = 180_000;

/** The panel's page is loaded and drawn long before. */
const DRAWING_DEADLINE = 30_000;

const nodeIn = (frame: Frame, name: string) =>
  frame.locator('#drawing .node', { has: frame.locator('.name', { hasText: new RegExp(`^${name}$`) }) });

/** How a removal ended, as the editor told it. */
export interface NotificationResult {
  readonly message: string;
  readonly failed: number;
}

/** Failures that a result names one by one (`db failed (busy).`) and those it only counts (`3 more failed.`). */
function failuresIn(words: string): number {
  return (words.match(/ failed \(/g) ?? []).length + Number(/(\d+) more failed/.exec(words)?.[1] ?? 0);
}

/** Podgraph in a workbench, as a person sees and uses it: by its words alone. */
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

  /** Clicks Podgraph's icon and waits until the tree shows who needs whom (edges come after the first list). */
  async openTree(): Promise<void> {
    await this.page.locator('.activitybar .action-item a[aria-label^="Podgraph"]').click();
    await this.tree
      .filter({ hasText: /needed by \d/ })
      .first()
      .waitFor();
  }

  /** Opens every row that can be opened, once the tree has stopped changing. */
  async expandAll(): Promise<void> {
    await this.rows();
    const closed = this.page.locator('.pane-body .monaco-list-row[aria-expanded="false"]');
    while ((await closed.count()) > 0) {
      await closed.first().click();
      await this.page.locator('.pane-body .monaco-list-row.focused[aria-expanded="true"]').waitFor();
    }
  }

  /** The rows in view, indented, each as a screen reader says it, once they have stopped changing. */
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
    // As text, since it runs in the page: all rows in one look, because the tree changes under a slower one.
    return this.page.evaluate<string[]>(`[...document.querySelectorAll('.pane-body .monaco-list-row')].map((row) =>
      '  '.repeat(Math.max(0, Number(row.getAttribute('aria-level')) - 1)) + (row.getAttribute('aria-label') ?? row.textContent))`);
  }

  /** What notifications say at this moment, progress among them. */
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

  /** The drawing in its panel, once a node of this name is in it. */
  async drawing(name: string): Promise<Frame> {
    await this.page.locator('iframe.webview.ready').waitFor();
    const until = Date.now() + DRAWING_DEADLINE;
    for (;;) {
      for (const frame of this.page.frames()) {
        if ((await nodeIn(frame, name).count()) > 0) return frame;
      }
      if (Date.now() > until) throw new Error(`${name} was not drawn in ${DRAWING_DEADLINE / 1000} s.`);
      await pause(100);
    }
  }

  /** Points at a node of the drawing. */
  async pointAt(name: string): Promise<void> {
    await nodeIn(await this.drawing(name), name).hover();
  }

  /** Runs Remove All from the palette. Returns the words of the question. */
  async clickRemoveAll(): Promise<string> {
    await this.run('Podgraph: Remove All');
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    const words = dialog.locator('.dialog-message-text, .dialog-message-detail');
    return (await words.allInnerTexts()).join(' ').replace(/\s+/g, ' ').trim();
  }

  /** Presses the button that removes everything, what runs too. */
  async confirm(): Promise<void> {
    const buttons = this.page.locator('.monaco-dialog-box .monaco-button');
    const stopping = buttons.filter({ hasText: /^Stop and Remove \d+$/ });
    await ((await stopping.count()) > 0 ? stopping : buttons.filter({ hasText: /^Remove \d+$/ })).click();
  }

  /** Follows the progress until the result is told. */
  async waitForRemoval(onProgress: (words: string) => void): Promise<NotificationResult> {
    const until = Date.now() + REMOVAL_DEADLINE;
    const seen = new Set<string>();
    while (Date.now() < until) {
      for (const words of await this.toasts()) {
        if (seen.has(words)) continue;
        seen.add(words);
        if (/\b(Removed|removed)\b/.test(words) && !/^(Removing|Finishing)/.test(words))
          return { message: words, failed: failuresIn(words) };
        onProgress(words);
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
