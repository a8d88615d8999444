import type { Frame, Locator, Page } from 'playwright-core';
import { vi } from 'vitest';

/** A node of the drawing as it is seen. */
export interface Seen {
  readonly name: string;
  /** What it does, or what is done with it. */
  readonly line: string;
  /** Selected, lit, gone and so on. */
  readonly marks: readonly string[];
  /** The number of its wave. */
  readonly stamp: string;
  readonly place: string;
}

/** The drawing in its panel, used as a person does: by mouse and keyboard. */
export class GraphWindow {
  private constructor(
    private readonly page: Page,
    private readonly frame: Frame,
  ) {}

  /** Resolves when the panel stands and has something drawn. */
  static async opened(page: Page): Promise<GraphWindow> {
    const frame = await frameWith(page, '#drawing .node');
    return new GraphWindow(page, frame);
  }

  get status(): Locator {
    return this.frame.locator('#status');
  }

  get note(): Locator {
    return this.frame.locator('#note');
  }

  button(id: string): Locator {
    return this.frame.locator(`button#${id}`);
  }

  search(): Locator {
    return this.frame.locator('#search');
  }

  async nodes(): Promise<Seen[]> {
    // As text, since it runs in the page: tests themselves know no DOM.
    return this.frame.evaluate<Seen[]>(`[...document.querySelectorAll('#drawing .node')].map((node) => ({
      name: node.querySelector('.name').textContent,
      line: node.querySelector('.line').textContent,
      marks: [...node.classList].sort(),
      stamp: node.querySelector('.stamp text')?.textContent ?? '',
      place: ['x', 'y'].map((name) => node.querySelector('rect').getAttribute(name)).join(' '),
    }))`);
  }

  async names(): Promise<string[]> {
    return (await this.nodes()).map(({ name }) => name);
  }

  /** What is seen of the name that would be markup. */
  async hostile(): Promise<string[]> {
    return (await this.names()).filter((name) => name.startsWith('<'));
  }

  /** The wave of each node that a plan takes. */
  async stamps(): Promise<Record<string, string>> {
    return Object.fromEntries((await this.nodes()).flatMap(({ name, stamp }) => (stamp ? [[name, stamp]] : [])));
  }

  /** The names of the nodes with a mark. */
  async marked(mark: string): Promise<string[]> {
    return (await this.nodes()).flatMap(({ name, marks }) => (marks.includes(mark) ? [name] : [])).sort();
  }

  async lines(): Promise<Record<string, string>> {
    return Object.fromEntries((await this.nodes()).map(({ name, line }) => [name, line]));
  }

  /** What is heard of each node. */
  async spoken(): Promise<string[]> {
    const read = `[...document.querySelectorAll('#tree [role=treeitem]')].map((item) => item.ariaLabel)`;
    return this.frame.evaluate<string[]>(read);
  }

  /** How many elements there are that only markup in a name could have made. */
  async strangers(): Promise<number> {
    return this.frame.locator('img, a, b, iframe, object').count();
  }

  /** Where a node's name is on the screen. */
  async at(name: string): Promise<{ x: number; y: number }> {
    const box = await this.frame.locator('#drawing text.name', { hasText: new RegExp(`^${name}$`) }).boundingBox();
    if (!box) throw new Error(`${name} is not in sight.`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  async hover(name: string): Promise<void> {
    const { x, y } = await this.at(name);
    await this.page.mouse.move(x, y, { steps: 2 });
  }

  /** Moves the pointer to the middle between two nodes. */
  async hoverBetween(one: string, other: string): Promise<void> {
    const [a, b] = [await this.box(one), await this.box(other)];
    const [above, below] = a.y < b.y ? [a, b] : [b, a];
    const [x, y] = [
      (above.x + above.width / 2 + below.x + below.width / 2) / 2,
      (above.y + above.height + below.y) / 2,
    ];
    await this.page.mouse.move(x, y, { steps: 2 });
  }

  async click(name: string, button: 'left' | 'right' = 'left'): Promise<void> {
    const { x, y } = await this.at(name);
    await this.page.mouse.click(x, y, { button });
  }

  /** Brings the pointer to where it means nothing. */
  async leave(): Promise<void> {
    const box = await this.status.boundingBox();
    if (box) await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  }

  /** Whether all of the drawing is within the stage. */
  async isWhole(): Promise<boolean> {
    return this.frame.evaluate<boolean>(`(() => {
      const stage = document.querySelector('#stage').getBoundingClientRect();
      const world = document.querySelector('#drawing > g').getBoundingClientRect();
      return world.left >= stage.left && world.right <= stage.right && world.top >= stage.top && world.bottom <= stage.bottom;
    })()`);
  }

  /** How large a unit of the drawing is on the screen. */
  async scale(): Promise<string> {
    const transform = await this.frame.locator('#drawing > g').getAttribute('transform');
    return /^scale\(([\d.]+)\)/.exec(transform ?? '')?.[1] ?? '';
  }

  private async box(name: string) {
    const node = this.frame.locator('#drawing .node', {
      has: this.frame.locator('text.name', { hasText: new RegExp(`^${name}$`) }),
    });
    const box = await node.last().locator('rect').first().boundingBox();
    if (!box) throw new Error(`${name} is not in sight.`);
    return box;
  }
}

/** The innermost frame of a webview that has this in it. */
export function frameWith(page: Page, selector: string): Promise<Frame> {
  const look = async () => {
    for (const frame of page.frames()) {
      const count = await frame
        .locator(selector)
        .count()
        .catch(() => 0); // a frame may go while it is looked at
      if (count > 0) return frame;
    }
    throw new Error(`There is no page with ${selector}.`);
  };
  return vi.waitFor(look, { timeout: 60_000, interval: 100 });
}

/** What the window has put away of its state: it does so every few seconds, and a reload brings back only that. */
export function putAway(page: Page): Promise<string> {
  // As text, since it runs in the page: tests themselves know no DOM.
  return page.evaluate<string>(`(async () => {
    const ended = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const texts = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await ended(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        texts.push(...(await ended(database.transaction(store).objectStore(store).getAll())));
      }
      database.close();
    }
    return texts.filter((text) => typeof text === 'string' && text.includes('podgraph.graph')).join('\\n');
  })()`);
}
