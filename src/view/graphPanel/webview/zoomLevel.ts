/** How much a node shows at a scale: everything, its name alone in a larger font, or only its state's color. */
export interface ZoomLevel {
  readonly id: 'full' | 'names' | 'tiles';
  /** Font size of names in graph units; 0 if there are none. */
  readonly nameSize: number;
  readonly minScale: number;
}

/** CSS pixels. */
const minLegibleSize = 11;

const tiles: ZoomLevel = { id: 'tiles', nameSize: 0, minScale: 0 };
/** Each larger font is legible at a smaller scale. */
const levels: readonly ZoomLevel[] = [
  ...[13, 18, 24, 33].map((nameSize, at): ZoomLevel => {
    return { id: at === 0 ? 'full' : 'names', nameSize, minScale: minLegibleSize / nameSize };
  }),
  tiles,
];

/** The smallest scale at which nodes show their names. */
export const minNameScale = levels.at(-2)?.minScale ?? 1;

export function zoomLevelAt(scale: number): ZoomLevel {
  // A scale of exactly the minimum may be rounded down.
  return levels.find(({ minScale }) => scale >= minScale - 1e-6) ?? tiles;
}
