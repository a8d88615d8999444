import type { Point } from '../../../graph/layout/geometry';
import { type Direction, nextInDirection } from '../../../graph/layout/navigation';
import { isResourceKind } from '../../../graph/model/resources';
import {
  type GraphModel,
  type HostMessage,
  type NodeModel,
  type NodePresentation,
  parseHostMessage,
} from '../messages';
import { Canvas } from './canvas';
import { el, Store, strings } from './dom';
import { Highlighter, PlanOverlay } from './highlight';
import { findEdgeAt } from './hitTest';
import { HoverCard } from './hoverCard';
import { listenToKeys, listenToPointer } from './input';
import { Legend } from './legend';
import { Minimap } from './minimap';
import { AccessibleTree, Selection } from './selection';
import { Search, Toolbar } from './toolbar';
import { Viewport, zoomStep } from './viewport';

/** Maximum distance, in CSS pixels, between the pointer and a hovered edge. */
const hoverDistance = 6;

/** A fitted graph is arranged again if the panel's aspect ratio changes by more than this factor. */
const maxAspectChange = 1.25;
const resizeDelayMs = 200;
/** Scale of a search hit, at which its details are legible. */
const minHitScale = 0.85;
/** More nodes are moved without animation. */
const maxAnimated = 300;

/** The webview's script: renders the model and posts the user's actions. */
export class GraphApp {
  readonly store = new Store();
  readonly canvas = new Canvas();
  readonly tree = new AccessibleTree();
  readonly highlighter = new Highlighter(this.canvas);
  readonly selection = new Selection(this.store, this.canvas, this.tree, (key) => this.highlighter.impactText(key));
  readonly viewport = new Viewport(this.store.current.view, (view) => this.store.save({ view }));
  readonly toolbar: Toolbar;
  private readonly plan = new PlanOverlay(this.canvas);
  private readonly matches = new Search();
  private readonly status = el('status');
  private readonly announcement = el('announcement');
  private readonly legend = new Legend();
  private readonly card = new HoverCard();
  private readonly minimap: Minimap = new Minimap((x, y) => this.viewport.center({ x, y }));
  private hasResources = false;
  private progress = '';
  /** The last position on the stage. */
  private pointer: Point | undefined;
  /** The aspect ratio for which the graph was arranged. */
  private arrangedFor = 1;
  private resizeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.viewport.onDidChange = () => {
      this.canvas.setScale(this.viewport.view.scale);
      this.minimap.showView(this.viewport.view, this.viewport.size);
      this.card.hide();
    };
    this.viewport.onDidChange();
    this.toolbar = new Toolbar(
      {
        fit: () => this.fit(),
        zoom: (inwards) => this.zoom(inwards),
        collapseAll: (collapsed) => this.collapseAll(collapsed),
        toggleLegend: () => this.showLegend(!this.store.current.legend),
        toggleResources: () => this.store.post({ type: 'toggleResources' }),
        search: (text) => this.search(text, true),
        selectNextMatch: (backward) => this.selectNextMatch(backward),
      },
      this.store.current.search,
    );
    el('title').textContent = strings.graph ?? '';
    this.tree.root.setAttribute('aria-label', strings.graph ?? '');
    this.tree.root.setAttribute('aria-description', strings.help ?? '');
    this.showLegend(this.store.current.legend);
    new ResizeObserver(() => this.onResize()).observe(el('stage'));
  }

  /** Arranges the graph for the size of the panel, and shows all of it. */
  fit() {
    const { aspectRatio } = this.viewport;
    this.arrangedFor = aspectRatio;
    this.viewport.fit();
    this.store.post({ type: 'resetLayout', aspectRatio });
  }

  /** Zooms at the current node, else at the pointer, else at the center. */
  zoom(inwards: boolean) {
    const current = this.canvas.get(this.selection.current ?? '');
    const rect = current && this.viewport.toStage(current);
    const center = rect && { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
    const { width, height } = this.viewport.size;
    const isVisible = center && center.x >= 0 && center.y >= 0 && center.x <= width && center.y <= height;
    this.viewport.zoom(inwards ? zoomStep : 1 / zoomStep, isVisible ? center : this.pointer);
  }

  private onResize() {
    this.viewport.onResize(this.canvas.get(this.selection.current ?? ''));
    clearTimeout(this.resizeTimer);
    const change = this.viewport.aspectRatio / this.arrangedFor;
    if (!this.viewport.isFitted || (change > 1 / maxAspectChange && change < maxAspectChange)) return;
    this.resizeTimer = setTimeout(() => this.fit(), resizeDelayMs);
  }

  private showLegend(legend: boolean) {
    this.store.save({ legend });
    this.legend.show(legend, this.hasResources);
    this.toolbar.showLegend(legend);
  }

  ready() {
    const { aspectRatio } = this.viewport;
    this.arrangedFor = aspectRatio;
    this.store.post({ type: 'ready', collapsed: this.store.current.collapsed, aspectRatio });
  }

  handleMessage(message: HostMessage) {
    switch (message.type) {
      case 'draw':
        return this.draw(message.model, message.isArranged);
      case 'update':
        return this.updateNodes(message.presentations, message.removed);
      case 'select':
        return this.select(this.selection.visibleFor(message.keys), { notify: false });
      case 'plan':
        this.plan.setPlan(message.overlay);
        return this.updateStatus();
      case 'hover':
        return this.canvas.mark('linked', new Set(this.selection.visibleFor(message.keys)));
      case 'progress':
        this.progress = message.text;
        this.announcement.textContent = message.text;
        return this.updateStatus();
      case 'notice':
        return showText(el('notice'), message.text);
      case 'fit':
        return this.viewport.fit();
    }
  }

  /** The last key becomes the current one. */
  select(keys: readonly string[], { notify }: { notify: boolean }) {
    this.selection.set(keys);
    const node = this.canvas.get(keys.at(-1) ?? '');
    if (node) this.viewport.scrollIntoView(node);
    if (notify) this.store.post({ type: 'select', keys: this.selection.nodes });
  }

  toggle(key: string) {
    const { keys } = this.selection;
    const without = keys.filter((one) => one !== key);
    this.select(without.length < keys.length ? without : [...keys, key], { notify: true });
  }

  move(direction: Direction) {
    const nodes = this.canvas.nodes.filter((node) => !node.isRemoved);
    const { current } = this.selection;
    const node = current === undefined ? undefined : this.canvas.get(current);
    const firstMember =
      node?.collapsed === false && direction === 'down' ? nodes.find(({ box }) => box === current) : undefined;
    const targets = nodes.filter((one) => one.collapsed !== false || one.key === current);
    const next =
      firstMember?.key ??
      (current === undefined ? targets[0]?.key : nextInDirection(current, direction, targets, this.canvas.edges));
    if (next !== undefined) this.select([next], { notify: true });
  }

  open(key: string) {
    const node = this.canvas.get(key);
    if (!node || node.isRemoved) return;
    if (node.kind === 'container' || node.kind === 'pod' || isResourceKind(node.kind))
      this.store.post({ type: 'open', key });
    else this.toggleCollapsed(key);
  }

  toggleCollapsed(key: string) {
    const node = this.canvas.get(key);
    if (node?.collapsed === undefined) return;
    this.saveCollapsed([[key, !node.collapsed]]);
  }

  remove() {
    const keys = this.selection.nodes;
    if (keys.length > 0) this.store.post({ type: 'remove', keys });
  }

  /** Hovers the node, or else an edge near the pointer, or else the box. */
  hover(key: string | undefined, pointer?: Pick<MouseEvent, 'clientX' | 'clientY'>) {
    const isNode = key !== undefined && this.canvas.get(key)?.collapsed !== false;
    this.pointer = pointer && this.viewport.toStagePoint(pointer);
    const edge =
      isNode || !pointer
        ? undefined
        : findEdgeAt(
            this.canvas.visibleEdges,
            this.viewport.toGraphPoint(pointer),
            hoverDistance / this.viewport.view.scale,
          );
    if (!this.highlighter.hover(edge ? undefined : key, edge)) return;
    this.showCard();
    this.store.post({ type: 'hover', keys: this.canvas.get(this.highlighter.hovered ?? '')?.nodes ?? [] });
  }

  private draw(model: GraphModel, isArranged: boolean) {
    const nodesBefore = new Map(this.canvas.nodes.map((node) => [node.key, node]));
    const viewBefore = this.viewport.view;
    const isFirst = this.canvas.nodes.length === 0;
    const anchor = isFirst ? undefined : this.anchor();
    const before = anchor && this.canvas.get(anchor);
    this.viewport.setContentSize(model);
    const isFitted = this.viewport.isFitted || (isArranged && !isFirst);
    // Nodes are rendered once, at the final scale.
    if (isFitted) this.viewport.fit();
    this.canvas.draw(model);
    this.highlighter.setModel(model);
    this.hasResources = model.hasResources === true;
    this.toolbar.showResources(this.hasResources);
    this.showLegend(this.store.current.legend);
    this.minimap.draw(model, model.nodes, this.viewport);
    const after = anchor && this.canvas.get(anchor);
    if (!isFitted && before && after) {
      const now = this.viewport.view;
      this.viewport.show({ ...now, x: now.x + after.x - before.x, y: now.y + after.y - before.y });
    }
    // After a reload the layout may differ from the saved view.
    else if (isFirst && !isFitted) this.scrollCurrentIntoView();
    if (isArranged && model.nodes.length <= maxAnimated && !matchMedia('(prefers-reduced-motion)').matches)
      this.canvas.animateFrom(nodesBefore, viewBefore, this.viewport.view);
    showText(el('empty'), model.empty ?? '');
    // The accessible tree is built after the drawing is painted.
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.tree.draw(this.canvas.nodes);
        this.selection.show();
      }),
    );
    this.selection.show();
    this.plan.show();
    this.search(this.store.current.search, false);
    this.updateStatus();
  }

  private scrollCurrentIntoView() {
    const current = this.canvas.get(this.selection.current ?? '');
    if (current) this.viewport.scrollIntoView(current);
  }

  /** The node that keeps its screen position after a layout: the current one, else the one nearest to the center. */
  private anchor(): string | undefined {
    if (this.selection.current !== undefined) return this.selection.current;
    const { x, y, scale } = this.viewport.view;
    const { width, height } = this.viewport.size;
    const center = { x: x + width / 2 / scale, y: y + height / 2 / scale };
    const distance = (node: NodeModel) => Math.hypot(node.x - center.x, node.y - center.y);
    return this.canvas.nodes.reduce<NodeModel | undefined>(
      (nearest, node) => (!nearest || distance(node) < distance(nearest) ? node : nearest),
      undefined,
    )?.key;
  }

  private updateNodes(presentations: readonly NodePresentation[], removed: readonly string[]) {
    this.canvas.updateNodes(presentations, removed);
    const nodes = presentations.flatMap(({ key }) => this.canvas.get(key) ?? []);
    this.tree.update(nodes, removed);
    this.minimap.update(this.canvas.nodes);
    if (removed.length === 0) return;
    this.selection.prune();
    this.highlighter.show();
    this.updateStatus();
  }

  private collapseAll(collapsed: boolean) {
    const boxes = this.canvas.nodes.filter((node) => node.collapsed !== undefined);
    this.saveCollapsed(boxes.map(({ key }) => [key, collapsed]));
  }

  private saveCollapsed(changes: readonly (readonly [string, boolean])[]) {
    const collapsed = [...new Map([...this.store.current.collapsed, ...changes])];
    this.store.save({ collapsed });
    this.store.post({ type: 'collapse', collapsed });
  }

  private search(text: string, isUserInput: boolean) {
    if (isUserInput) this.store.save({ search: text });
    this.matches.search(text, this.canvas.nodes);
    const { keys, position } = this.matches;
    const first = this.canvas.get(keys[0] ?? '');
    if (isUserInput && first) this.showHit(first);
    this.toolbar.showMatches(position, keys.length);
    this.highlighter.setMatches(keys);
  }

  private showHit({ x, y, width, height }: NodeModel) {
    const scale = Math.max(minHitScale, this.viewport.view.scale);
    this.viewport.center({ x: x + width / 2, y: y + height / 2 }, scale);
  }

  private selectNextMatch(backward: boolean) {
    const key = this.matches.next(this.selection.current, backward);
    if (key === undefined) return;
    this.select([key], { notify: true });
    const hit = this.canvas.get(key);
    if (hit) this.showHit(hit);
    this.toolbar.showMatches(this.matches.position, this.matches.keys.length);
  }

  private showCard() {
    const { hovered, description } = this.highlighter;
    const node = hovered === undefined ? undefined : this.canvas.get(hovered);
    const size = this.viewport.size;
    if (node) {
      const retained = this.plan.retainReason(node.key);
      const lines = [...node.details, ...(retained ? [retained] : description ? [description] : [])];
      // Beside the header of an expanded box, not beside all of its members.
      const target = node.collapsed === false ? { ...node, height: 30 } : node;
      this.card.show(node.label, lines, this.viewport.toStage(target), size);
    } else if (description && this.pointer)
      this.card.show('', [description], { ...this.pointer, width: 0, height: 0 }, size);
    else this.card.hide();
  }

  private updateStatus() {
    if (this.status.textContent !== this.progress) this.status.textContent = this.progress;
  }
}

/** Hides the element if the text is empty. */
function showText(element: HTMLElement, text: string) {
  element.hidden = text === '';
  element.textContent = text;
}

const app = new GraphApp();
listenToPointer(app);
listenToKeys(app);
window.addEventListener('message', ({ data }) => {
  const message = parseHostMessage(data);
  if (message) app.handleMessage(message);
});
app.ready();
