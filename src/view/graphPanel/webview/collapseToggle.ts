import type { NodeModel } from '../messages';
import { type Icon, iconAt } from '../svgShapes';
import { format, type Strings, svg } from './dom';

const plus: Icon = { path: 'M4 8h8M8 4v8', solid: false };
const minus: Icon = { path: 'M4 8h8', solid: false };

/** The button of a box that collapses and expands it. */
export interface CollapseToggle {
  readonly group: SVGGElement;
  moveTo(x: number, y: number, isCollapsed: boolean): void;
}

export function createToggle({ collapsed, label }: NodeModel, { expand, collapse }: Strings): CollapseToggle {
  const group = svg('g', { class: 'collapse-toggle' });
  const title = svg('title');
  title.textContent = format(collapsed ? expand : collapse, label);
  const [box, path] = [svg('rect', { width: 16, height: 16, rx: 3 }), svg('path')];
  group.append(title, box, path);
  const moveTo = (x: number, y: number, isCollapsed: boolean) => {
    box.setAttribute('x', String(x));
    box.setAttribute('y', String(y));
    path.setAttribute('d', iconAt(isCollapsed ? plus : minus, x, y));
  };
  return { group, moveTo };
}
