import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';

/** Milliseconds; a multiple of the longest stop timeout, for slow machines. */
const DEADLINE = 180_000;

/** The result message of a run. */
export interface RunResult {
  readonly message: string;
  readonly failed: number;
}

/** Number of failures in a result, listed (`db failed (busy).`) or counted (`3 more failed.`). */
function failuresIn(text: string): number {
  return (text.match(/ failed \(/g) ?? []).length + Number(/(\d+) more failed/.exec(text)?.[1] ?? 0);
}

/** Texts of elements, each on one line. */
async function textsOf(page: Page, selector: string): Promise<string[]> {
  return (await page.locator(selector).allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
}

/** Prints the texts of notifications until the result, which is in the status bar after a short run. */
export async function waitForResult(page: Page, pattern: RegExp): Promise<RunResult> {
  const until = Date.now() + DEADLINE;
  const seen = new Set<string>();
  while (Date.now() < until) {
    const toasts = await textsOf(page, '.notification-toast .notification-list-item-message');
    const result = [...toasts, ...(await textsOf(page, '.statusbar-item'))].find((text) => pattern.test(text));
    if (result !== undefined) return { message: result, failed: failuresIn(result) };
    for (const text of toasts.filter((one) => !seen.has(one))) {
      seen.add(text);
      console.log(`  ${text}`);
    }
    await pause(50);
  }
  throw new Error(`No result after ${DEADLINE / 1000} s; notifications were: ${[...seen].join(' | ') || 'none'}.`);
}
