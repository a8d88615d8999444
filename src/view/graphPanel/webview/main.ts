import { type Direction, nextInDirection } from '../../../graph/layout/navigation';
import { type GraphModel, type HostMessage, type NodeModel, type NodePresentation, toPage } from '../messages';
import { Canvas, Viewport, zoomStep } from './canvas';
import { el, Store, type Strings } from './dom';
import { Highlighter, PlanOverlay } from './highlight';
import { findEdgeAt } from './hitTest';
import { listenToKeys, listenToPointer } from './input';
import { AccessibleTree, Selection } from './selection';
import { Search, Toolbar } from './toolbar';

/** How near the pointer must be to a line to mean it, in lengths of the screen. */
const reach = 6;

/** The page: draws what it is told, and passes on what a person does. It decides nothing about containers. */
export class GraphApp {
  readonly store = new Store();
  readonly canvas = new Canvas();
  readonly outline = new AccessibleTree();
  readonly highlighter = new Highlighter(this.canvas);
  readonly selection = new Selection(this.store, this.canvas, this.outline, (key) => this.highlighter.alongText(key));
  readonly viewport = new Viewport(this.canvas.viewport, this.canvas.root, this.store.current.view, (view) =>
    this.store.save({ view }),
  );
  readonly tools: Toolbar;
  private readonly plan = new PlanOverlay(this.canvas);
  private readonly found = new Search();
  private readonly status = el('status');
  private readonly ariaLabel = el('spoken');
  private progress = '';

  constructor() {
    this.tools = new Toolbar({
      fit: () => this.viewport.fit(),
      zoom: (inwards) => this.viewport.zoom(inwards ? zoomStep : 1 / zoomStep),
      collapseAll: (collapsed) => this.collapseAll(collapsed),
      arrange: () => this.store.post({ type: 'arrange' }),
      saveSvg: () => this.store.post({ type: 'saveSvg' }),
      showMermaid: () => this.store.post({ type: 'showMermaid' }),
      search: (text) => this.search(text, true),
      nextFound: (back) => this.nextFound(back),
      showWave: (wave) => {
        this.plan.showWave(wave);
        this.announce();
      },
    });
    new ResizeObserver(() => this.viewport.resized(this.canvas.get(this.selection.current ?? ''))).observe(el('stage'));
  }

  handleMessage(message: HostMessage) {
    switch (message.type) {
      case 'draw':
        return this.draw(message.model, message.strings);
      case 'look':
        return this.setSearchText(message.presentations, message.removed);
      case 'select':
        return this.select(this.selection.visibleFor(message.keys), { notify: false });
      case 'plan':
        this.plan.setPlan(message.overlay);
        this.tools.showPlan(message.overlay);
        return this.announce();
      case 'progress':
        this.progress = message.text;
        this.ariaLabel.textContent = message.text;
        return this.announce();
      case 'note':
        return showText(el('note'), message.text);
      case 'fit':
        return this.viewport.fit();
    }
  }

  /** Selects what is drawn, and makes the last one the current one. */
  select(keys: readonly string[], { notify }: { notify: boolean }) {
    this.selection.set(keys);
    const node = this.canvas.get(keys.at(-1) ?? '');
    if (node) this.viewport.bringIntoSight(node);
    if (notify) this.store.post({ type: 'select', keys: this.selection.nodes });
  }

  toggle(key: string) {
    const { keys } = this.selection;
    const without = keys.filter((one) => one !== key);
    this.select(without.length < keys.length ? without : [...keys, key], { notify: true });
  }

  move(direction: Direction) {
    const frames = this.canvas.nodes.filter((node) => !node.isRemoved);
    const here = this.selection.current;
    const node = here === undefined ? undefined : this.canvas.get(here);
    const inside =
      node?.collapsed === false && direction === 'down' ? frames.find(({ box }) => box === here) : undefined;
    const stops = frames.filter((one) => one.collapsed !== false || one.key === here);
    const next =
      inside?.key ?? (here === undefined ? stops[0]?.key : nextInDirection(here, direction, stops, this.canvas.paths));
    if (next !== undefined) this.select([next], { notify: true });
  }

  open(key: string) {
    const node = this.canvas.get(key);
    if (!node || node.isRemoved) return;
    if (node.kind === 'container' || node.kind === 'pod') this.store.post({ type: 'open', key });
    else this.setCollapsed(key);
  }

  /** Folds a box, or opens it. */
  setCollapsed(key: string) {
    const node = this.canvas.get(key);
    if (node?.collapsed === undefined) return;
    this.saveCollapsed([[key, !node.collapsed]]);
  }

  remove() {
    const keys = this.selection.nodes;
    if (keys.length > 0) this.store.post({ type: 'remove', keys });
  }

  /** What is under the pointer: a node, or else a line; the frame around both where there is neither. */
  hover(key: string | undefined, pointer?: Pick<MouseEvent, 'clientX' | 'clientY'>) {
    const isNode = key !== undefined && this.canvas.get(key)?.collapsed !== false;
    const line =
      isNode || !pointer
        ? undefined
        : findEdgeAt(this.canvas.paths, this.viewport.at(pointer), reach / this.viewport.view.scale);
    if (this.highlighter.hover(line ? undefined : key, line)) this.announce();
  }

  private draw(drawing: GraphModel, text: Strings) {
    const isFirst = this.canvas.nodes.length === 0;
    const anchor = isFirst ? undefined : this.keepAnchored();
    const before = anchor && this.canvas.get(anchor);
    this.tools.draw(text, this.store.current.search);
    el('title').textContent = text.graph ?? '';
    this.outline.root.setAttribute('aria-label', text.graph ?? '');
    this.outline.root.setAttribute('aria-description', text.help ?? '');
    this.canvas.draw(drawing, text);
    this.highlighter.draw(drawing, text);
    this.viewport.setWhole(drawing);
    const after = anchor && this.canvas.get(anchor);
    if (this.viewport.isFitted) this.viewport.fit();
    else if (before && after) {
      const now = this.viewport.view;
      this.viewport.show({ ...now, x: now.x + after.x - before.x, y: now.y + after.y - before.y });
    }
    // After a reload things may stand elsewhere: what somebody was at is looked for.
    else if (isFirst) this.scrollCurrentIntoView();
    showText(el('empty'), drawing.empty ?? '');
    // The picture first: whoever hears the list does not wait for it any longer than this.
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.outline.draw(this.canvas.nodes);
        this.selection.show();
      }),
    );
    this.selection.show();
    this.plan.show();
    this.search(this.store.current.search, false);
    this.announce();
  }

  private scrollCurrentIntoView() {
    const current = this.canvas.get(this.selection.current ?? '');
    if (current) this.viewport.bringIntoSight(current);
  }

  /** What is to stay where it is on the screen when all is laid out anew. */
  private keepAnchored(): string | undefined {
    if (this.selection.current !== undefined) return this.selection.current;
    const { x, y, scale } = this.viewport.view;
    const { width, height } = this.viewport.size;
    const middle = { x: x + width / 2 / scale, y: y + height / 2 / scale };
    const distance = (node: NodeModel) => Math.hypot(node.x - middle.x, node.y - middle.y);
    return this.canvas.nodes.reduce<NodeModel | undefined>(
      (best, node) => (!best || distance(node) < distance(best) ? node : best),
      undefined,
    )?.key;
  }

  private setSearchText(presentations: readonly NodePresentation[], removed: readonly string[]) {
    this.canvas.updateNodes(presentations, removed);
    const nodes = presentations.flatMap(({ key }) => this.canvas.get(key) ?? []);
    this.outline.setVisible(nodes, removed);
    if (removed.length === 0) return;
    this.selection.prune();
    this.highlighter.show();
    this.announce();
  }

  private collapseAll(collapsed: boolean) {
    const boxes = this.canvas.nodes.filter((node) => node.collapsed !== undefined);
    this.saveCollapsed(boxes.map(({ key }) => [key, collapsed]));
  }

  private saveCollapsed(changes: readonly (readonly [string, boolean])[]) {
    const collapsed = [...new Map([...this.store.current.collapsed, ...changes])];
    this.store.save({ collapsed });
    this.store.post({ type: 'fold', collapsed });
  }

  private search(text: string, byHand: boolean) {
    if (byHand) this.store.save({ search: text });
    this.found.search(text, this.canvas.nodes);
    const { keys, place: element } = this.found;
    const first = this.canvas.get(keys[0] ?? '');
    if (byHand && first) this.viewport.bringIntoSight(first);
    this.tools.showFound(element, keys.length);
    this.highlighter.find(keys);
  }

  private nextFound(back: boolean) {
    const key = this.found.next(this.selection.current, back);
    if (key === undefined) return;
    this.select([key], { notify: true });
    this.tools.showFound(this.found.place, this.found.keys.length);
  }

  /** What is under the pointer speaks first, then the wave that is looked at, then what is going on. */
  private announce() {
    const { hovered, description } = this.highlighter;
    const stays = hovered === undefined ? undefined : this.plan.retainReason(hovered);
    const text = [stays, description, this.plan.sentence].find(Boolean) ?? this.progress;
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}

/** Shows a sentence, or hides the place where it would stand. */
function showText(element: HTMLElement, text: string) {
  element.hidden = text === '';
  element.textContent = text;
}

const page = new GraphApp();
listenToPointer(page);
listenToKeys(page);
window.addEventListener('message', ({ data }) => {
  const message = toPage(data);
  if (message) page.handleMessage(message);
});
page.store.post({ type: 'ready', collapsed: page.store.current.collapsed });
