import type { NodeModel, NodePresentation } from '../messages';
import {
  type Icon,
  iconAt,
  icons,
  lineSize,
  nameSize,
  shield,
  textSpace,
  textStart,
  textWidth,
  truncateToWidth,
} from '../svgShapes';
import { format, type Strings, svg } from './dom';

/** How tall the head of an open box is. */
const head = 30;
const plus: Icon = { path: 'M4 8h8M8 4v8', solid: false };
const minus: Icon = { path: 'M4 8h8', solid: false };

/**
 * One node as it is drawn. Each part stands where it stands by its own coordinates: what a transform moves, a browser paints
 * apart from all else, and goes through at every change.
 */
export class NodeElement {
  readonly group: SVGGElement;
  private readonly box: SVGRectElement;
  private readonly icon: SVGPathElement;
  private readonly name: SVGTextElement;
  private readonly line: SVGTextElement;
  private readonly collapse: CollapseToggle | undefined;
  private shield: SVGPathElement | undefined;
  private badgeText: SVGGElement | undefined;
  private readonly marks = new Set<string>();

  constructor(
    private shown: NodeModel,
    text: Strings,
  ) {
    this.group = model().cloneNode(true) as SVGGElement;
    [this.box, this.icon, this.name, this.line] = [...this.group.children] as NodeElementParts;
    this.group.dataset.key = shown.key;
    if (shown.collapsed !== undefined) this.group.append((this.collapse = collapseIcon(shown, text)).group);
    this.setBounds(shown);
  }

  get node(): NodeModel {
    return this.shown;
  }

  /** Draws the node where it stands now, with what is to be seen of it there. */
  setBounds(node: NodeModel) {
    this.shown = node;
    const { x, y, width, height, collapsed } = node;
    setAttributes(this.box, { x, y, width, height });
    const middle = middleOf(node);
    const isFrame = collapsed === false;
    setAttributes(this.name, { x: x + textStart, y: isFrame ? middle + 5 : middle - 3 });
    setAttributes(this.line, { x: x + textStart, y: isFrame ? middle + 5 : middle + 14 });
    if (this.collapse) {
      const corner = { x: x + width - 24, y: middle - 8 };
      setAttributes(this.collapse.box, corner);
      this.collapse.path.setAttribute('d', iconAt(collapsed ? plus : minus, corner.x, corner.y));
    }
    this.shield?.setAttribute('d', this.drawShield());
    this.update(node);
  }

  /** Shows what looks different now, in place. */
  update(presentation: NodePresentation) {
    this.shown = { ...this.shown, ...presentation };
    const { collapsed, x, width } = this.shown;
    this.setClasses();
    const shape = icons[presentation.shape];
    this.icon.setAttribute('d', iconAt(shape, x + 10, middleOf(this.shown) - 8));
    this.icon.setAttribute('class', shape.solid ? 'sign solid' : 'sign');
    const room = textSpace(width) - (collapsed === undefined ? 0 : 22);
    const nameRoom = room - (presentation.isProtected ? 18 : 0);
    // In the head of a frame the name leaves room for what is said beside it, whatever that is at the moment.
    const label = truncateToWidth(presentation.label, nameSize, collapsed === false ? nameRoom / 2 : nameRoom);
    setText(this.name, label);
    if (collapsed === false) {
      const left = textStart + textWidth(label, nameSize) + 8;
      this.line.setAttribute('x', String(Math.round(x + left)));
      setText(this.line, truncateToWidth(presentation.subtitle, lineSize, textStart + room - left));
    } else setText(this.line, truncateToWidth(presentation.subtitle, lineSize, room));
    this.setProtected(presentation.isProtected);
  }

  /** Gives the node a class, or takes it away. */
  mark(className: string, isOn: boolean) {
    if (this.marks.has(className) === isOn) return;
    if (isOn) this.marks.add(className);
    else this.marks.delete(className);
    this.group.classList.toggle(className, isOn);
  }

  /** Stamps the node with a number, or takes the stamp away. */
  setBadge(number: number | undefined) {
    this.badgeText?.remove();
    this.badgeText = undefined;
    if (number === undefined) return;
    const [cx, cy] = [this.shown.x + this.shown.width - 4, this.shown.y + 2];
    const text = svg('text', { 'text-anchor': 'middle', x: cx, y: cy + 4.5 });
    text.textContent = String(number);
    this.badgeText = svg('g', { class: 'stamp' });
    this.badgeText.append(svg('circle', { cx, cy, r: 11 }), text);
    this.group.append(this.badgeText);
  }

  private setClasses() {
    const { kind, collapsed, tone, isRemoved: removed } = this.shown;
    const own = ['node', kind, ...(collapsed === false ? ['frame'] : []), tone, ...(removed ? ['gone'] : [])];
    this.group.setAttribute('class', [...own, ...this.marks].join(' '));
  }

  private setProtected(isProtected: boolean) {
    if (isProtected === (this.shield !== undefined)) return;
    this.shield?.remove();
    this.shield = isProtected ? svg('path', { class: 'sign shield', d: this.drawShield() }) : undefined;
    if (this.shield) this.group.append(this.shield);
  }

  private drawShield(): string {
    return iconAt(shield, this.shown.x + this.shown.width - 24, this.shown.y + 6);
  }
}

type NodeElementParts = [SVGRectElement, SVGPathElement, SVGTextElement, SVGTextElement];

interface CollapseToggle {
  readonly group: SVGGElement;
  readonly box: SVGRectElement;
  readonly path: SVGPathElement;
}

/** Where what is said stands: in the middle of a box, or of the head of an open one. */
function middleOf({ y, height, collapsed }: NodeModel): number {
  return y + (collapsed === false ? head : height) / 2;
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

function collapseIcon({ collapsed, label }: NodeModel, text: Strings): CollapseToggle {
  const group = svg('g', { class: 'fold' });
  const title = svg('title');
  title.textContent = format(collapsed ? text.open : text.fold, label);
  const [box, path] = [svg('rect', { width: 16, height: 16, rx: 3 }), svg('path')];
  group.append(title, box, path);
  return { group, box, path };
}
