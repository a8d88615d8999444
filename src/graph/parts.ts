import type { Rows } from './links';

/**
 * Strongly connected parts of a graph by number, each after all parts that it points to. Tarjan's algorithm on explicit
 * stacks, so that depth costs no call stack.
 *
 * @param starts where to look from, in this order; what they lead to is looked at, too
 * @param leadsTo one row of numbers for each node; several are read one after the other
 */
export function partsOf(starts: Iterable<number>, count: number, ...leadsTo: readonly Rows[]): number[][] {
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
    at[node] = tables === 0 ? 0 : ((leadsTo[0] as Rows).start[node] as number);
    stack.push(node);
    path.push(node);
  };
  /** The next node that this one leads to, or -1 after the last. */
  const next = (node: number): number => {
    while ((table[node] as number) < tables) {
      const { start, ends } = leadsTo[table[node] as number] as Rows;
      const place = at[node] as number;
      if (place < (start[node + 1] as number)) {
        at[node] = place + 1;
        return ends[place] as number;
      }
      const other = leadsTo[++(table[node] as number)];
      if (other) at[node] = other.start[node] as number;
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
      if (low[top] === met[top]) parts.push(unwind(stack, waiting, top));
    }
  }
  return parts;
}

function unwind(stack: number[], waiting: Uint8Array, until: number): number[] {
  const part: number[] = [];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    waiting[node] = 0;
    part.push(node);
    if (node === until) break;
  }
  return part.length > 1 ? part.reverse() : part;
}

/** Those parts that hold a cycle, each in the order of one walk along its edges; a node that leads to itself is one. */
export function cyclesOf(parts: readonly (readonly number[])[], { start, ends }: Rows): number[][] {
  const leadsTo = (node: number) => ends.subarray(start[node], start[node + 1]);
  return parts.flatMap((part): number[][] => {
    const only = part[0] as number;
    if (part.length === 1) return start[only] !== start[only + 1] && leadsTo(only).includes(only) ? [[only]] : [];
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
