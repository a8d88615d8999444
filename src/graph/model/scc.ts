import type { CsrAdjacency } from './adjacency';

/** Strongly connected components of the nodes reachable from `keys`, each after all components that it points to. */
export function stronglyConnectedComponents<K>(keys: Iterable<K>, next: (key: K) => readonly K[]): K[][] {
  const nodes = [...new Set(keys)];
  const indexOf = new Map(nodes.map((key, index) => [key, index]));
  const offsets = [0];
  const targets: number[] = [];
  for (const key of nodes) {
    for (const target of next(key)) {
      const index = indexOf.get(target) ?? nodes.push(target) - 1;
      indexOf.set(target, index);
      targets.push(index);
    }
    offsets.push(targets.length);
  }
  const adjacency = { offsets: Int32Array.from(offsets), targets: Int32Array.from(targets) };
  const components = stronglyConnectedIndices(nodes.keys(), nodes.length, adjacency);
  return components.map((component) => component.map((index) => nodes[index] as K));
}

/**
 * Strongly connected components, each after all components that it points to. Tarjan's algorithm with explicit stacks:
 * depth costs no call stack.
 *
 * @param starts where to start, in this order; nodes reachable from them are visited, too
 * @param adjacencies their edges are combined
 */
export function stronglyConnectedIndices(
  starts: Iterable<number>,
  count: number,
  ...adjacencies: readonly CsrAdjacency[]
): number[][] {
  /** Discovery time of each node, from 1; 0 before. */
  const discovered = new Int32Array(count);
  const low = new Int32Array(count);
  const onStack = new Uint8Array(count);
  /** For each node on the path: the adjacency being read, and the position in it. */
  const current = new Uint8Array(count);
  const position = new Int32Array(count);
  const path: number[] = [];
  const stack: number[] = [];
  const components: number[][] = [];
  let time = 0;
  const visit = (node: number) => {
    discovered[node] = low[node] = ++time;
    onStack[node] = 1;
    position[node] = adjacencies[0]?.offsets[node] ?? 0;
    stack.push(node);
    path.push(node);
  };
  /** The next successor of this node, or -1 after the last. */
  const next = (node: number): number => {
    while ((current[node] as number) < adjacencies.length) {
      const { offsets, targets } = adjacencies[current[node] as number] as CsrAdjacency;
      const at = position[node] as number;
      if (at < (offsets[node + 1] as number)) {
        position[node] = at + 1;
        return targets[at] as number;
      }
      const other = adjacencies[++(current[node] as number)];
      if (other) position[node] = other.offsets[node] as number;
    }
    return -1;
  };
  for (const start of starts) {
    if (discovered[start] !== 0) continue;
    visit(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = next(top);
      if (target >= 0) {
        if (discovered[target] === 0) visit(target);
        else if (onStack[target] === 1) low[top] = Math.min(low[top] as number, discovered[target] as number);
        continue;
      }
      path.pop();
      const below = path.at(-1);
      if (below !== undefined) low[below] = Math.min(low[below] as number, low[top] as number);
      if (low[top] === discovered[top]) components.push(popComponent(stack, onStack, top));
    }
  }
  return components;
}

function popComponent(stack: number[], onStack: Uint8Array, until: number): number[] {
  const component: number[] = [];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    onStack[node] = 0;
    component.push(node);
    if (node === until) break;
  }
  return component.reverse();
}

/** Components reachable from `starts` that contain a cycle, each in depth-first order; a self-loop is a cycle. */
export function findCycles(starts: Iterable<number>, adjacency: CsrAdjacency): number[][] {
  const { offsets, targets } = adjacency;
  const successorsOf = (node: number) => targets.subarray(offsets[node], offsets[node + 1]);
  return stronglyConnectedIndices(starts, offsets.length - 1, adjacency).flatMap((component): number[][] => {
    const first = component[0] as number;
    if (component.length === 1) return successorsOf(first).includes(first) ? [[first]] : [];
    const members = new Set(component);
    const visited = new Set<number>();
    const pending = [first];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (visited.has(node)) continue;
      visited.add(node);
      for (const target of successorsOf(node)) if (members.has(target) && !visited.has(target)) pending.push(target);
    }
    return [[...visited]];
  });
}
