/** One layer's members, from left to right. Members are numbers, those of all layers in one series. */
export type Layers = number[][];

/** How many times the layers are gone through, each time down or up. */
const sweeps = 8;

/**
 * Puts the members of each layer in an order in which few lines cross: each goes to the middle of its neighbours, down and
 * up in turn; the best order met on the way is kept.
 */
export function order(layers: Layers, above: readonly (readonly number[])[], below: readonly (readonly number[])[]) {
  const position = new Float64Array(above.length);
  const note = (layer: readonly number[]) => layer.forEach((member, at) => (position[member] = at));
  layers.forEach(note);
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers, below, position);
  for (let sweep = 0; sweep < sweeps && fewest > 0; sweep++) {
    const down = sweep % 2 === 0;
    const neighbours = down ? above : below;
    const inOrder = down ? layers : [...layers].reverse();
    for (const layer of inOrder) {
      sortBy(layer, neighbours, position);
      note(layer);
    }
    const count = crossings(layers, below, position);
    if (count >= fewest) continue;
    fewest = count;
    best = layers.map((layer) => [...layer]);
  }
  return best;
}

function sortBy(layer: number[], neighbours: readonly (readonly number[])[], position: Float64Array) {
  const middle = new Map<number, number>();
  for (const member of layer) {
    const own = neighbours[member] ?? [];
    const sum = own.reduce((total, other) => total + (position[other] ?? 0), 0);
    // Who has no neighbour there keeps its place.
    middle.set(member, own.length > 0 ? sum / own.length : (position[member] ?? 0));
  }
  layer.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || (position[a] ?? 0) - (position[b] ?? 0));
}

/** How many pairs of lines between neighbouring layers cross, counted with a tree of sums (Barth, Jünger, Mutzel). */
export function crossings(layers: Layers, below: readonly (readonly number[])[], position: Float64Array): number {
  let count = 0;
  for (let at = 0; at + 1 < layers.length; at++) {
    const width = layers[at + 1]?.length ?? 0;
    let first = 1;
    while (first < width) first *= 2;
    const tree = new Uint32Array(2 * first);
    for (const member of layers[at] ?? []) {
      const ends = (below[member] ?? []).map((other) => position[other] ?? 0).sort((a, b) => a - b);
      for (const end of ends) {
        let node = end + first;
        tree[node] = (tree[node] ?? 0) + 1;
        while (node > 1) {
          if (node % 2 === 0) count += tree[node + 1] ?? 0;
          node >>= 1;
          tree[node] = (tree[node] ?? 0) + 1;
        }
      }
      // Lines that begin at one member do not cross: those counted among themselves are none, for they were sorted.
    }
  }
  return count;
}
