import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';

/** Where pictures of the suite's steps go, for people to look at. */
const screenshots = path.resolve(import.meta.dirname, '../../out/ui');

/** A row of the tree as it is seen and heard. */
export interface Row {
  readonly level: number;
  readonly label: string;
  readonly description: string;
  readonly spoken: string;
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Podgraph in a workbench, used as a person does: by mouse and keyboard, finding things by their words. */
export class PodgraphWindow {
  readonly dialog: Locator;
  readonly welcome: Locator;
  private readonly list: Locator;

  constructor(readonly page: Page) {
    mkdirSync(screenshots, { recursive: true });
    this.dialog = page.locator('.monaco-dialog-box');
    this.welcome = page.locator('.pane-body .welcome-view-content');
    this.list = page.locator('.pane-body .monaco-list').first();
  }

  /** Takes a picture. The caller has asserted what is to be seen in it. */
  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: path.join(screenshots, `${name}.png`), animations: 'disabled' });
  }

  async openView(): Promise<void> {
    // The click closes a view that a reload brought back a moment before.
    const icon = this.page.locator('.activitybar .action-item a[aria-label^="Podgraph"]');
    await open(this.page.locator('.pane-body').first(), () => icon.click());
  }

  row(label: string, nth = 0): Locator {
    const name = this.page.locator('.label-name', { hasText: new RegExp(`^${label}$`) });
    return this.list.locator('.monaco-list-row', { has: name }).nth(nth);
  }

  async rows(): Promise<Row[]> {
    // As text, since it runs in the page, all at once: rows come and go while they are read.
    const read = `[...document.querySelectorAll('.pane-body .monaco-list-row')].map((row) => ({
      index: Number(row.dataset.index),
      level: Number(row.ariaLevel),
      label: row.querySelector('.label-name')?.textContent ?? '',
      description: row.querySelector('.label-description')?.textContent ?? '',
      spoken: row.ariaLabel ?? '',
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

  async selectAll(): Promise<void> {
    await this.list.locator('.monaco-list-row').first().click();
    await this.page.keyboard.press('Control+A');
  }

  async contextMenu(row: Locator): Promise<Locator> {
    const menu = this.page.locator('.monaco-menu');
    // A menu closes if what it belongs to is drawn again.
    await open(menu.first(), () => row.click({ button: 'right' }));
    return menu.locator('.action-item:not(.disabled) .action-label:not(.separator)');
  }

  async chooseFromMenu(row: Locator, words: string): Promise<void> {
    const items = await this.contextMenu(row);
    await items.filter({ hasText: new RegExp(`^${words}$`) }).hover();
    // A menu takes no click for a moment after it opened; the key it always takes.
    await this.page.keyboard.press('Enter');
    await this.page.locator('.monaco-menu').waitFor({ state: 'detached' });
  }

  async runFromPalette(command: string): Promise<void> {
    // A key that is pressed while the page that has the focus goes away is lost.
    await open(this.page.locator('.quick-input-widget input').first(), () => this.page.keyboard.press('F1'));
    await this.page.keyboard.type(command);
    const label = this.page.locator('.label-name', { hasText: new RegExp(`^${command}$`) });
    await this.page.locator('.quick-input-list .monaco-list-row.focused:visible', { has: label }).waitFor();
    await this.page.keyboard.press('Enter');
  }

  async pressInTitle(action: string): Promise<void> {
    await this.page.locator(`.part.sidebar .title-actions .action-label[aria-label="${action}"]`).click();
  }

  /** What a modal dialog says, and its buttons in the order in which they were given. */
  async question(): Promise<{ message: string; detail: string; buttons: string[] }> {
    await this.dialog.waitFor();
    const message = oneLine(await this.dialog.locator('.dialog-message-text').innerText());
    const detail = oneLine(await this.dialog.locator('.dialog-message-detail').innerText());
    const buttons = await this.dialog.locator('.monaco-button').allInnerTexts();
    return { message, detail, buttons: buttons.map(oneLine).sort() };
  }

  async answer(words: string | RegExp): Promise<void> {
    const button = this.dialog.locator('.monaco-button', { hasText: words });
    await button.waitFor();
    // The next question may stand there before this one's end could be seen: wait for just this one.
    const asked = await this.dialog.elementHandle();
    await button.click();
    await asked?.waitForElementState('hidden');
  }

  toast(words: string | RegExp): Locator {
    return this.page.locator('.notification-toast', { hasText: words });
  }

  async pressInToast(words: string | RegExp, button: string): Promise<void> {
    await this.toast(words).locator('.monaco-button', { hasText: button }).click();
  }

  async clearToasts(): Promise<void> {
    await this.runFromPalette('Notifications: Clear All Notifications');
    await this.page.locator('.notification-toast').waitFor({ state: 'detached' });
  }
}

/** Does what opens something until it is open, as people do. */
async function open(wanted: Locator, act: () => Promise<void>): Promise<void> {
  const timeout = 5_000;
  for (let tries = 0; tries < 3; tries++) {
    await act();
    const isOpen = await wanted.waitFor({ timeout }).then(
      () => true,
      () => false,
    );
    if (isOpen) return;
  }
  throw new Error(`What was to be opened is not there: ${String(wanted)}`);
}
