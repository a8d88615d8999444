/** Lengths are pixels at scale 1; `x` and `y` are the top left corner. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect extends Point, Size {}

export interface LayoutNode extends Size {
  readonly id: string;
}

/** `from` is placed above `to`. */
export interface LayoutEdge {
  readonly from: string;
  readonly to: string;
}

/** The bend points of an edge that passes other layers, from top to bottom. */
export interface EdgeRoute extends LayoutEdge {
  readonly points: readonly Point[];
}

/** Positions relative to (0, 0). */
export interface Placement extends Size {
  readonly positions: ReadonlyMap<string, Point>;
  readonly routes: readonly EdgeRoute[];
}
