import type { Page } from 'playwright-core';

/** What the window has saved to IndexedDB, which it does every few seconds; only this survives a reload. */
export function savedTexts(page: Page): Promise<string[]> {
  // A string, because the scripts are compiled without DOM types.
  return page.evaluate<string[]>(`(async () => {
    const result = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const values = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await result(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        values.push(...(await result(database.transaction(store).objectStore(store).getAll())));
      }
      database.close();
    }
    return values.filter((value) => typeof value === 'string');
  })()`);
}
