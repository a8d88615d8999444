import type { CsrAdjacency } from './adjacency';

/**
 * The strongly connected parts of a directed graph that hold a cycle: those with more than one node, and nodes with an
 * edge to themselves. Tarjan's algorithm on an explicit stack, so that depth costs no call stack; each node is named in
 * the order of one walk around its part.
 */
export function findCycles<K>(keys: Iterable<K>, next: (key: K) => readonly K[]): K[][] {
  const cycles: K[][] = [];
  for (const part of stronglyConnectedComponents(keys, next)) {
    const only = part[0];
    if (only === undefined) continue;
    if (part.length > 1) cycles.push(cycleOrder(part, next));
    else if (next(only).includes(only)) cycles.push(part);
  }
  return cycles;
}

interface Visit<K> {
  readonly key: K;
  readonly targets: readonly K[];
  at: number;
  low: number;
  readonly index: number;
}

/** Strongly connected parts, each after all parts that it points to. */
export function stronglyConnectedComponents<K>(keys: Iterable<K>, next: (key: K) => readonly K[]): K[][] {
  const index = new Map<K, number>();
  const onStack = new Set<K>();
  const stack: K[] = [];
  const parts: K[][] = [];
  const visit = (key: K): Visit<K> => {
    const number = index.size;
    index.set(key, number);
    stack.push(key);
    onStack.add(key);
    return { key, targets: next(key), at: 0, low: number, index: number };
  };
  for (const start of keys) {
    if (index.has(start)) continue;
    const path = [visit(start)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      if (top.at < top.targets.length) {
        const target = top.targets[top.at++] as K;
        const seen = index.get(target);
        if (seen === undefined) path.push(visit(target));
        else if (onStack.has(target)) top.low = Math.min(top.low, seen);
        continue;
      }
      path.pop();
      const below = path.at(-1);
      if (below) below.low = Math.min(below.low, top.low);
      if (top.low === top.index) parts.push(popComponent(stack, onStack, top.key));
    }
  }
  return parts;
}

function popComponent<K>(stack: K[], onStack: Set<K>, until: K): K[] {
  const part: K[] = [];
  for (let key = stack.pop(); key !== undefined; key = stack.pop()) {
    onStack.delete(key);
    part.push(key);
    if (key === until) break;
  }
  return part.reverse();
}

/** The part's nodes in the order of a walk along its edges from its first one; each node once. */
function cycleOrder<K>(part: readonly K[], next: (key: K) => readonly K[]): K[] {
  const within = new Set(part);
  const walked = new Set<K>();
  const open = [part[0] as K];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (walked.has(key)) continue;
    walked.add(key);
    for (const target of next(key)) if (within.has(target) && !walked.has(target)) open.push(target);
  }
  return [...walked];
}

/**
 * Strongly connected parts of a graph by number, each after all parts that it points to. Tarjan's algorithm on explicit
 * stacks, so that depth costs no call stack.
 *
 * @param starts where to look from, in this order; what they lead to is looked at, too
 * @param leadsTo one row of numbers for each node; several are read one after the other
 */
export function stronglyConnectedIndices(
  starts: Iterable<number>,
  count: number,
  ...leadsTo: readonly CsrAdjacency[]
): number[][] {
  const tables = leadsTo.length;
  /** When a node was first met, from 1; 0 while it was not. */
  const met = new Int32Array(count);
  const low = new Int32Array(count);
  const waiting = new Uint8Array(count);
  const table = new Uint8Array(count);
  const at = new Int32Array(count);
  const path: number[] = [];
  const stack: number[] = [];
  const parts: number[][] = [];
  let time = 0;
  const visit = (node: number) => {
    met[node] = low[node] = ++time;
    waiting[node] = 1;
    at[node] = tables === 0 ? 0 : ((leadsTo[0] as CsrAdjacency).offsets[node] as number);
    stack.push(node);
    path.push(node);
  };
  /** The next node that this one leads to, or -1 after the last. */
  const next = (node: number): number => {
    while ((table[node] as number) < tables) {
      const { offsets, targets } = leadsTo[table[node] as number] as CsrAdjacency;
      const place = at[node] as number;
      if (place < (offsets[node + 1] as number)) {
        at[node] = place + 1;
        return targets[place] as number;
      }
      const other = leadsTo[++(table[node] as number)];
      if (other) at[node] = other.offsets[node] as number;
    }
    return -1;
  };
  for (const start of starts) {
    if (met[start] !== 0) continue;
    visit(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = next(top);
      if (target >= 0) {
        if (met[target] === 0) visit(target);
        else if (waiting[target] === 1) low[top] = Math.min(low[top] as number, met[target] as number);
        continue;
      }
      path.pop();
      const below = path.at(-1);
      if (below !== undefined) low[below] = Math.min(low[below] as number, low[top] as number);
      if (low[top] === met[top]) parts.push(popIndexComponent(stack, waiting, top));
    }
  }
  return parts;
}

function popIndexComponent(stack: number[], waiting: Uint8Array, until: number): number[] {
  const part: number[] = [];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    waiting[node] = 0;
    part.push(node);
    if (node === until) break;
  }
  return part.length > 1 ? part.reverse() : part;
}

/** Those parts that hold a cycle, each in the order of one walk along its edges; a node that leads to itself is one. */
export function cyclicComponents(
  parts: readonly (readonly number[])[],
  { offsets, targets }: CsrAdjacency,
): number[][] {
  const leadsTo = (node: number) => targets.subarray(offsets[node], offsets[node + 1]);
  return parts.flatMap((part): number[][] => {
    const only = part[0] as number;
    if (part.length === 1) return offsets[only] !== offsets[only + 1] && leadsTo(only).includes(only) ? [[only]] : [];
    const within = new Set(part);
    const walked = new Set<number>();
    const open = [only];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (walked.has(node)) continue;
      walked.add(node);
      for (const target of leadsTo(node)) if (within.has(target) && !walked.has(target)) open.push(target);
    }
    return [[...walked]];
  });
}
