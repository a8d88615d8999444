/** With more rows than this a level is folded into blocks. */
const most = 250;
/** Rows of a block, and blocks of a block of blocks. */
const blockSize = 100;

/** A part of a level that is too long to be shown at once: from this place up to that, without it. */
export interface Block {
  readonly from: number;
  readonly to: number;
}

/**
 * Folds the part of a level into blocks, where it is long; undefined where it can be shown as it is. No part has more rows
 * than `most`, however long the level is: blocks of many rows fold again.
 */
export function blocksOf({ from, to }: Block): readonly Block[] | undefined {
  const length = to - from;
  if (length <= most) return undefined;
  let size = blockSize;
  while (length / size > most) size *= blockSize;
  return Array.from({ length: Math.ceil(length / size) }, (_, at) => ({
    from: from + at * size,
    to: Math.min(to, from + (at + 1) * size),
  }));
}
