import type { Frame, Locator, Page } from 'playwright-core';
import { frameWith } from '../../scripts/workbench/podgraphWindow';
import { savedTexts } from '../../scripts/workbench/savedTexts';

/** A drawn node. */
export interface DrawnNode {
  readonly name: string;
  readonly subtitle: string;
  readonly classes: readonly string[];
  /** The number of its step in the plan. */
  readonly badge: string;
  /** `x y` */
  readonly position: string;
}

/** Drives the graph panel by mouse and keyboard. */
export class GraphWindow {
  private constructor(
    private readonly page: Page,
    private readonly frame: Frame,
  ) {}

  /** Resolves when the panel shows a node. */
  static async opened(page: Page): Promise<GraphWindow> {
    const frame = await frameWith(page, '#drawing .node');
    return new GraphWindow(page, frame);
  }

  get status(): Locator {
    return this.frame.locator('#status');
  }

  /** Describes the hovered node or edge. */
  get card(): Locator {
    return this.frame.locator('#card');
  }

  get notice(): Locator {
    return this.frame.locator('#notice');
  }

  button(id: string): Locator {
    return this.frame.locator(`button#${id}`);
  }

  search(): Locator {
    return this.frame.locator('#search');
  }

  async nodes(): Promise<DrawnNode[]> {
    // A string, because the tests are compiled without DOM types.
    return this.frame.evaluate<DrawnNode[]>(`[...document.querySelectorAll('#drawing .node')].map((node) => ({
      name: node.querySelector('.name').textContent,
      subtitle: node.querySelector('.subtitle')?.textContent ?? '',
      classes: [...node.classList].sort(),
      badge: node.querySelector('.badge text')?.textContent ?? '',
      position: ['x', 'y'].map((name) => node.querySelector('rect').getAttribute(name)).join(' '),
    }))`);
  }

  async names(): Promise<string[]> {
    return (await this.nodes()).map(({ name }) => name);
  }

  /** The name that contains markup, truncated as displayed. */
  async maliciousNames(): Promise<string[]> {
    return (await this.names()).filter((name) => name.startsWith('<'));
  }

  /** The badge of each node in the plan. */
  async badges(): Promise<Record<string, string>> {
    return Object.fromEntries((await this.nodes()).flatMap(({ name, badge }) => (badge ? [[name, badge]] : [])));
  }

  /** The names of the nodes with a class, sorted. */
  async withClass(className: string): Promise<string[]> {
    return (await this.nodes()).flatMap(({ name, classes }) => (classes.includes(className) ? [name] : [])).sort();
  }

  async subtitles(): Promise<Record<string, string>> {
    return Object.fromEntries((await this.nodes()).map(({ name, subtitle }) => [name, subtitle]));
  }

  /** Whether there is an edge of the kind; all edges of a kind are one path. */
  async hasEdge(kind: string): Promise<boolean> {
    return Boolean(await this.frame.locator(`.edges .edge.${kind}`).first().getAttribute('d'));
  }

  async ariaLabels(): Promise<string[]> {
    const read = `[...document.querySelectorAll('#tree [role=treeitem]')].map((item) => item.ariaLabel)`;
    return this.frame.evaluate<string[]>(read);
  }

  /** The number of elements that only injected markup can create. */
  async injectedElements(): Promise<number> {
    return this.frame.locator('img, a, b, iframe, object').count();
  }

  /** The center of a node's name on the screen. */
  async at(name: string): Promise<{ x: number; y: number }> {
    const box = await this.frame.locator('#drawing text.name', { hasText: new RegExp(`^${name}$`) }).boundingBox();
    if (!box) throw new Error(`${name} is not visible.`);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  async hover(name: string): Promise<void> {
    const { x, y } = await this.at(name);
    await this.page.mouse.move(x, y, { steps: 2 });
  }

  /** Moves the pointer to the middle between two nodes. */
  async hoverBetween(one: string, other: string): Promise<void> {
    const [a, b] = [await this.box(one), await this.box(other)];
    const [upper, lower] = a.y < b.y ? [a, b] : [b, a];
    const [x, y] = [
      (upper.x + upper.width / 2 + lower.x + lower.width / 2) / 2,
      (upper.y + upper.height + lower.y) / 2,
    ];
    await this.page.mouse.move(x, y, { steps: 2 });
  }

  async click(name: string, button: 'left' | 'right' = 'left'): Promise<void> {
    const { x, y } = await this.at(name);
    await this.page.mouse.click(x, y, { button });
  }

  /** Collapses or expands a box. */
  async toggle(name: string): Promise<void> {
    const { x, y } = await this.at(name);
    await this.page.mouse.dblclick(x, y);
  }

  /** Moves the pointer off the drawing. */
  async movePointerAway(): Promise<void> {
    const box = await this.status.boundingBox();
    if (box) await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  }

  /** Whether the whole drawing is visible. */
  async isFullyVisible(): Promise<boolean> {
    return this.frame.evaluate<boolean>(`(() => {
      const stage = document.querySelector('#stage').getBoundingClientRect();
      const content = document.querySelector('#content').getBoundingClientRect();
      return content.left >= stage.left && content.right <= stage.right && content.top >= stage.top && content.bottom <= stage.bottom;
    })()`);
  }

  async scale(): Promise<string> {
    const style = await this.frame.locator('#content').getAttribute('style');
    return /scale\(([\d.]+)\)/.exec(style ?? '')?.[1] ?? '';
  }

  /** How much nodes show at this scale: `full`, `names` or `tiles`. */
  async level(): Promise<string> {
    return (await this.frame.locator('#drawing').getAttribute('data-level')) ?? '';
  }

  /** The smallest font size of a shown name, in CSS pixels on the screen. */
  async smallestName(): Promise<number> {
    const smallest = await this.frame
      .evaluate<number>(`Math.min(...[...document.querySelectorAll('#drawing .name')].flatMap(
      (name) => name.textContent ? [parseFloat(getComputedStyle(name).fontSize)] : []
    ))`);
    return smallest * Number(await this.scale());
  }

  private async box(name: string) {
    const node = this.frame.locator('#drawing .node', {
      has: this.frame.locator('text.name', { hasText: new RegExp(`^${name}$`) }),
    });
    const box = await node.last().locator('rect').first().boundingBox();
    if (!box) throw new Error(`${name} is not visible.`);
    return box;
  }
}

/** The state of the graph's webview that the window has saved. */
export async function savedState(page: Page): Promise<string> {
  return (await savedTexts(page)).filter((text) => text.includes('podgraph.graph')).join('\n');
}
