/** Lengths are in the drawing's own unit, a pixel at scale 1; `x` and `y` are the upper left corner. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect extends Point, Size {}

/** Something to be placed. */
export interface LayoutNode extends Size {
  readonly id: string;
}

/** `from` is to stand above `to`. */
export interface LayoutEdge {
  readonly from: string;
  readonly to: string;
}

/** A line that passes other layers on its way goes through these points, from above to below. */
export interface EdgeRoute extends LayoutEdge {
  readonly points: readonly Point[];
}

/** Where items stand, from (0, 0) on. */
export interface Placement extends Size {
  readonly positions: ReadonlyMap<string, Point>;
  readonly routes: readonly EdgeRoute[];
}
