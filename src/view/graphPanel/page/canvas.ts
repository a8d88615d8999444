import { fitting, lineSize, nameSize, textLeft, textRoom, textWidth } from '../measure';
import type { DrawnEdge, DrawnNode, Drawing, Face } from '../messages';
import { shield, type Sign, signAt, signs } from '../signs';
import { filled, part, svg, type Words } from './dom';

/** How tall the head of an open box is. */
const head = 30;
const plus: Sign = { path: 'M4 8h8M8 4v8', solid: false };
const minus: Sign = { path: 'M4 8h8', solid: false };
/** Half the width, and the length, of a line's tip. */
const tip = { side: 4, length: 8 };

interface Drawn {
  readonly group: SVGGElement;
  readonly sign: SVGPathElement;
  readonly name: SVGTextElement;
  readonly line: SVGTextElement;
  node: DrawnNode;
}

/**
 * The picture itself. Whatever an engine said is set as text, and nothing else. Each part stands where it stands by its own
 * coordinates: what a transform moves, a browser paints apart from all else, and goes through at every change.
 */
export class Canvas {
  readonly root = part<SVGSVGElement>('drawing');
  readonly world = svg('g');
  private readonly hardLines = svg('path', { class: 'edge hard' });
  private readonly hardTips = svg('path', { class: 'tip' });
  private readonly softLines = svg('path', { class: 'edge soft' });
  private readonly softTips = svg('path', { class: 'edge' });
  private readonly litLines = svg('path', { class: 'edge lit' });
  private readonly litSoft = svg('path', { class: 'edge lit soft' });
  private readonly lines = svg('g', { class: 'lines' });
  private readonly drawn = new Map<string, Drawn>();
  private edges: readonly DrawnEdge[] = [];
  private readonly model = modelNode();

  constructor() {
    this.lines.append(this.hardLines, this.softLines, this.hardTips, this.softTips);
    this.root.append(this.world);
  }

  get nodes(): readonly DrawnNode[] {
    return [...this.drawn.values()].map(({ node }) => node);
  }

  get ways(): readonly DrawnEdge[] {
    return this.edges;
  }

  get(key: string): DrawnNode | undefined {
    return this.drawn.get(key)?.node;
  }

  draw({ engines, nodes, edges }: Drawing, words: Words) {
    const before = new Map(this.drawn);
    this.drawn.clear();
    const frames = svg('g');
    const boxes = svg('g');
    for (const node of nodes) {
      const known = before.get(node.key);
      const one = known && known.node.folded === node.folded ? known : this.make(node, words);
      this.place(one, node);
      this.drawn.set(node.key, one);
      (node.folded === false ? frames : boxes).append(one.group);
    }
    const titles = engines.map(({ x, y, label }) => {
      const title = svg('text', { class: 'engine', x, y: y + 16 });
      title.textContent = label;
      return title;
    });
    this.edges = edges;
    this.drawLines();
    this.light([]);
    this.world.replaceChildren(...titles, frames, this.lines, this.litLines, this.litSoft, boxes);
  }

  /** Shows what looks different now, in place, and takes away what is gone. */
  look(faces: readonly Face[], gone: readonly string[]) {
    for (const face of faces) {
      const one = this.drawn.get(face.key);
      if (one) this.dress(one, face);
    }
    if (gone.length === 0) return;
    for (const key of gone) {
      this.drawn.get(key)?.group.remove();
      this.drawn.delete(key);
    }
    this.edges = this.edges.filter(({ from, to }) => this.drawn.has(from) && this.drawn.has(to));
    this.drawLines();
  }

  /** Gives exactly these nodes a class. */
  mark(className: string, keys: ReadonlySet<string>) {
    for (const [key, { group }] of this.drawn) {
      if (group.classList.contains(className) !== keys.has(key)) group.classList.toggle(className, keys.has(key));
    }
  }

  /** Stamps nodes with a number: the wave in which they go. */
  stamp(numbers: ReadonlyMap<string, number>) {
    for (const [key, { group, node }] of this.drawn) {
      group.querySelector('.stamp')?.remove();
      const number = numbers.get(key);
      if (number === undefined) continue;
      const [cx, cy] = [node.x + node.width - 4, node.y + 2];
      const stamp = svg('g', { class: 'stamp' });
      const text = svg('text', { 'text-anchor': 'middle', x: cx, y: cy + 4.5 });
      text.textContent = String(number + 1);
      stamp.append(svg('circle', { cx, cy, r: 11 }), text);
      group.append(stamp);
    }
  }

  /** Lets lines between these keys stand out. */
  light(edges: readonly DrawnEdge[]) {
    const of = (hard: boolean) => edges.filter((edge) => edge.hard === hard).map(({ path }) => path);
    // Tips are never dashed.
    const tips = edges.map(({ path, hard }) => tipOf(path, hard));
    this.litLines.setAttribute('d', [...of(true), ...tips].join(''));
    this.litSoft.setAttribute('d', of(false).join(''));
  }

  private drawLines() {
    const of = (hard: boolean) => this.edges.filter((edge) => edge.hard === hard).map(({ path }) => path);
    const [hard, soft] = [of(true), of(false)];
    this.hardLines.setAttribute('d', hard.join(''));
    this.hardTips.setAttribute('d', hard.map((path) => tipOf(path, true)).join(''));
    this.softLines.setAttribute('d', soft.join(''));
    this.softTips.setAttribute('d', soft.map((path) => tipOf(path, false)).join(''));
  }

  private make(node: DrawnNode, words: Words): Drawn {
    const group = this.model.cloneNode(true) as SVGGElement;
    const [, sign, name, line] = [...group.children] as [
      SVGRectElement,
      SVGPathElement,
      SVGTextElement,
      SVGTextElement,
    ];
    group.dataset.key = node.key;
    if (node.folded !== undefined) group.append(foldSign(node, words));
    return { group, sign, name, line, node };
  }

  private place(one: Drawn, node: DrawnNode) {
    const { group, name, line } = one;
    const { x, y, width, height } = node;
    setAttributes(group.firstElementChild, { x, y, width, height });
    one.node = node;
    const isFrame = node.folded === false;
    const middle = middleOf(node);
    setAttributes(name, { x: x + textLeft, y: isFrame ? middle + 5 : middle - 3 });
    setAttributes(line, { x: x + textLeft, y: isFrame ? middle + 5 : middle + 14 });
    placeFold(group, node);
    // It stands elsewhere, if it has one.
    group.querySelector('.shield')?.remove();
    this.dress(one, node);
  }

  private dress(one: Drawn, face: Face) {
    const { group, sign, name, line } = one;
    one.node = { ...one.node, ...face };
    const { kind, folded, x, width } = one.node;
    const marks = ['lit', 'selected', 'current', 'found', 'wave', 'past', 'stays'].filter((mark) =>
      group.classList.contains(mark),
    );
    group.setAttribute(
      'class',
      ['node', kind, folded === false ? 'frame' : '', face.tone, face.gone ? 'gone' : '', ...marks].join(' '),
    );
    const shape = signs[face.shape];
    sign.setAttribute('d', signAt(shape, x + 10, middleOf(one.node) - 8));
    sign.setAttribute('class', shape.solid ? 'sign solid' : 'sign');
    const room = textRoom(width) - (folded === undefined ? 0 : 22);
    const nameRoom = room - (face.isProtected ? 18 : 0);
    // In the head of a frame the name leaves room for what is said beside it, whatever that is at the moment.
    const label = fitting(face.label, nameSize, folded === false ? nameRoom / 2 : nameRoom);
    setText(name, label);
    if (folded === false) {
      const left = textLeft + textWidth(label, nameSize) + 8;
      line.setAttribute('x', String(Math.round(x + left)));
      setText(line, fitting(face.line, lineSize, textLeft + room - left));
    } else setText(line, fitting(face.line, lineSize, room));
    showShield(group, face.isProtected, one.node);
  }
}

/** Where what is said stands: in the middle of a box, or of the head of an open one. */
function middleOf({ y, height, folded }: DrawnNode): number {
  return y + (folded === false ? head : height) / 2;
}

function setAttributes(element: Element | null | undefined, values: Readonly<Record<string, number>>) {
  for (const [name, value] of Object.entries(values)) element?.setAttribute(name, String(value));
}

function setText(element: SVGTextElement, text: string) {
  if (element.textContent !== text) element.textContent = text;
}

/** All that a node is made of, to be copied. */
function modelNode(): SVGGElement {
  const group = svg('g', { class: 'node' });
  group.append(
    svg('rect', { rx: 5 }),
    svg('path', { class: 'sign' }),
    svg('text', { class: 'name' }),
    svg('text', { class: 'line' }),
  );
  return group;
}

function foldSign(node: DrawnNode, words: Words): SVGGElement {
  const sign = svg('g', { class: 'fold' });
  const title = svg('title');
  title.textContent = filled(node.folded ? words.open : words.fold, node.label);
  sign.append(title, svg('rect', { width: 16, height: 16, rx: 3 }), svg('path'));
  return sign;
}

function placeFold(group: SVGGElement, node: DrawnNode) {
  const [, rect, path] = group.querySelector('.fold')?.children ?? [];
  const [x, y] = [node.x + node.width - 24, middleOf(node) - 8];
  setAttributes(rect, { x, y });
  path?.setAttribute('d', signAt(node.folded ? plus : minus, x, y));
}

function showShield(group: SVGGElement, isProtected: boolean, { x, y, width }: DrawnNode) {
  const known = group.querySelector('.shield');
  if (!isProtected) return known?.remove();
  if (known) return;
  const sign = svg('path', { class: 'sign shield', d: signAt(shield, x + width - 24, y + 6) });
  group.append(sign);
}

/** The tip of a line, at its path's last point; lines that lead back come from the side. */
function tipOf(path: string, solid: boolean): string {
  const numbers = path
    .slice(path.lastIndexOf('C') + 1)
    .split(' ')
    .map(Number);
  const [bx = 0, by = 0, x = 0, y = 0] = numbers.slice(2);
  const { side, length } = tip;
  const end = solid ? 'z' : '';
  if (by === y && bx > x) return `M${x + length} ${y - side}L${x} ${y}L${x + length} ${y + side}${end}`;
  return `M${x - side} ${y - length}L${x} ${y}L${x + side} ${y - length}${end}`;
}
