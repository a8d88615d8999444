import type { EdgeModel, GraphModel, NodeModel, NodePresentation } from '../messages';
import { el, type Strings, svg } from './dom';
import { EdgeLayer } from './edgeLayer';
import { NodeElement } from './nodeElement';
import { fullLevel, type ZoomLevel } from './zoomLevel';

/** The SVG drawing. Engine data is only set as text. */
export class Canvas {
  readonly root = el<SVGSVGElement>('drawing');
  readonly content = svg('g');
  private readonly edgeLayer = new EdgeLayer();
  private readonly elements = new Map<string, NodeElement>();
  private level = fullLevel;

  constructor() {
    this.root.append(this.content);
  }

  get nodes(): readonly NodeModel[] {
    return [...this.elements.values()].map(({ node }) => node);
  }

  get edges(): readonly EdgeModel[] {
    return this.edgeLayer.edges;
  }

  get(key: string): NodeModel | undefined {
    return this.elements.get(key)?.node;
  }

  draw({ engines, nodes, edges }: GraphModel, strings: Strings) {
    const before = new Map(this.elements);
    this.elements.clear();
    const frames = svg('g');
    const boxes = svg('g');
    for (const node of nodes) {
      const element = this.elementOf(node, before.get(node.key), strings);
      this.elements.set(node.key, element);
      (node.collapsed === false ? frames : boxes).append(element.group);
    }
    const titles = engines.map(({ x, y, label }) => {
      const title = svg('text', { class: 'engine', x, y: y + 16 });
      title.textContent = label;
      return title;
    });
    this.drawEdges(edges);
    this.highlight([]);
    const { group, highlights, labels } = this.edgeLayer;
    this.content.replaceChildren(...titles, frames, group, highlights, boxes, labels);
  }

  updateNodes(presentations: readonly NodePresentation[], removed: readonly string[]) {
    for (const presentation of presentations) this.elements.get(presentation.key)?.update(presentation);
    if (removed.length === 0) return;
    for (const key of removed) {
      this.elements.get(key)?.group.remove();
      this.elements.delete(key);
    }
    this.drawEdges(this.edges.filter(({ from, to }) => this.elements.has(from) && this.elements.has(to)));
  }

  /** Shows as much of each node as is legible. */
  setLevel(level: ZoomLevel) {
    if (level === this.level) return;
    this.level = level;
    this.root.setAttribute('class', [...this.root.classList].filter((name) => !name.startsWith('level-')).join(' '));
    this.root.classList.add(`level-${level.id}`);
    for (const element of this.elements.values()) element.setLevel(level);
    this.edgeLayer.showLabels(level.id === 'full');
  }

  /** Sets a class on exactly these nodes. */
  mark(className: string, keys: ReadonlySet<string>) {
    for (const [key, element] of this.elements) element.mark(className, keys.has(key));
  }

  /** @param badges the step of each node, from 1, or a shield */
  setBadges(badges: ReadonlyMap<string, number | 'kept'>) {
    for (const [key, element] of this.elements) element.setBadge(badges.get(key));
  }

  highlight(edges: readonly EdgeModel[]) {
    this.edgeLayer.highlight(edges);
  }

  private drawEdges(edges: readonly EdgeModel[]) {
    this.edgeLayer.draw(edges, this.level.id === 'full');
  }

  /** Reuses the existing element if it has the same parts. */
  private elementOf(node: NodeModel, existing: NodeElement | undefined, strings: Strings): NodeElement {
    if (!existing || existing.node.collapsed !== node.collapsed) return new NodeElement(node, strings, this.level);
    existing.setBounds(node);
    return existing;
  }
}
