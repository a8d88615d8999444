import type { EngineId, GraphNode, NodeKey } from '../../graph/model/model';

/**
 * One place in the tree. A node that needs several stands in several places, each an occurrence of its own. The same object
 * stands for the same place as long as it exists: the editor finds what it shows by identity.
 */
export type TreeElement = EngineElement | GroupElement | ChunkElement | NodeElement;

interface ElementBase {
  /** The way to it from the top; never holds a state, so that selection and expansion outlive every change. */
  readonly id: string;
  readonly parent: TreeElement | undefined;
}

export interface EngineElement extends ElementBase {
  readonly kind: 'engine';
  readonly engine: EngineId;
}

export interface GroupElement extends ElementBase {
  readonly kind: 'group';
  readonly engine: EngineId;
  /** See `NodeGroup`. */
  readonly group: string;
}

/** Some of the rows of a level that is too long to be shown at once, from one place up to another, without it. */
export interface ChunkElement extends ElementBase {
  readonly kind: 'block';
  readonly engine: EngineId;
  /** Whose level it is a part of; blocks of blocks lie in between. */
  readonly level: TreeElement | undefined;
  readonly from: number;
  readonly to: number;
}

export interface NodeElement extends ElementBase {
  readonly kind: 'node';
  readonly key: NodeKey;
  /** The node stands above itself: the cycle ends here, nothing stands below. */
  readonly closesCycle: boolean;
}

/** How many places stand above this one. */
export function elementDepth(occurrence: TreeElement): number {
  let depth = 0;
  for (let above = occurrence.parent; above; above = above.parent) depth++;
  return depth;
}

/** Whether a node stands in one of the places above. */
export function isAncestor(key: NodeKey, element: TreeElement | undefined): boolean {
  for (let above = element; above; above = above.parent) if (above.kind === 'node' && above.key === key) return true;
  return false;
}

const rankOf = (node: GraphNode) => (node.kind === 'pod' ? 0 : node.unlisted ? 2 : 1);

/**
 * By what a node is sorted: pods, containers, what is not listed; each by name, numbers in it by their value. Kept with the
 * node, for a collator that counts takes a tenth of a second for ten thousand names, and a comparison of plain texts does not.
 */
const ranks = new WeakMap<GraphNode, string>();

function nameSortKey(node: GraphNode): string {
  const knownNodes = ranks.get(node);
  if (knownNodes !== undefined) return knownNodes;
  const made = `${rankOf(node)}${sortKey(node.name)}`;
  ranks.set(node, made);
  return made;
}

/** A text that sorts as people do: without regard to case, `b9` before `b10`. */
export function sortKey(name: string): string {
  // Numbers of more digits are larger: their length goes before them. Longer ones than engines allow sort by their beginning.
  return name.toLowerCase().replace(/\d+/g, (digits) => {
    const value = digits.replace(/^0+(?=\d)/, '');
    return `${String.fromCharCode(48 + Math.min(value.length, 60))}${value}`;
  });
}

export function compareNatural(nodes: GraphNode[]): GraphNode[] {
  // Each is asked for its rank once, not at every comparison.
  return nodes
    .map((node) => ({ node, rank: nameSortKey(node) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : a.node.key < b.node.key ? -1 : 1))
    .map(({ node }) => node);
}

/** Whether two sets of nodes, undefined standing for all there are, are the same. */
export function setsEqual(a: ReadonlySet<NodeKey> | undefined, b: ReadonlySet<NodeKey> | undefined): boolean {
  if (a === b) return true;
  if (!a || !b || a.size !== b.size) return false;
  for (const key of a) if (!b.has(key)) return false;
  return true;
}
