import type { Locator, Page } from 'playwright-core';

/** A removal may take as long as the slowest container's grace period, many times over on a slow machine. */
const REMOVAL_DEADLINE = 180_000;

/** How a removal ended, as the editor told it. */
export interface ToldResult {
  readonly message: string;
  readonly failed: number;
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

  /** Clicks Podgraph's icon and waits until the tree shows something. */
  async openTree(): Promise<void> {
    await this.page.locator('.activitybar .action-item a[aria-label^="Podgraph"]').click();
    await this.tree.first().waitFor();
  }

  /** The rows in view, each as a screen reader says it. */
  async rows(): Promise<string[]> {
    const words = async (row: Locator) => {
      const level = Number(await row.getAttribute('aria-level'));
      const label = (await row.getAttribute('aria-label')) ?? (await row.innerText());
      return '  '.repeat(Math.max(0, level - 1)) + label.replace(/\s+/g, ' ');
    };
    return Promise.all((await this.tree.all()).map(words));
  }

  private toast(words: RegExp): Locator {
    return this.page.locator('.notification-toast', { hasText: words });
  }

  /** Runs Remove All from the palette. Returns the words of the question. */
  async askToRemoveAll(): Promise<string> {
    await this.page.keyboard.press('F1');
    await this.page.locator('.quick-input-widget input').first().waitFor();
    await this.page.keyboard.type('Podgraph: Remove All');
    const entry = this.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Podgraph: Remove All' });
    await entry.first().waitFor();
    await this.page.keyboard.press('Enter');
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    return (await dialog.innerText()).replace(/\s+/g, ' ').trim();
  }

  /** Presses the button that removes everything, what runs too. */
  async confirm(): Promise<void> {
    await this.page
      .locator('.monaco-dialog-box .monaco-button', { hasText: /^(Stop and )?Remove \d+/ })
      .first()
      .click();
  }

  /** Follows the progress until the result is told. */
  async watchRemoval(onProgress: (words: string) => void): Promise<ToldResult> {
    const result = this.toast(/\bRemoved\b|\bremoved\b.*\.|Nothing was removed/);
    const progress = this.toast(/^\s*(Podgraph\W*)?Removing \d+/);
    const until = Date.now() + REMOVAL_DEADLINE;
    let last = '';
    while (Date.now() < until) {
      const words = (
        await progress
          .first()
          .innerText({ timeout: 250 })
          .catch(() => '')
      )
        .replace(/\s+/g, ' ')
        .trim();
      if (words && words !== last) {
        if (!last) await this.screenshot('3-progress');
        onProgress((last = words));
      }
      if ((await result.count()) > 0) {
        const message = (await result.first().innerText()).replace(/\s+/g, ' ').trim();
        return { message, failed: Number(/(\d+) failed/.exec(message)?.[1] ?? 0) };
      }
    }
    await this.screenshot('hung');
    throw new Error(`No result after ${REMOVAL_DEADLINE / 1000} s; the last progress was "${last}".`);
  }
}
