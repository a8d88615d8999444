import type { EdgeModel, GraphModel, NodeModel, NodePresentation } from '../messages';
import { BoxLabels } from './boxLabels';
import { el, svg, type View } from './dom';
import { EdgeLayer } from './edgeLayer';
import { SvgNode } from './svgNode';
import { zoomLevelAt } from './zoomLevel';

const animationMs = 300;

/** The SVG drawing. Engine data is only set as text. */
export class Canvas {
  readonly root = el('drawing');
  private readonly content = el<SVGSVGElement>('content');
  private readonly edgeLayer = new EdgeLayer();
  private readonly elements = new Map<string, SvgNode>();
  private readonly boxLabels = new BoxLabels();
  private scale = 1;
  private level = zoomLevelAt(1);

  get nodes(): readonly NodeModel[] {
    return [...this.elements.values()].map(({ node }) => node);
  }

  get edges(): readonly EdgeModel[] {
    return this.edgeLayer.edges;
  }

  get visibleEdges(): readonly EdgeModel[] {
    return this.edgeLayer.visible;
  }

  get(key: string): NodeModel | undefined {
    return this.elements.get(key)?.node;
  }

  draw({ engines, nodes, edges, width, height }: GraphModel) {
    this.content.setAttribute('width', String(width));
    this.content.setAttribute('height', String(height));
    const before = new Map(this.elements);
    this.elements.clear();
    const frames = svg('g');
    const boxes = svg('g');
    for (const node of nodes) {
      const element = this.elementOf(node, before.get(node.key));
      this.elements.set(node.key, element);
      (node.collapsed === false ? frames : boxes).append(element.group);
    }
    const stale = new Set(engines.flatMap(({ id, isConnected }) => (isConnected ? [] : [id])));
    this.mark('stale', new Set(nodes.flatMap(({ key }) => (stale.has(key.slice(0, key.indexOf('/'))) ? [key] : []))));
    this.boxLabels.draw(engines, nodes, this.scale, this.level);
    this.drawEdges(edges);
    this.highlight([]);
    const { group, highlights, labels } = this.edgeLayer;
    this.content.replaceChildren(frames, group, highlights, boxes, labels, this.boxLabels.group);
  }

  /** Moves the nodes from where they were on the screen. */
  animateFrom(before: ReadonlyMap<string, NodeModel>, from: View, to: View) {
    for (const [key, { group, node }] of this.elements) {
      const last = before.get(key);
      if (!last) continue;
      const dx = ((last.x - from.x) * from.scale) / to.scale + to.x - node.x;
      const dy = ((last.y - from.y) * from.scale) / to.scale + to.y - node.y;
      const start = { transform: `translate(${dx}px, ${dy}px)` };
      group.animate([start, { transform: 'none' }], { duration: animationMs, easing: 'ease-out' });
    }
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
  setScale(scale: number) {
    if (scale === this.scale) return;
    this.scale = scale;
    const level = zoomLevelAt(scale);
    this.boxLabels.setScale(scale, level);
    if (level === this.level) return;
    this.level = level;
    this.root.dataset.level = level.id;
    this.content.style.fontSize = `${level.nameSize}px`;
    for (const element of this.elements.values()) element.setLevel(level);
    this.edgeLayer.showLabels(level.id === 'full');
  }

  /** Whether the node's engine is not connected. */
  isStale(key: string): boolean {
    return this.elements.get(key)?.isMarked('stale') === true;
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
  private elementOf(node: NodeModel, existing: SvgNode | undefined): SvgNode {
    if (!existing || existing.node.collapsed !== node.collapsed) return new SvgNode(node, this.level);
    existing.setBounds(node);
    return existing;
  }
}
