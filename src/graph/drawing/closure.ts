/** What needs each node over hard edges, a pod's members among it; made once for a drawing. */
export type Dependents = ReadonlyMap<string, readonly string[]>;

/** @param needs dependent and dependency of each hard edge */
export function dependentsIn(needs: Iterable<readonly [string, string]>): Dependents {
  const dependents = new Map<string, string[]>();
  for (const [from, to] of needs) {
    const list = dependents.get(to);
    if (list) list.push(from);
    else dependents.set(to, [from]);
  }
  return dependents;
}

/** All that goes along when these nodes are removed, without these themselves. */
export function closureOf(keys: Iterable<string>, dependents: Dependents): Set<string> {
  const given = new Set(keys);
  const reached = new Set<string>();
  const open = [...given];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    for (const next of dependents.get(key) ?? []) {
      if (given.has(next) || reached.has(next)) continue;
      reached.add(next);
      open.push(next);
    }
  }
  return reached;
}
