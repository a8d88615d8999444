import type { Dependents } from '../../../graph/drawing/closure';
import { closureOf, dependentsIn } from '../../../graph/drawing/closure';
import type { Direction } from '../../../graph/drawing/steps';
import { step } from '../../../graph/drawing/steps';
import type { DrawnNode, Drawing, Face, Overlay, ToPage } from '../messages';
import { Canvas } from './canvas';
import { filled, part } from './dom';
import { Outline } from './outline';
import { Store } from './store';
import { Tools } from './tools';
import { Viewport, zoomStep } from './viewport';

/** How many names a sentence about what goes along has. */
const named = 7;

type Words = Readonly<Record<string, string>>;

/** The page: draws what it is told, and passes on what a person does. It decides nothing about containers. */
export class GraphPage {
  readonly store = new Store();
  readonly canvas = new Canvas();
  readonly outline = new Outline();
  readonly viewport = new Viewport(this.canvas.world, this.canvas.root, (view) => this.store.keep({ view }));
  readonly tools: Tools;
  private readonly status = part('status');
  private readonly spoken = part('spoken');
  private words: Words = {};
  private dependents: Dependents = new Map();
  private overlay: Overlay | undefined;
  private wave: number | undefined;
  private progress = '';
  private hovered: string | undefined;
  private found: readonly string[] = [];
  private foundAt = 0;

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
      showWave: (wave) => this.showWave(wave),
    });
  }

  take(message: ToPage) {
    switch (message.type) {
      case 'draw':
        return this.draw(message.drawing, message.words);
      case 'look':
        return this.look(message.faces, message.gone);
      case 'select':
        return this.select(this.shownFor(message.keys), { tell: false });
      case 'plan':
        this.overlay = message.overlay;
        this.wave = undefined;
        this.tools.showPlan(message.overlay);
        return this.drawPlan();
      case 'progress':
        this.progress = message.text;
        this.spoken.textContent = message.text;
        return this.say();
      case 'fit':
        return this.viewport.fit();
    }
  }

  get selected(): ReadonlySet<string> {
    return new Set(this.store.kept.selected);
  }

  get current(): string | undefined {
    const { current } = this.store.kept;
    return current !== undefined && this.canvas.get(current) ? current : undefined;
  }

  /** Selects what is drawn, and makes the last one the current one. */
  select(keys: readonly string[], { tell }: { tell: boolean }) {
    const current = keys.at(-1);
    this.store.keep({ selected: keys, ...(current !== undefined && { current }) });
    this.showSelection();
    const node = current === undefined ? undefined : this.canvas.get(current);
    if (node) this.viewport.bringIntoSight(node);
    if (tell) this.store.post({ type: 'select', keys: this.nodesOf(keys) });
  }

  toggle(key: string) {
    const { selected } = this.store.kept;
    const without = selected.filter((one) => one !== key);
    this.select(without.length < selected.length ? without : [...selected, key], { tell: true });
  }

  move(direction: Direction) {
    const frames = this.canvas.nodes.filter((node) => !node.gone);
    const here = this.current;
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
    const keys = this.nodesOf(this.store.kept.selected);
    if (keys.length > 0) this.store.post({ type: 'remove', keys });
  }

  hover(key: string | undefined) {
    if (key === this.hovered) return;
    this.hovered = key;
    this.lightUp();
  }

  /** What menus are told of the clicked one, and of the selection if it is part of that. */
  contextFor(key: string): string {
    const node = this.canvas.get(key);
    const { selected } = this.store.kept;
    const others = selected.includes(key) ? selected.filter((one) => one !== key) : [];
    return JSON.stringify({
      webviewSection: 'node',
      preventDefaultContextMenuItems: true,
      podgraphItem: node?.words ?? '',
      podgraphKeys: this.nodesOf([key, ...others]),
    });
  }

  /** What is drawn for some nodes: themselves, or the folded box that they are in. */
  private shownFor(keys: readonly string[]): string[] {
    const shown = keys.flatMap(
      (key) => this.canvas.get(key)?.key ?? this.canvas.nodes.find(({ nodes }) => nodes.includes(key))?.key ?? [],
    );
    return [...new Set(shown)];
  }

  private nodesOf(keys: readonly string[]): string[] {
    return [...new Set(keys.flatMap((key) => this.canvas.get(key)?.nodes ?? []))];
  }

  private draw(drawing: Drawing, words: Words) {
    this.words = words;
    this.dependents = dependentsIn(drawing.needs);
    const isFirst = this.canvas.nodes.length === 0;
    const anchor = isFirst ? undefined : this.anchor();
    const before = anchor && this.canvas.get(anchor);
    this.tools.draw(words, this.store.kept.search);
    part('title').textContent = words.graph ?? '';
    this.outline.root.setAttribute('aria-label', words.graph ?? '');
    this.outline.root.setAttribute('aria-description', words.help ?? '');
    this.canvas.draw(drawing, words);
    this.viewport.setWhole(drawing);
    const after = anchor && this.canvas.get(anchor);
    const { view } = this.store.kept;
    if (isFirst && view) this.viewport.show(view);
    else if (isFirst && drawing.nodes.length > 0) this.viewport.fit();
    else if (before && after) {
      const now = this.viewport.view;
      this.viewport.show({ ...now, x: now.x + after.x - before.x, y: now.y + after.y - before.y });
    }
    const empty = part('empty');
    empty.hidden = drawing.empty === undefined;
    empty.textContent = drawing.empty ?? '';
    // The picture first: whoever hears the list does not wait for it any longer than this.
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.outline.draw(this.canvas.nodes);
        this.showSelection();
      }),
    );
    this.showSelection();
    this.drawPlan();
    this.search(this.store.kept.search, false);
    this.lightUp();
  }

  /** What is to stay where it is on the screen when all is laid out anew. */
  private anchor(): string | undefined {
    if (this.current !== undefined) return this.current;
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
    const left = this.store.kept.selected.filter((key) => this.canvas.get(key));
    if (left.length < this.store.kept.selected.length) this.store.keep({ selected: left });
    this.showSelection();
    this.lightUp();
  }

  private showSelection() {
    const { selected, current } = this;
    this.canvas.mark('selected', selected);
    this.canvas.mark('current', new Set(current === undefined ? [] : [current]));
    this.outline.select(selected);
    this.outline.setCurrent(current, current === undefined ? '' : this.closureWords(current));
    const own = current ?? this.canvas.nodes[0]?.key;
    if (own !== undefined) this.outline.root.setAttribute('data-vscode-context', this.contextFor(own));
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
    const wanted = text.trim().toLowerCase();
    this.found = wanted
      ? this.canvas.nodes.filter(({ label }) => label.toLowerCase().includes(wanted)).map(({ key }) => key)
      : [];
    this.canvas.mark('found', new Set(this.found));
    this.foundAt = 0;
    const first = this.canvas.get(this.found[0] ?? '');
    if (byHand && first) this.viewport.bringIntoSight(first);
    this.tools.showFound(this.found.length > 0 ? 1 : 0, this.found.length);
    this.lightUp();
  }

  private nextFound(back: boolean) {
    const count = this.found.length;
    if (count === 0) return;
    const key = this.found[this.foundAt] ?? '';
    const isThere = this.current === key;
    if (isThere) this.foundAt = (this.foundAt + (back ? count - 1 : 1)) % count;
    this.select([this.found[this.foundAt] ?? key], { tell: true });
    this.tools.showFound(this.foundAt + 1, count);
  }

  private showWave(wave: number | undefined) {
    this.wave = wave;
    this.drawPlan();
  }

  private drawPlan() {
    const places = new Map(this.overlay?.places);
    const numbers = new Map<string, number>();
    for (const { key, nodes } of this.canvas.nodes) {
      const waves = nodes.flatMap((node) => places.get(node) ?? []);
      if (waves.length > 0) numbers.set(key, Math.max(...waves));
    }
    const { wave } = this;
    const among = (is: (number: number) => boolean) =>
      new Set([...numbers].filter(([, number]) => is(number)).map(([key]) => key));
    this.canvas.stamp(numbers);
    this.canvas.mark(
      'wave',
      among((number) => wave === undefined || number === wave),
    );
    this.canvas.mark(
      'past',
      among((number) => wave !== undefined && number < wave),
    );
    this.canvas.root.classList.toggle('planned', this.overlay !== undefined);
    this.say();
  }

  /** The one under the pointer with all that would go along; while searching, what was found. */
  private lightUp() {
    const key = this.hovered;
    const node = key === undefined ? undefined : this.canvas.get(key);
    const lit = new Set<string>();
    if (node) {
      lit.add(node.key);
      const along = closureOf(node.nodes, this.dependents);
      for (const other of this.canvas.nodes) if (other.nodes.some((one) => along.has(one))) lit.add(other.key);
    } else for (const found of this.found) lit.add(found);
    this.canvas.mark('lit', lit);
    this.canvas.root.classList.toggle('dimmed', lit.size > 0);
    this.canvas.light(node ? this.canvas.ways.filter(({ from, to }) => lit.has(from) && lit.has(to)) : []);
    this.say();
  }

  /** What would go along, in one sentence. */
  private closureWords(key: string): string {
    const node = this.canvas.get(key);
    if (!node || node.gone) return '';
    const along = [...closureOf(node.nodes, this.dependents)].filter((one) => !node.nodes.includes(one));
    if (along.length === 0) return filled(this.words.alone, node.label);
    // What is hidden in a folded box has no name here.
    const names = along.flatMap((one) => this.canvas.get(one)?.label ?? []).sort();
    const rest = along.length - Math.min(named, names.length);
    const more = rest > 0 ? [filled(this.words.more, rest)] : [];
    const list = [...names.slice(0, named), ...more].join(', ');
    return filled(along.length === 1 ? this.words.alongOne : this.words.along, node.label, along.length, list);
  }

  private say() {
    const { hovered } = this;
    const of = hovered === undefined ? undefined : this.overlayWords(hovered);
    const waves = this.wave === undefined ? undefined : this.overlay?.waves[this.wave];
    const text = hovered !== undefined ? (of ?? this.closureWords(hovered)) : (waves ?? this.progress);
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  /** Why the one under the pointer stays, while a plan is looked at. */
  private overlayWords(key: string): string | undefined {
    const why = this.overlay?.stays.find(([node]) => node === key)?.[1];
    return why && `${this.canvas.get(key)?.label ?? ''}: ${why}`;
  }
}
