import type { EngineId, NodeKey } from '../../graph/model';

/**
 * One place in the tree. A node that needs several stands in several places, each an occurrence of its own. The same object
 * stands for the same place as long as it exists: the editor finds what it shows by identity.
 */
export type Occurrence = EngineOccurrence | GroupOccurrence | BlockOccurrence | NodeOccurrence;

interface Place {
  /** The way to it from the top; never holds a state, so that selection and expansion outlive every change. */
  readonly id: string;
  readonly parent: Occurrence | undefined;
}

export interface EngineOccurrence extends Place {
  readonly kind: 'engine';
  readonly engine: EngineId;
}

export interface GroupOccurrence extends Place {
  readonly kind: 'group';
  readonly engine: EngineId;
  /** See `NodeGroup`. */
  readonly group: string;
}

/** Some of the rows of a level that is too long to be shown at once, from one place up to another, without it. */
export interface BlockOccurrence extends Place {
  readonly kind: 'block';
  readonly engine: EngineId;
  /** Whose level it is a part of; blocks of blocks lie in between. */
  readonly level: Occurrence | undefined;
  readonly from: number;
  readonly to: number;
}

export interface NodeOccurrence extends Place {
  readonly kind: 'node';
  readonly key: NodeKey;
  /** The node stands above itself: the cycle ends here, nothing stands below. */
  readonly closesCycle: boolean;
}

/** How many places stand above this one. */
export function depthOf(occurrence: Occurrence): number {
  let depth = 0;
  for (let above = occurrence.parent; above; above = above.parent) depth++;
  return depth;
}

/** Whether a node stands in one of the places above. */
export function standsAbove(key: NodeKey, place: Occurrence | undefined): boolean {
  for (let above = place; above; above = above.parent) if (above.kind === 'node' && above.key === key) return true;
  return false;
}
