import { goesUp } from './action';
import type { GraphEdge, NodeKey } from './model';
import type { Plan } from './plan';
import type { Report } from './report';

/** One step of a way from a failure, and the step before it. */
interface Step {
  readonly edge: GraphEdge;
  readonly before: Step | undefined;
  /** Whether it leads from what is needed to what needs it. */
  readonly up: boolean;
}

/**
 * How each skipped node hangs on the failure that it was skipped for: the edges between the two, from dependent to
 * dependency; none where the plan does not tell. The nodes of a unit hang on it together. Linear in the plan; a way is
 * written out when it is asked for, because a long chain has many long ones.
 */
export function skippedWays({ plan, nodes }: Report): (key: NodeKey) => readonly GraphEdge[] {
  const skipped = new Map<NodeKey, Set<NodeKey>>();
  for (const [key, { outcome }] of nodes) {
    if (outcome.kind !== 'skipped') continue;
    const others = skipped.get(outcome.because);
    if (others) others.add(key);
    else skipped.set(outcome.because, new Set([key]));
  }
  const together = new Map(plan.units.map((unit) => [unit.id, unit.nodes]));
  const mates = (key: NodeKey) => together.get(plan.nodes.get(key)?.unit ?? '') ?? [key];
  const ways = new Map<NodeKey, Step>();
  const follow = (cause: NodeKey, behind: ReadonlySet<NodeKey>, up: boolean) => {
    const queue = [...mates(cause)];
    for (const at of queue) {
      for (const edge of edgesAt(plan, at, up)) {
        const next = up ? edge.from : edge.to;
        const step = { edge, before: ways.get(at), up };
        const reached = behind.has(next) && !ways.has(next) ? mates(next) : [];
        for (const mate of reached) {
          if (!behind.has(mate) || ways.has(mate)) continue;
          ways.set(mate, step);
          queue.push(mate);
        }
      }
    }
  };
  const up = goesUp(plan.action);
  for (const [cause, behind] of skipped) {
    follow(cause, behind, up);
    // What a restart could not stop blocks what that needs; what it could not start, what needs that.
    if (plan.action === 'restart') follow(cause, behind, !up);
  }
  return (key) => {
    const last = ways.get(key);
    const edges: GraphEdge[] = [];
    for (let step = last; step; step = step.before) edges.push(step.edge);
    return last?.up ? edges : edges.reverse();
  };
}

/** Edges to what a node needs or, on the way up, from what needs it. */
function edgesAt(plan: Plan, key: NodeKey, up: boolean): readonly GraphEdge[] {
  const planned = plan.nodes.get(key);
  if (!up) return planned?.needs ?? [];
  const dependents = planned?.dependents ?? [];
  return dependents.flatMap((from) => plan.nodes.get(from)?.needs?.filter(({ to }) => to === key) ?? []);
}
