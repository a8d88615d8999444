import type { Rect, Size } from '../../../graph/layout/geometry';
import { el } from './dom';

/** Between the card and the hovered node. */
const gap = 10;

/** Describes the hovered node or edge beside it; screen readers have the node's label and description instead. */
export class HoverCard {
  private readonly root = el('card');

  /** @param target in pixels of the stage */
  show(title: string, lines: readonly string[], target: Rect, stage: Size) {
    const heading = document.createElement('strong');
    heading.textContent = title;
    const rows = lines.map((line) => {
      const row = document.createElement('div');
      row.textContent = line;
      return row;
    });
    this.root.replaceChildren(heading, ...rows);
    this.root.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.root;
    const right = target.x + target.width + gap;
    const x = right + width <= stage.width ? right : target.x - gap - width;
    // Below if neither side has the space.
    const isBelow = x < 0;
    const y = isBelow ? target.y + target.height + gap : target.y;
    const left = Math.max(0, Math.min(isBelow ? target.x : x, stage.width - width));
    const top = Math.max(0, Math.min(y, stage.height - height));
    this.root.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  hide() {
    this.root.hidden = true;
  }
}
