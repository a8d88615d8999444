import type { LayoutNode, Placement, Point } from './geometry';
import { assignCoordinates } from './layered';

const gap = { column: 8, row: 6, kind: 14 } as const;

/**
 * Rows of small nodes below an engine's containers, each node as near to the middle of its users as its row permits.
 *
 * @param kinds the nodes of each kind, which has rows of its own
 * @param middleOf the desired center of a node; undefined for an unused one, which goes to the right
 * @param width of the containers
 */
export function layoutShelf(
  kinds: readonly (readonly LayoutNode[])[],
  middleOf: (id: string) => number | undefined,
  width: number,
): Placement {
  const positions = new Map<string, Point>();
  let y = 0;
  let right = 0;
  for (const nodes of kinds) {
    if (nodes.length === 0) continue;
    const total = nodes.reduce((sum, node) => sum + node.width + gap.column, 0);
    const count = Math.min(nodes.length, Math.max(1, Math.ceil(total / Math.max(width, 1))));
    const rowHeight = Math.max(...nodes.map(({ height }) => height));
    const sorted = nodes
      .map((node) => ({ node, middle: middleOf(node.id) ?? width }))
      .sort((one, other) => one.middle - other.middle);
    for (let row = 0; row < count; row++) {
      // Nodes that want the same position are in different rows.
      const own = sorted.filter((_, at) => at % count === row);
      const lefts = rowOf(own, width);
      own.forEach(({ node }, at) => {
        const x = lefts[at] ?? 0;
        positions.set(node.id, { x, y });
        right = Math.max(right, x + node.width);
      });
      y += rowHeight + gap.row;
    }
    y += gap.kind - gap.row;
  }
  return { positions, routes: [], width: right, height: Math.max(0, y - gap.kind) };
}

/** The left edges of the nodes of a row, which start at 0 and end at `width` if they fit. */
function rowOf(row: readonly { readonly node: LayoutNode; readonly middle: number }[], width: number): number[] {
  const widths = row.map(({ node }) => node.width + gap.column);
  const centers = assignCoordinates(
    row.map(({ middle }) => middle),
    widths,
  );
  let space = widths.reduce((sum, own) => sum + own, 0) - gap.column;
  let used = 0;
  return row.map(({ node }, at) => {
    const left = Math.min((centers[at] ?? 0) - node.width / 2, width - space);
    const x = Math.round(Math.max(used, left));
    used = x + node.width + gap.column;
    space -= node.width + gap.column;
    return x;
  });
}
