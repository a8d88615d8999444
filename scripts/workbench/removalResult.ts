import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';

/** Milliseconds; a multiple of the longest stop timeout, for slow machines. */
const REMOVAL_DEADLINE = 180_000;

/** A removal's result notification. */
export interface RemovalResult {
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

/** Reports the texts of notifications until the result, which is in the status bar after a short run. */
export async function waitForRemoval(page: Page, onProgress: (text: string) => void): Promise<RemovalResult> {
  const until = Date.now() + REMOVAL_DEADLINE;
  const seen = new Set<string>();
  while (Date.now() < until) {
    const toasts = await textsOf(page, '.notification-toast .notification-list-item-message');
    const result = [...toasts, ...(await textsOf(page, '.statusbar-item'))].find((text) =>
      /\bRemoved \d|\bNothing was removed\b/.test(text),
    );
    if (result !== undefined) return { message: result, failed: failuresIn(result) };
    for (const text of toasts.filter((one) => !seen.has(one))) {
      seen.add(text);
      onProgress(text);
    }
    await pause(50);
  }
  throw new Error(
    `No result after ${REMOVAL_DEADLINE / 1000} s; notifications were: ${[...seen].join(' | ') || 'none'}.`,
  );
}
