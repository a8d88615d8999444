import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Frame, Locator, Page } from 'playwright-core';
import { waitFor } from '../waitFor';

/** A row of the tree. */
interface Row {
  readonly level: number;
  readonly label: string;
  readonly description: string;
  readonly ariaLabel: string;
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Drives Podgraph in a workbench by mouse and keyboard; elements are located by their text. */
export class PodgraphWindow {
  readonly dialog: Locator;
  readonly welcome: Locator;
  private readonly list: Locator;

  /** Screenshots are written to the folder. */
  constructor(
    readonly page: Page,
    private readonly folder: string,
  ) {
    mkdirSync(folder, { recursive: true });
    this.dialog = page.locator('.monaco-dialog-box');
    this.welcome = page.locator('.pane-body .welcome-view-content');
    this.list = page.locator('.pane-body .monaco-list').first();
  }

  /** The caller asserts the content first. */
  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: path.join(this.folder, `${name}.png`), animations: 'disabled' });
  }

  async openView(): Promise<void> {
    // The click closes a view that a reload has just restored.
    const icon = this.page.locator('.activitybar .action-item a[aria-label^="Podgraph"]');
    await open(this.page.locator('.pane-body').first(), () => icon.click());
  }

  row(label: string, nth = 0): Locator {
    const name = this.page.locator('.label-name', { hasText: new RegExp(`^${label}$`) });
    return this.list.locator('.monaco-list-row', { has: name }).nth(nth);
  }

  async rows(): Promise<Row[]> {
    // One evaluation, because rows change while they are read; a string, because the tests are compiled without DOM types.
    const read = `[...document.querySelectorAll('.pane-body .monaco-list-row')].map((row) => ({
      index: Number(row.dataset.index),
      level: Number(row.ariaLevel),
      label: row.querySelector('.label-name')?.textContent ?? '',
      description: row.querySelector('.label-description')?.textContent ?? '',
      ariaLabel: row.ariaLabel ?? '',
    }))`;
    const rows = await this.page.evaluate<(Row & { readonly index: number })[]>(read);
    return rows.sort((a, b) => a.index - b.index).map(({ index: _, ...row }) => row);
  }

  /** The tree as lines, indented. */
  async tree(): Promise<string[]> {
    return (await this.rows()).map(
      ({ level, label, description }) => `${'  '.repeat(level - 1)}${label} — ${description}`,
    );
  }

  /** The accessible labels of the rows, indented, once dependents are shown and the rows have stopped changing. */
  async settledLabels(): Promise<string[]> {
    await this.list
      .locator('.monaco-list-row', { hasText: /required by \d/ })
      .first()
      .waitFor();
    const read = async () => (await this.rows()).map(({ level, ariaLabel }) => '  '.repeat(level - 1) + ariaLabel);
    let before: string[] = [];
    for (let equalReads = 0; equalReads < 4;) {
      const now = await read();
      equalReads = now.join() === before.join() ? equalReads + 1 : 0;
      before = now;
      await pause(250);
    }
    return before;
  }

  async selectAll(): Promise<void> {
    await this.list.locator('.monaco-list-row').first().click();
    await this.page.keyboard.press('Control+A');
  }

  /**
   * Whether the tooltip of a row has this text within 3 s; moves there from another row. Rendering a row again closes its
   * tooltip: poll this.
   */
  async showsTooltip(row: Locator, text: string, other: Locator): Promise<boolean> {
    await other.hover();
    await row.hover();
    const shows = this.tooltip.filter({ hasText: text }).waitFor({ timeout: 3_000 });
    return shows.then(
      () => true,
      () => false,
    );
  }

  get tooltip(): Locator {
    return this.page.locator('.workbench-hover .rendered-markdown');
  }

  async contextMenu(row: Locator): Promise<Locator> {
    const menu = this.page.locator('.monaco-menu');
    // A menu closes if its row is rendered again.
    await open(menu.first(), () => row.click({ button: 'right' }));
    return menu.locator('.action-item:not(.disabled) .action-label:not(.separator)');
  }

  async chooseFromMenu(row: Locator, label: string): Promise<void> {
    const items = await this.contextMenu(row);
    await items.filter({ hasText: new RegExp(`^${label}$`) }).hover();
    // A new menu ignores clicks for a moment, but not keys.
    await this.page.keyboard.press('Enter');
    await this.page.locator('.monaco-menu').waitFor({ state: 'detached' });
  }

  async runFromPalette(command: string): Promise<void> {
    // A key is lost if the focused webview closes at that moment.
    await open(this.page.locator('.quick-input-widget input').first(), () => this.page.keyboard.press('F1'));
    await this.page.keyboard.type(command);
    const label = this.page.locator('.label-name', { hasText: new RegExp(`^${command}$`) });
    await this.page.locator('.quick-input-list .monaco-list-row.focused:visible', { has: label }).waitFor();
    await this.page.keyboard.press('Enter');
  }

  async clickInTitle(action: string): Promise<void> {
    await this.page.locator(`.part.sidebar .title-actions .action-label[aria-label="${action}"]`).click();
  }

  /** The text of the modal dialog, and its buttons, sorted. */
  async dialogContent(): Promise<{ message: string; detail: string; buttons: string[] }> {
    await this.dialog.waitFor();
    const message = oneLine(await this.dialog.locator('.dialog-message-text').innerText());
    const detail = oneLine(await this.dialog.locator('.dialog-message-detail').innerText());
    const buttons = await this.dialog.locator('.monaco-button').allInnerTexts();
    return { message, detail, buttons: buttons.map(oneLine).sort() };
  }

  async clickInDialog(label: string | RegExp): Promise<void> {
    const button = this.dialog.locator('.monaco-button', { hasText: label });
    await button.waitFor();
    // Another dialog may replace this one at once: wait for this element.
    const dialog = await this.dialog.elementHandle();
    await button.click();
    await dialog?.waitForElementState('hidden');
  }

  toast(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast', { hasText: text });
  }

  /** The result of a run: in the status bar after a short one, else in a notification. */
  result(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast, .statusbar-item', { hasText: text }).first();
  }

  async clickInToast(text: string | RegExp, button: string): Promise<void> {
    await this.toast(text).locator('.monaco-button', { hasText: button }).click();
  }

  async clearToasts(): Promise<void> {
    await this.runFromPalette('Notifications: Clear All Notifications');
    await this.page.locator('.notification-toast').waitFor({ state: 'detached' });
  }
}

/** The frame that contains an element. */
export function frameWith(page: Page, selector: string): Promise<Frame> {
  return waitFor(`a frame with ${selector}`, async () => {
    for (const frame of page.frames()) {
      const count = await frame
        .locator(selector)
        .count()
        .catch(() => 0); // the frame was detached
      if (count > 0) return frame;
    }
    return undefined;
  });
}

/** Repeats an action until the element is visible. */
async function open(element: Locator, act: () => Promise<void>): Promise<void> {
  const timeout = 5_000;
  for (let tries = 0; tries < 3; tries++) {
    await act();
    const isOpen = await element.waitFor({ timeout }).then(
      () => true,
      () => false,
    );
    if (isOpen) return;
  }
  throw new Error(`Not visible after three attempts: ${String(element)}`);
}
