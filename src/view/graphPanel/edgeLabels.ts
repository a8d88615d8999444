import type { Point, Rect, Size } from '../../graph/layout/geometry';
import { addToList } from '../../graph/model/model';
import { curveAt, middleOf, textWidth } from './svgShapes';

/** Font size and height of a label in graph units, as in graph.css. */
const [labelSize, labelHeight] = [10, 12];
/** Positions that are tried on each curve of an edge. */
const steps = 16;
/** Side of the squares in which obstacles are looked up. */
const cellSize = 256;

/** Finds positions for the labels of edges that cover no node and no header of a box. */
export class EdgeLabelLayout {
  private readonly cells = new Map<string, Rect[]>();

  /** @param bounds of the drawing */
  constructor(
    obstacles: Iterable<Rect>,
    private readonly bounds: Size,
  ) {
    for (const rect of obstacles) {
      for (const cell of cellsOf(rect)) addToList(this.cells, cell, rect);
    }
  }

  /** The center of a label on its edge: the free position nearest to the middle of the edge, else the middle. */
  centerOf(points: readonly Point[], isReversed: boolean, label: string): Point {
    const middle = middleOf(points, isReversed);
    const width = textWidth(label, labelSize);
    if (label === '' || this.isFree(boxAt(middle, width))) return middle;
    const distance = ({ x, y }: Point) => Math.hypot(x - middle.x, y - middle.y);
    const candidates = points.slice(1).flatMap((to, index) => {
      const from = points[index] ?? to;
      return Array.from({ length: steps - 1 }, (_, step) => curveAt(from, to, isReversed, (step + 1) / steps));
    });
    const sorted = candidates.sort((one, other) => distance(one) - distance(other));
    return sorted.find((center) => this.isFree(boxAt(center, width))) ?? middle;
  }

  private isFree(box: Rect): boolean {
    if (box.x < 0 || box.x + box.width > this.bounds.width) return false;
    return cellsOf(box).every((cell) => !this.cells.get(cell)?.some((rect) => overlaps(box, rect)));
  }
}

/** The rectangle of a label. */
export function labelBox(center: Point, label: string): Rect {
  return boxAt(center, textWidth(label, labelSize));
}

function boxAt({ x, y }: Point, width: number): Rect {
  return { x: x - width / 2, y: y - labelHeight / 2, width, height: labelHeight };
}

export function overlaps(one: Rect, other: Rect): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

function cellsOf({ x, y, width, height }: Rect): string[] {
  const cells: string[] = [];
  for (let column = Math.floor(x / cellSize); column * cellSize <= x + width; column++)
    for (let row = Math.floor(y / cellSize); row * cellSize <= y + height; row++) cells.push(`${column} ${row}`);
  return cells;
}
