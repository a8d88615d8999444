import type { EngineModel, NodeModel } from '../messages';
import { headingSize, textWidth, truncateToWidth } from '../svgShapes';
import { svg } from './dom';
import type { ZoomLevel } from './zoomLevel';

/** CSS pixels of labels while names are too small. */
const labelSize = 13;
/** A label with less space is left out. */
const minLetters = 3;

/** Names of engines, and of boxes while their own header is illegible; their size on the screen does not shrink. */
export class BoxLabels {
  readonly group = svg('g', { class: 'box-labels' });
  private engines: readonly EngineModel[] = [];
  private boxes: readonly NodeModel[] = [];

  draw(engines: readonly EngineModel[], nodes: readonly NodeModel[], scale: number, level: ZoomLevel) {
    this.engines = engines;
    this.boxes = nodes.filter(({ collapsed }) => collapsed !== undefined);
    this.setScale(scale, level);
  }

  setScale(scale: number, level: ZoomLevel) {
    const size = Math.max(headingSize, labelSize / scale);
    const headings = this.engines.map(({ x, y, width, label, isConnected }) => {
      const text = createLabel('engine', x, y + 16, size, truncateToWidth(label, size, Math.max(width, 60)));
      text.classList.toggle('stale', !isConnected);
      return text;
    });
    this.group.replaceChildren(...headings, ...this.boxLabels(size, level));
  }

  private boxLabels(size: number, level: ZoomLevel): SVGTextElement[] {
    return this.boxes.flatMap(({ x, y, width, height, label, collapsed }) => {
      const isLegible = level.nameSize > 0 && level.nameSize <= (collapsed ? height : 30);
      const text = isLegible ? '' : truncateToWidth(label, size, width);
      if (text.length <= minLetters) return [];
      const left = x + (width - textWidth(text, size)) / 2;
      return createLabel('box-label', left, y + height / 2 + size * 0.35, size, text);
    });
  }
}

function createLabel(className: string, x: number, y: number, size: number, content: string): SVGTextElement {
  const text = svg('text', { class: className, x: Math.round(x), y: Math.round(y), 'font-size': size });
  text.textContent = content;
  return text;
}
