import { fitting, lineSize, nameSize, textLeft, textRoom, textWidth } from '../measure';
import type { DrawnNode, Face } from '../messages';
import { shield, type Sign, signAt, signs } from '../signs';
import { filled, svg, type Words } from './dom';

/** How tall the head of an open box is. */
const head = 30;
const plus: Sign = { path: 'M4 8h8M8 4v8', solid: false };
const minus: Sign = { path: 'M4 8h8', solid: false };

/**
 * One node as it is drawn. Each part stands where it stands by its own coordinates: what a transform moves, a browser paints
 * apart from all else, and goes through at every change.
 */
export class Figure {
  readonly group: SVGGElement;
  private readonly box: SVGRectElement;
  private readonly sign: SVGPathElement;
  private readonly name: SVGTextElement;
  private readonly line: SVGTextElement;
  private readonly fold: Fold | undefined;
  private shield: SVGPathElement | undefined;
  private stamped: SVGGElement | undefined;
  private readonly marks = new Set<string>();

  constructor(
    private shown: DrawnNode,
    words: Words,
  ) {
    this.group = model().cloneNode(true) as SVGGElement;
    [this.box, this.sign, this.name, this.line] = [...this.group.children] as Parts;
    this.group.dataset.key = shown.key;
    if (shown.folded !== undefined) this.group.append((this.fold = foldSign(shown, words)).group);
    this.place(shown);
  }

  get node(): DrawnNode {
    return this.shown;
  }

  /** Draws the node where it stands now, with what is to be seen of it there. */
  place(node: DrawnNode) {
    this.shown = node;
    const { x, y, width, height, folded } = node;
    setAttributes(this.box, { x, y, width, height });
    const middle = middleOf(node);
    const isFrame = folded === false;
    setAttributes(this.name, { x: x + textLeft, y: isFrame ? middle + 5 : middle - 3 });
    setAttributes(this.line, { x: x + textLeft, y: isFrame ? middle + 5 : middle + 14 });
    if (this.fold) {
      const corner = { x: x + width - 24, y: middle - 8 };
      setAttributes(this.fold.box, corner);
      this.fold.path.setAttribute('d', signAt(folded ? plus : minus, corner.x, corner.y));
    }
    this.shield?.setAttribute('d', this.shieldHere());
    this.dress(node);
  }

  /** Shows what looks different now, in place. */
  dress(face: Face) {
    this.shown = { ...this.shown, ...face };
    const { folded, x, width } = this.shown;
    this.wear();
    const shape = signs[face.shape];
    this.sign.setAttribute('d', signAt(shape, x + 10, middleOf(this.shown) - 8));
    this.sign.setAttribute('class', shape.solid ? 'sign solid' : 'sign');
    const room = textRoom(width) - (folded === undefined ? 0 : 22);
    const nameRoom = room - (face.isProtected ? 18 : 0);
    // In the head of a frame the name leaves room for what is said beside it, whatever that is at the moment.
    const label = fitting(face.label, nameSize, folded === false ? nameRoom / 2 : nameRoom);
    setText(this.name, label);
    if (folded === false) {
      const left = textLeft + textWidth(label, nameSize) + 8;
      this.line.setAttribute('x', String(Math.round(x + left)));
      setText(this.line, fitting(face.line, lineSize, textLeft + room - left));
    } else setText(this.line, fitting(face.line, lineSize, room));
    this.protect(face.isProtected);
  }

  /** Gives the node a class, or takes it away. */
  mark(className: string, isOn: boolean) {
    if (this.marks.has(className) === isOn) return;
    if (isOn) this.marks.add(className);
    else this.marks.delete(className);
    this.group.classList.toggle(className, isOn);
  }

  /** Stamps the node with a number, or takes the stamp away. */
  stamp(number: number | undefined) {
    this.stamped?.remove();
    this.stamped = undefined;
    if (number === undefined) return;
    const [cx, cy] = [this.shown.x + this.shown.width - 4, this.shown.y + 2];
    const text = svg('text', { 'text-anchor': 'middle', x: cx, y: cy + 4.5 });
    text.textContent = String(number);
    this.stamped = svg('g', { class: 'stamp' });
    this.stamped.append(svg('circle', { cx, cy, r: 11 }), text);
    this.group.append(this.stamped);
  }

  private wear() {
    const { kind, folded, tone, gone } = this.shown;
    const own = ['node', kind, ...(folded === false ? ['frame'] : []), tone, ...(gone ? ['gone'] : [])];
    this.group.setAttribute('class', [...own, ...this.marks].join(' '));
  }

  private protect(isProtected: boolean) {
    if (isProtected === (this.shield !== undefined)) return;
    this.shield?.remove();
    this.shield = isProtected ? svg('path', { class: 'sign shield', d: this.shieldHere() }) : undefined;
    if (this.shield) this.group.append(this.shield);
  }

  private shieldHere(): string {
    return signAt(shield, this.shown.x + this.shown.width - 24, this.shown.y + 6);
  }
}

type Parts = [SVGRectElement, SVGPathElement, SVGTextElement, SVGTextElement];

interface Fold {
  readonly group: SVGGElement;
  readonly box: SVGRectElement;
  readonly path: SVGPathElement;
}

/** Where what is said stands: in the middle of a box, or of the head of an open one. */
function middleOf({ y, height, folded }: DrawnNode): number {
  return y + (folded === false ? head : height) / 2;
}

function setAttributes(element: Element, values: Readonly<Record<string, number>>) {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value));
}

function setText(element: SVGTextElement, text: string) {
  if (element.textContent !== text) element.textContent = text;
}

let modelGroup: SVGGElement | undefined;

/** All that every node is made of, to be copied: cheaper than to make each part anew. */
function model(): SVGGElement {
  if (modelGroup) return modelGroup;
  modelGroup = svg('g', { class: 'node' });
  modelGroup.append(
    svg('rect', { rx: 5 }),
    svg('path', { class: 'sign' }),
    svg('text', { class: 'name' }),
    svg('text', { class: 'line' }),
  );
  return modelGroup;
}

function foldSign({ folded, label }: DrawnNode, words: Words): Fold {
  const group = svg('g', { class: 'fold' });
  const title = svg('title');
  title.textContent = filled(folded ? words.open : words.fold, label);
  const [box, path] = [svg('rect', { width: 16, height: 16, rx: 3 }), svg('path')];
  group.append(title, box, path);
  return { group, box, path };
}
