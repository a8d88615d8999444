import type { Change } from './action';
import type { PlanNode } from './model';
import { isActive } from './model';
import type { Plan } from './plan';

/**
 * The same plan as commands for a shell, one a line, in the plan's order. They run one after another, and are not
 * guarded as a removal is: nothing is looked at again, and nothing is skipped after a failure.
 *
 * @param flavourOf whether an engine is spoken to by `podman` or `docker`
 */
export function planCommands(plan: Plan, flavourOf: (engine: string) => 'podman' | 'docker'): string[] {
  return plan.units.flatMap((unit) =>
    unit.targets.flatMap((target) => {
      const node = plan.nodes.get(target)?.node;
      if (!node) return [];
      if (node.kind === 'volume') return [`${flavourOf(unit.engine)} volume rm ${quoted(node.name)}`];
      if (unit.step !== 'remove') return [change(plan, unit.step, node, flavourOf(unit.engine))];
      return flavourOf(unit.engine) === 'docker' ? docker(plan, node) : podman(plan, node);
    }),
  );
}

/** Both makes have the same words for changes of state. */
function change({ options }: Plan, step: Change, node: PlanNode, flavour: 'podman' | 'docker'): string {
  const takesTime = (step === 'stop' || step === 'restart') && options.grace !== undefined;
  const words = node.kind === 'pod' ? [flavour, 'pod', step] : [flavour, step];
  return [...words, ...(takesTime ? [`--time=${options.grace}`] : []), quoted(node.name)].join(' ');
}

function podman({ options }: Plan, node: PlanNode): string[] {
  const force = options.running === 'stop' ? ['--force'] : [];
  const time = force.length > 0 && options.grace !== undefined ? [`--time=${options.grace}`] : [];
  // A pod takes the anonymous volumes of its members along by itself.
  const words =
    node.kind === 'pod' ? ['podman', 'pod', 'rm', ...force, ...time] : ['podman', 'rm', '--volumes', ...force, ...time];
  return [[...words, quoted(node.name)].join(' ')];
}

/** `docker rm --force` kills without grace, so what runs is stopped first. */
function docker({ options }: Plan, node: PlanNode): string[] {
  const runs = node.kind === 'container' && isActive(node.state);
  const time = options.grace === undefined ? '' : ` --time=${options.grace}`;
  const stop = options.running === 'stop' && runs ? [`docker stop${time} ${quoted(node.name)}`] : [];
  return [...stop, `docker rm --volumes ${quoted(node.name)}`];
}

function quoted(word: string): string {
  return /^[\w.@%+:,/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
