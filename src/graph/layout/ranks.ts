import type { LayoutNode, LayoutEdge } from './geometry';

/** Neighbors by item index, without edges that close a cycle. */
export interface AcyclicGraph {
  readonly below: readonly (readonly number[])[];
  readonly above: readonly (readonly number[])[];
}

/** Removes duplicate edges, self-loops and back edges of a depth-first search. */
export function removeBackEdges(items: readonly LayoutNode[], edges: readonly LayoutEdge[]): AcyclicGraph {
  const index = new Map(items.map(({ id }, at) => [id, at]));
  const all = items.map((): number[] => []);
  for (const { from, to } of edges) {
    const [a, b] = [index.get(from), index.get(to)];
    if (a === undefined || b === undefined || a === b) continue;
    const row = all[a];
    if (row && !row.includes(b)) row.push(b);
  }
  const below = items.map((): number[] => []);
  const above = items.map((): number[] => []);
  const state = new Uint8Array(items.length);
  for (let start = 0; start < items.length; start++) {
    if (state[start] !== 0) continue;
    const path: { readonly node: number; next: number }[] = [{ node: start, next: 0 }];
    state[start] = 1;
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const target = all[top.node]?.[top.next++];
      if (target === undefined) {
        state[top.node] = 2;
        path.pop();
      } else if (state[target] !== 1) {
        below[top.node]?.push(target);
        above[target]?.push(top.node);
        if (state[target] === 0) path.push({ node: target, next: 0 });
        state[target] ||= 1;
      }
    }
  }
  return { below, above };
}

/** The layer of each item: longest path from the top, then moved down unless it has more edges above than below. */
export function assignRanks({ below, above }: AcyclicGraph): number[] {
  const order = topological(below, above);
  const rank = new Array<number>(below.length).fill(0);
  for (const node of order) {
    for (const next of below[node] ?? []) rank[next] = Math.max(rank[next] ?? 0, (rank[node] ?? 0) + 1);
  }
  for (const node of order.reverse()) {
    const next = below[node] ?? [];
    if (next.length === 0 || next.length < (above[node]?.length ?? 0)) continue;
    rank[node] = next.reduce((lowest, other) => Math.min(lowest, (rank[other] ?? 0) - 1), Infinity);
  }
  return rank;
}

function topological(below: AcyclicGraph['below'], above: AcyclicGraph['above']): number[] {
  const inDegree = above.map((list) => list.length);
  const order = inDegree.flatMap((count, node) => (count === 0 ? [node] : []));
  for (let at = 0; at < order.length; at++) {
    for (const next of below[order[at] as number] ?? []) {
      const left = (inDegree[next] ?? 0) - 1;
      inDegree[next] = left;
      if (left === 0) order.push(next);
    }
  }
  return order;
}
