import type { Direction } from '../../../graph/drawing/steps';
import { step } from '../../../graph/drawing/steps';
import type { DrawnNode, Drawing, Face, ToPage } from '../messages';
import { Canvas } from './canvas';
import { part, type Words } from './dom';
import { Light } from './light';
import { lineNear } from './nearLine';
import { Outline } from './outline';
import { PlanOverlay } from './planOverlay';
import { Search } from './search';
import { Selection } from './selection';
import { Store } from './store';
import { Tools } from './tools';
import { Viewport, zoomStep } from './viewport';

/** How near the pointer must be to a line to mean it, in lengths of the screen. */
const reach = 6;

/** The page: draws what it is told, and passes on what a person does. It decides nothing about containers. */
export class GraphPage {
  readonly store = new Store();
  readonly canvas = new Canvas();
  readonly outline = new Outline();
  readonly light = new Light(this.canvas);
  readonly selection = new Selection(this.store, this.canvas, this.outline, (key) => this.light.alongWords(key));
  readonly viewport = new Viewport(this.canvas.world, this.canvas.root, this.store.kept.view, (view) =>
    this.store.keep({ view }),
  );
  readonly tools: Tools;
  private readonly plan = new PlanOverlay(this.canvas);
  private readonly found = new Search();
  private readonly status = part('status');
  private readonly spoken = part('spoken');
  private progress = '';

  constructor() {
    this.tools = new Tools({
      fit: () => this.viewport.fit(),
      zoom: (inwards) => this.viewport.zoom(inwards ? zoomStep : 1 / zoomStep),
      foldAll: (folded) => this.foldAll(folded),
      arrange: () => this.store.post({ type: 'arrange' }),
      saveSvg: () => this.store.post({ type: 'saveSvg' }),
      showMermaid: () => this.store.post({ type: 'showMermaid' }),
      search: (text) => this.search(text, true),
      nextFound: (back) => this.nextFound(back),
      showWave: (wave) => {
        this.plan.showWave(wave);
        this.say();
      },
    });
    new ResizeObserver(() => this.viewport.resized(this.canvas.get(this.selection.current ?? ''))).observe(
      part('stage'),
    );
  }

  take(message: ToPage) {
    switch (message.type) {
      case 'draw':
        return this.draw(message.drawing, message.words);
      case 'look':
        return this.look(message.faces, message.gone);
      case 'select':
        return this.select(this.selection.shownFor(message.keys), { tell: false });
      case 'plan':
        this.plan.take(message.overlay);
        this.tools.showPlan(message.overlay);
        return this.say();
      case 'progress':
        this.progress = message.text;
        this.spoken.textContent = message.text;
        return this.say();
      case 'note':
        return showText(part('note'), message.text);
      case 'fit':
        return this.viewport.fit();
    }
  }

  /** Selects what is drawn, and makes the last one the current one. */
  select(keys: readonly string[], { tell }: { tell: boolean }) {
    this.selection.set(keys);
    const node = this.canvas.get(keys.at(-1) ?? '');
    if (node) this.viewport.bringIntoSight(node);
    if (tell) this.store.post({ type: 'select', keys: this.selection.nodes });
  }

  toggle(key: string) {
    const { keys } = this.selection;
    const without = keys.filter((one) => one !== key);
    this.select(without.length < keys.length ? without : [...keys, key], { tell: true });
  }

  move(direction: Direction) {
    const frames = this.canvas.nodes.filter((node) => !node.gone);
    const here = this.selection.current;
    const node = here === undefined ? undefined : this.canvas.get(here);
    const inside = node?.folded === false && direction === 'down' ? frames.find(({ box }) => box === here) : undefined;
    const stops = frames.filter((one) => one.folded !== false || one.key === here);
    const next = inside?.key ?? (here === undefined ? stops[0]?.key : step(here, direction, stops, this.canvas.ways));
    if (next !== undefined) this.select([next], { tell: true });
  }

  open(key: string) {
    const node = this.canvas.get(key);
    if (!node || node.gone) return;
    if (node.kind === 'container' || node.kind === 'pod') this.store.post({ type: 'open', key });
    else this.fold(key);
  }

  /** Folds a box, or opens it. */
  fold(key: string) {
    const node = this.canvas.get(key);
    if (node?.folded === undefined) return;
    this.keepFolds([[key, !node.folded]]);
  }

  remove() {
    const keys = this.selection.nodes;
    if (keys.length > 0) this.store.post({ type: 'remove', keys });
  }

  /** What is under the pointer: a node, or else a line; the frame around both where there is neither. */
  hover(key: string | undefined, pointer?: Pick<MouseEvent, 'clientX' | 'clientY'>) {
    const isNode = key !== undefined && this.canvas.get(key)?.folded !== false;
    const line =
      isNode || !pointer
        ? undefined
        : lineNear(this.canvas.ways, this.viewport.at(pointer), reach / this.viewport.view.scale);
    if (this.light.hover(line ? undefined : key, line)) this.say();
  }

  private draw(drawing: Drawing, words: Words) {
    const isFirst = this.canvas.nodes.length === 0;
    const anchor = isFirst ? undefined : this.anchor();
    const before = anchor && this.canvas.get(anchor);
    this.tools.draw(words, this.store.kept.search);
    part('title').textContent = words.graph ?? '';
    this.outline.root.setAttribute('aria-label', words.graph ?? '');
    this.outline.root.setAttribute('aria-description', words.help ?? '');
    this.canvas.draw(drawing, words);
    this.light.draw(drawing, words);
    this.viewport.setWhole(drawing);
    const after = anchor && this.canvas.get(anchor);
    if (this.viewport.isFitted) this.viewport.fit();
    else if (before && after) {
      const now = this.viewport.view;
      this.viewport.show({ ...now, x: now.x + after.x - before.x, y: now.y + after.y - before.y });
    }
    // After a reload things may stand elsewhere: what somebody was at is looked for.
    else if (isFirst) this.bringCurrentIntoSight();
    showText(part('empty'), drawing.empty ?? '');
    // The picture first: whoever hears the list does not wait for it any longer than this.
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.outline.draw(this.canvas.nodes);
        this.selection.show();
      }),
    );
    this.selection.show();
    this.plan.show();
    this.search(this.store.kept.search, false);
    this.say();
  }

  private bringCurrentIntoSight() {
    const current = this.canvas.get(this.selection.current ?? '');
    if (current) this.viewport.bringIntoSight(current);
  }

  /** What is to stay where it is on the screen when all is laid out anew. */
  private anchor(): string | undefined {
    if (this.selection.current !== undefined) return this.selection.current;
    const { x, y, scale } = this.viewport.view;
    const { width, height } = this.viewport.size;
    const middle = { x: x + width / 2 / scale, y: y + height / 2 / scale };
    const distance = (node: DrawnNode) => Math.hypot(node.x - middle.x, node.y - middle.y);
    return this.canvas.nodes.reduce<DrawnNode | undefined>(
      (best, node) => (!best || distance(node) < distance(best) ? node : best),
      undefined,
    )?.key;
  }

  private look(faces: readonly Face[], gone: readonly string[]) {
    this.canvas.look(faces, gone);
    const nodes = faces.flatMap(({ key }) => this.canvas.get(key) ?? []);
    this.outline.look(nodes, gone);
    if (gone.length === 0) return;
    this.selection.prune();
    this.light.show();
    this.say();
  }

  private foldAll(folded: boolean) {
    const boxes = this.canvas.nodes.filter((node) => node.folded !== undefined);
    this.keepFolds(boxes.map(({ key }) => [key, folded]));
  }

  private keepFolds(changes: readonly (readonly [string, boolean])[]) {
    const folds = [...new Map([...this.store.kept.folds, ...changes])];
    this.store.keep({ folds });
    this.store.post({ type: 'fold', folds });
  }

  private search(text: string, byHand: boolean) {
    if (byHand) this.store.keep({ search: text });
    this.found.look(text, this.canvas.nodes);
    const { keys, place } = this.found;
    const first = this.canvas.get(keys[0] ?? '');
    if (byHand && first) this.viewport.bringIntoSight(first);
    this.tools.showFound(place, keys.length);
    this.light.find(keys);
  }

  private nextFound(back: boolean) {
    const key = this.found.next(this.selection.current, back);
    if (key === undefined) return;
    this.select([key], { tell: true });
    this.tools.showFound(this.found.place, this.found.keys.length);
  }

  /** What is under the pointer speaks first, then the wave that is looked at, then what is going on. */
  private say() {
    const { hovered, sentence } = this.light;
    const stays = hovered === undefined ? undefined : this.plan.whyStays(hovered);
    const text = [stays, sentence, this.plan.sentence].find(Boolean) ?? this.progress;
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}

/** Shows a sentence, or hides the place where it would stand. */
function showText(element: HTMLElement, text: string) {
  element.hidden = text === '';
  element.textContent = text;
}
