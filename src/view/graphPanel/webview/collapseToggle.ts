import type { NodeModel } from '../messages';
import { type Icon, iconAt } from '../svgShapes';
import { format, strings, svg } from './dom';

/** A square with a minus sign. */
const minus: Icon = { path: 'M3 0h10l3 3v10l-3 3h-10l-3-3v-10zM4 8h8', solid: false };
const plus: Icon = { path: `${minus.path}M8 4v8`, solid: false };

/** The button that collapses and expands a box, with its upper left corner at a point. */
export function createToggle({ collapsed, label }: NodeModel): SVGPathElement {
  const toggle = svg('path', { class: 'collapse-toggle' });
  // Hundreds of boxes are drawn, but few tooltips are shown.
  toggle.addEventListener('pointerenter', () => {
    const title = svg('title');
    title.textContent = format(collapsed ? strings.expand : strings.collapse, label);
    toggle.replaceChildren(title);
  });
  return toggle;
}

export function toggleAt(x: number, y: number, isCollapsed: boolean): string {
  return iconAt(isCollapsed ? plus : minus, x, y);
}
