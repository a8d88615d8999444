/**
 * The strongly connected parts of a directed graph that hold a cycle: those with more than one node, and nodes with an
 * edge to themselves. Tarjan's algorithm on an explicit stack, so that depth costs no call stack; each node is named in
 * the order of one walk around its part.
 */
export function findCycles<K>(keys: Iterable<K>, next: (key: K) => readonly K[]): K[][] {
  const cycles: K[][] = [];
  for (const part of components(keys, next)) {
    const only = part[0];
    if (only === undefined) continue;
    if (part.length > 1) cycles.push(walkAround(part, next));
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
export function components<K>(keys: Iterable<K>, next: (key: K) => readonly K[]): K[][] {
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
      if (top.low === top.index) parts.push(unwind(stack, onStack, top.key));
    }
  }
  return parts;
}

function unwind<K>(stack: K[], onStack: Set<K>, until: K): K[] {
  const part: K[] = [];
  for (let key = stack.pop(); key !== undefined; key = stack.pop()) {
    onStack.delete(key);
    part.push(key);
    if (key === until) break;
  }
  return part.reverse();
}

/** The part's nodes in the order of a walk along its edges from its first one; each node once. */
function walkAround<K>(part: readonly K[], next: (key: K) => readonly K[]): K[] {
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
