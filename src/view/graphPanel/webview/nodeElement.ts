import type { NodeModel, NodePresentation } from '../messages';
import {
  type Icon,
  iconAt,
  icons,
  subtitleSize,
  nameSize,
  shield,
  textSpace,
  textStart,
  textWidth,
  truncateToWidth,
} from '../svgShapes';
import { format, type Strings, svg } from './dom';

/** Height of the header of an expanded box. */
const headerHeight = 30;
const plus: Icon = { path: 'M4 8h8M8 4v8', solid: false };
const minus: Icon = { path: 'M4 8h8', solid: false };

/** One drawn node. Its parts have absolute coordinates, because browsers repaint transformed groups on every change. */
export class NodeElement {
  readonly group: SVGGElement;
  private readonly box: SVGRectElement;
  private readonly icon: SVGPathElement;
  private readonly name: SVGTextElement;
  private readonly subtitle: SVGTextElement;
  private readonly toggle: CollapseToggle | undefined;
  private shield: SVGPathElement | undefined;
  private badgeGroup: SVGGElement | undefined;
  private readonly marks = new Set<string>();

  constructor(
    private shown: NodeModel,
    strings: Strings,
  ) {
    this.group = template().cloneNode(true) as SVGGElement;
    [this.box, this.icon, this.name, this.subtitle] = [...this.group.children] as NodeElementParts;
    this.group.dataset.key = shown.key;
    if (shown.collapsed !== undefined) this.group.append((this.toggle = createToggle(shown, strings)).group);
    this.setBounds(shown);
  }

  get node(): NodeModel {
    return this.shown;
  }

  /** Moves and updates the element. */
  setBounds(node: NodeModel) {
    this.shown = node;
    const { x, y, width, height, collapsed } = node;
    setAttributes(this.box, { x, y, width, height });
    const middle = middleOf(node);
    const isFrame = collapsed === false;
    setAttributes(this.name, { x: x + textStart, y: isFrame ? middle + 5 : middle - 3 });
    setAttributes(this.subtitle, { x: x + textStart, y: isFrame ? middle + 5 : middle + 14 });
    if (this.toggle) {
      const corner = { x: x + width - 24, y: middle - 8 };
      setAttributes(this.toggle.box, corner);
      this.toggle.path.setAttribute('d', iconAt(collapsed ? plus : minus, corner.x, corner.y));
    }
    this.shield?.setAttribute('d', this.shieldPath());
    this.update(node);
  }

  /** Updates the element in place. */
  update(presentation: NodePresentation) {
    this.shown = { ...this.shown, ...presentation };
    const { collapsed, x, width } = this.shown;
    this.setClasses();
    const shape = icons[presentation.shape];
    this.icon.setAttribute('d', iconAt(shape, x + 10, middleOf(this.shown) - 8));
    this.icon.setAttribute('class', shape.solid ? 'icon solid' : 'icon');
    const space = textSpace(width) - (collapsed === undefined ? 0 : 22);
    const nameSpace = space - (presentation.isProtected ? 18 : 0);
    // In the header of an expanded box, half the width is reserved for the subtitle.
    const label = truncateToWidth(presentation.label, nameSize, collapsed === false ? nameSpace / 2 : nameSpace);
    setText(this.name, label);
    if (collapsed === false) {
      const left = textStart + textWidth(label, nameSize) + 8;
      this.subtitle.setAttribute('x', String(Math.round(x + left)));
      setText(this.subtitle, truncateToWidth(presentation.subtitle, subtitleSize, textStart + space - left));
    } else setText(this.subtitle, truncateToWidth(presentation.subtitle, subtitleSize, space));
    this.setProtected(presentation.isProtected);
  }

  /** Sets or removes a class. */
  mark(className: string, isOn: boolean) {
    if (this.marks.has(className) === isOn) return;
    if (isOn) this.marks.add(className);
    else this.marks.delete(className);
    this.group.classList.toggle(className, isOn);
  }

  /** @param badge the step of a plan, or a shield */
  setBadge(badge: number | 'kept' | undefined) {
    this.badgeGroup?.remove();
    this.badgeGroup = undefined;
    if (badge === undefined) return;
    const [cx, cy] = [this.shown.x + this.shown.width - 4, this.shown.y + 2];
    this.badgeGroup = svg('g', { class: badge === 'kept' ? 'badge kept' : 'badge' });
    const circle = svg('circle', { cx, cy, r: 11 });
    if (badge === 'kept') this.badgeGroup.append(circle, svg('path', { d: iconAt(shield, cx - 8, cy - 8) }));
    else {
      const text = svg('text', { 'text-anchor': 'middle', x: cx, y: cy + 4.5 });
      text.textContent = String(badge);
      this.badgeGroup.append(circle, text);
    }
    this.group.append(this.badgeGroup);
  }

  private setClasses() {
    const { kind, collapsed, tone, isRemoved } = this.shown;
    const own = ['node', kind, ...(collapsed === false ? ['frame'] : []), tone, ...(isRemoved ? ['removed'] : [])];
    this.group.setAttribute('class', [...own, ...this.marks].join(' '));
  }

  private setProtected(isProtected: boolean) {
    if (isProtected === (this.shield !== undefined)) return;
    this.shield?.remove();
    this.shield = isProtected ? svg('path', { class: 'icon shield', d: this.shieldPath() }) : undefined;
    if (this.shield) this.group.append(this.shield);
  }

  private shieldPath(): string {
    return iconAt(shield, this.shown.x + this.shown.width - 24, this.shown.y + 6);
  }
}

type NodeElementParts = [SVGRectElement, SVGPathElement, SVGTextElement, SVGTextElement];

interface CollapseToggle {
  readonly group: SVGGElement;
  readonly box: SVGRectElement;
  readonly path: SVGPathElement;
}

/** Vertical center of the box, or of the header of an expanded one. */
function middleOf({ y, height, collapsed }: NodeModel): number {
  return y + (collapsed === false ? headerHeight : height) / 2;
}

function setAttributes(element: Element, values: Readonly<Record<string, number>>) {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value));
}

function setText(element: SVGTextElement, text: string) {
  if (element.textContent !== text) element.textContent = text;
}

let templateGroup: SVGGElement | undefined;

/** The parts of every node; cloning is cheaper than creating each part. */
function template(): SVGGElement {
  if (templateGroup) return templateGroup;
  templateGroup = svg('g', { class: 'node' });
  templateGroup.append(
    svg('rect', { rx: 5 }),
    svg('path', { class: 'icon' }),
    svg('text', { class: 'name' }),
    svg('text', { class: 'subtitle' }),
  );
  return templateGroup;
}

function createToggle({ collapsed, label }: NodeModel, { expand, collapse }: Strings): CollapseToggle {
  const group = svg('g', { class: 'collapse-toggle' });
  const title = svg('title');
  title.textContent = format(collapsed ? expand : collapse, label);
  const [box, path] = [svg('rect', { width: 16, height: 16, rx: 3 }), svg('path')];
  group.append(title, box, path);
  return { group, box, path };
}
