import { isResourceKind } from '../../../graph/model/resources';
import type { NodeModel, NodePresentation } from '../messages';
import {
  chipPadding,
  iconAt,
  iconClass,
  icons,
  nameSize,
  marksOf,
  markWidth,
  shield,
  subtitleSize,
  textSpace,
  textStart,
  textWidth,
  truncateMiddle,
  truncateToWidth,
} from '../svgShapes';
import { createToggle, toggleAt } from './collapseToggle';
import { svg } from './dom';
import type { ZoomLevel } from './zoomLevel';

/** Height of the header of an expanded box. */
const headerHeight = 30;
/** Width of the bar that shows the state beside an enlarged name. */
const barWidth = 7;

/** Corners of the kinds that are not rectangles: a lying cylinder, a pill, and sheets. */
const outlines: Readonly<Partial<Record<NodeModel['kind'], Readonly<Record<string, string>>>>> = {
  volume: { rx: '8', ry: '17' },
  network: { rx: '17' },
  image: { rx: '1' },
};

/** One drawn node. Its parts have absolute coordinates, because browsers repaint transformed groups on every change. */
export class SvgNode {
  readonly group: SVGGElement;
  private readonly box: SVGRectElement;
  private readonly icon: SVGPathElement;
  private readonly name: SVGTextElement;
  private readonly toggle: SVGPathElement | undefined;
  /** The edges of a second sheet behind a collapsed box. */
  private readonly sheet: SVGPathElement | undefined;
  private subtitle: SVGTextElement | undefined;
  private chip: { readonly box: SVGRectElement; readonly text: SVGTextElement } | undefined;
  private markIcons: SVGPathElement[] = [];
  private badgeGroup: SVGGElement | undefined;
  private readonly marks = new Set<string>();

  constructor(
    private shown: NodeModel,
    private level: ZoomLevel,
  ) {
    this.group = template().cloneNode(true) as SVGGElement;
    // Properties that create no list or map: their cost counts for hundreds of nodes.
    this.box = this.group.firstElementChild as SVGRectElement;
    this.icon = this.box.nextElementSibling as SVGPathElement;
    this.name = this.icon.nextElementSibling as SVGTextElement;
    this.group.setAttribute('data-key', shown.key);
    if (shown.collapsed !== undefined) this.group.append((this.toggle = createToggle(shown)));
    if (shown.collapsed || shown.kind === 'image') this.box.after((this.sheet = svg('path', { class: 'sheet' })));
    const outline = outlines[shown.kind];
    if (outline) for (const [name, value] of Object.entries(outline)) this.box.setAttribute(name, value);
    this.setBounds(shown);
  }

  get node(): NodeModel {
    return this.shown;
  }

  /** Moves and updates the element. */
  setBounds(node: NodeModel) {
    this.shown = node;
    const { x, y, width, height } = node;
    setPosition(this.box, x, y);
    setNumber(this.box, 'width', width);
    setNumber(this.box, 'height', height);
    this.sheet?.setAttribute('d', `M${x + width + 2} ${y + 4}V${y + height + 2}H${x + 4}`);
    this.toggle?.setAttribute('d', toggleAt(x + width - 24, this.middle - 8, node.collapsed === true));
    this.render();
  }

  /** Updates the element in place. */
  update(presentation: NodePresentation) {
    this.shown = { ...this.shown, ...presentation };
    this.render();
  }

  setLevel(level: ZoomLevel) {
    if (level === this.level) return;
    this.level = level;
    this.render();
  }

  /** Sets or removes a class. */
  mark(className: string, isOn: boolean) {
    if (this.marks.has(className) === isOn) return;
    if (isOn) this.marks.add(className);
    else this.marks.delete(className);
    this.group.classList.toggle(className, isOn);
  }

  isMarked(className: string): boolean {
    return this.marks.has(className);
  }

  /** @param badge the step of a plan, or a shield */
  setBadge(badge: number | 'kept' | undefined) {
    this.badgeGroup?.remove();
    this.badgeGroup = undefined;
    // A protected node has a shield already.
    if (badge === undefined || (badge === 'kept' && this.shown.isProtected)) return;
    const [cx, cy] = [this.shown.x + this.shown.width - 4, this.shown.y + 2];
    this.badgeGroup = svg('g', { class: 'badge' });
    this.badgeGroup.classList.toggle('kept', badge === 'kept');
    const circle = svg('circle', { cx, cy, r: 11 });
    if (badge === 'kept') this.badgeGroup.append(circle, svg('path', { d: iconAt(shield, cx - 8, cy - 8) }));
    else {
      const text = svg('text', { 'text-anchor': 'middle', x: cx, y: cy + 4.5 });
      text.textContent = String(badge);
      this.badgeGroup.append(circle, text);
    }
    this.group.append(this.badgeGroup);
  }

  /** Vertical center of the box, or of the header of an expanded one. */
  private get middle(): number {
    const { y, height, collapsed } = this.shown;
    return y + (collapsed === false ? headerHeight : height) / 2;
  }

  /** Name and details are on one line. */
  private get isSingleLine(): boolean {
    return this.shown.isRow || this.shown.collapsed === false;
  }

  private setClasses() {
    const { kind, collapsed, tone, isRow, isContext, isRemoved, contextValues } = this.shown;
    const own = ['node', kind, tone];
    if (isResourceKind(kind)) own.push('resource', ...(contextValues.includes('hasDependents') ? [] : ['unused']));
    if (collapsed === false) own.push('frame');
    if (isRow) own.push('row');
    if (isContext) own.push('context');
    if (isRemoved) own.push('removed');
    this.group.setAttribute('class', [...own, ...this.marks].join(' '));
  }

  private render() {
    this.setClasses();
    const isFull = this.level.id === 'full';
    this.renderMarks(isFull);
    const right = this.renderChip(isFull);
    if (isFull) this.renderText(right);
    else this.renderName();
  }

  /** @param right width taken by the chip */
  private renderText(right: number) {
    const { shown, middle } = this;
    const icon = icons[shown.shape];
    this.icon.setAttribute('d', iconAt(icon, shown.x + 10, middle - 8));
    this.icon.setAttribute('class', iconClass(icon));
    const space = textSpace(shown.width) - (this.toggle ? 22 : 0);
    const top = space - this.markIcons.length * markWidth;
    if (this.isSingleLine) {
      const single = top - right;
      // Half the width is reserved for the subtitle.
      const wanted = textWidth(shown.label, nameSize);
      const label = truncateToWidth(shown.label, nameSize, Math.max(single / 2, Math.min(wanted, single - 60)));
      const left = textStart + textWidth(label, nameSize) + 8;
      this.setName(label, shown.x + textStart, middle + 5);
      this.setSubtitle(shown.x + left, middle + 4.5, textStart + single - left);
    } else {
      this.setName(truncateToWidth(shown.label, nameSize, top), shown.x + textStart, middle - 3);
      this.setSubtitle(shown.x + textStart, middle + 14, space - right);
    }
  }

  /** Only the name, in the size of the level. */
  private renderName() {
    const { shown, middle, level } = this;
    const height = shown.collapsed === false ? headerHeight : shown.height;
    const isFrame = shown.collapsed === false;
    const fits = level.id === 'names' && level.nameSize <= height;
    // A resource has no state to show; a tile shows it by its own color.
    const hasBar = level.id === 'names' && !isFrame && !isResourceKind(shown.kind);
    this.icon.setAttribute('d', hasBar ? `M${shown.x} ${shown.y}h${barWidth}v${height}h-${barWidth}z` : '');
    this.icon.setAttribute('class', iconClass(icons[shown.shape]));
    this.subtitle?.remove();
    this.subtitle = undefined;
    const start = hasBar ? barWidth + 6 : 8;
    const space = shown.width - start - 6 - (this.toggle ? 22 : 0);
    const label = fits ? truncateMiddle(shown.label, level.nameSize, space) : '';
    this.setName(label, shown.x + start, middle + level.nameSize * 0.35);
  }

  private setName(label: string, x: number, y: number) {
    setPosition(this.name, Math.round(x), y);
    setText(this.name, label);
  }

  /** The status in the color of its tone, then the rest, as far as the space permits. */
  private setSubtitle(x: number, y: number, space: number) {
    if (!this.subtitle) this.name.after((this.subtitle = svg('text', { class: 'subtitle' })));
    setPosition(this.subtitle, Math.round(x), y);
    const { status, subtitle } = this.shown;
    if (!status) return setText(this.subtitle, truncateToWidth(subtitle, subtitleSize, space));
    const first = truncateToWidth(status, subtitleSize, space);
    const whole =
      subtitle && first === status ? truncateToWidth(`${status} · ${subtitle}`, subtitleSize, space) : first;
    const text = svg('tspan', { class: 'status' });
    text.textContent = first;
    this.subtitle.replaceChildren(text, whole.startsWith(first) ? whole.slice(first.length) : '');
  }

  /** @returns the width that it takes */
  private renderChip(isFull: boolean): number {
    const { ports, x, y, width, height } = this.shown;
    if (!ports || !isFull) {
      this.chip?.box.remove();
      this.chip?.text.remove();
      this.chip = undefined;
      return 0;
    }
    if (!this.chip) {
      this.chip = { box: svg('rect', { class: 'chip', height: 15, rx: 7.5 }), text: svg('text', { class: 'ports' }) };
      this.group.append(this.chip.box, this.chip.text);
    }
    const chipWidth = Math.ceil(textWidth(ports, subtitleSize)) + 2 * chipPadding;
    const taken = (this.toggle ? 22 : 0) + (this.isSingleLine ? this.markIcons.length * markWidth : 0);
    const left = x + width - chipWidth - 6 - taken;
    const middle = this.isSingleLine ? this.middle : y + height - 13;
    setPosition(this.chip.box, left, middle - 7.5);
    setNumber(this.chip.box, 'width', chipWidth);
    setPosition(this.chip.text, left + chipPadding, middle + 4);
    setText(this.chip.text, ports);
    return chipWidth;
  }

  private renderMarks(isFull: boolean) {
    for (const icon of this.markIcons) icon.remove();
    const { x, y, width } = this.shown;
    const right = x + width - (this.toggle ? 22 : 0);
    const top = this.isSingleLine ? this.middle - 8 : y + 5;
    if (!isFull) return void (this.markIcons = []);
    this.markIcons = marksOf(this.shown).map(({ icon, tone }, at) =>
      svg('path', { class: `${iconClass(icon)} ${tone}`, d: iconAt(icon, right - 24 - at * markWidth, top) }),
    );
    this.group.append(...this.markIcons);
  }
}

function setNumber(element: Element, name: string, value: number) {
  element.setAttribute(name, String(value));
}

function setPosition(element: Element, x: number, y: number) {
  setNumber(element, 'x', x);
  setNumber(element, 'y', y);
}

function setText(element: SVGTextElement, text: string) {
  if (element.firstElementChild || element.textContent !== text) element.textContent = text;
}

let templateGroup: SVGGElement | undefined;

/** The parts of every node; cloning is cheaper than creating each part. */
function template(): SVGGElement {
  if (templateGroup) return templateGroup;
  templateGroup = svg('g', { class: 'node' });
  templateGroup.append(svg('rect', { rx: 5 }), svg('path', { class: 'icon' }), svg('text', { class: 'name' }));
  return templateGroup;
}
