import type { Rect, Size } from '../../../graph/layout/geometry';
import type { Tone } from '../../nodeShape';
import type { NodeModel } from '../messages';
import { el, svg, type View } from './dom';

const maxSize: Size = { width: 170, height: 120 };
/** The empty border of the drawing, in graph units. */
const margin = 20;

/** The whole drawing in a corner, with a frame around the visible part; shown if that is not everything. */
export class Minimap {
  private readonly root = el<SVGSVGElement>('minimap');
  private readonly frames = svg('path', { class: 'minimap-frame' });
  private readonly tones = new Map(
    (['muted', 'good', 'warn', 'bad'] as const).map((tone): [Tone, SVGPathElement] => [
      tone,
      svg('path', { class: `minimap-node ${tone}` }),
    ]),
  );
  private readonly view = svg('rect', { class: 'minimap-view' });
  private content: Size = { width: 1, height: 1 };
  private nodes: readonly NodeModel[] = [];
  private isDrawn = false;

  /** @param moveTo centers the view on a point of the graph */
  constructor(moveTo: (x: number, y: number) => void) {
    this.root.append(this.frames, ...this.tones.values(), this.view);
    const move = (event: PointerEvent) => {
      const { left, top, width, height } = this.root.getBoundingClientRect();
      const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
      moveTo(x * this.content.width, y * this.content.height);
    };
    this.root.addEventListener('pointerdown', (event) => {
      this.root.setPointerCapture(event.pointerId);
      move(event);
    });
    this.root.addEventListener('pointermove', (event) => {
      if (event.buttons & 1) move(event);
    });
  }

  draw(content: Size, nodes: readonly NodeModel[], { view, size }: { readonly view: View; readonly size: Size }) {
    this.content = content;
    this.root.setAttribute('hidden', '');
    this.update(nodes);
    this.showView(view, size);
  }

  update(nodes: readonly NodeModel[]) {
    this.nodes = nodes;
    this.isDrawn = false;
    if (!this.root.hasAttribute('hidden')) this.drawNodes();
  }

  private drawNodes() {
    const { content, nodes } = this;
    this.isDrawn = true;
    const scale = Math.min(maxSize.width / content.width, maxSize.height / content.height);
    this.root.setAttribute('viewBox', `0 0 ${content.width} ${content.height}`);
    this.root.setAttribute('width', String(Math.ceil(content.width * scale)));
    this.root.setAttribute('height', String(Math.ceil(content.height * scale)));
    const pathOf = (some: readonly NodeModel[]) =>
      some.map(({ x, y, width, height }) => `M${x} ${y}h${width}v${height}h-${width}z`).join('');
    this.frames.setAttribute('d', pathOf(nodes.filter(({ collapsed }) => collapsed === false)));
    const boxes = nodes.filter(({ collapsed }) => collapsed !== false);
    for (const [tone, path] of this.tones) path.setAttribute('d', pathOf(boxes.filter((node) => node.tone === tone)));
  }

  showView({ x, y, scale }: View, size: Size) {
    const view: Rect = { x, y, width: size.width / scale, height: size.height / scale };
    const { width, height } = this.content;
    const isEverything =
      x <= margin && y <= margin && x + view.width >= width - margin && y + view.height >= height - margin;
    this.root.toggleAttribute('hidden', isEverything);
    if (isEverything) return;
    if (!this.isDrawn) this.drawNodes();
    for (const [name, value] of Object.entries(view)) this.view.setAttribute(name, String(value));
  }
}
