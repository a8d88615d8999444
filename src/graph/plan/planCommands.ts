import { type EngineId, isActive, type PlanNode } from '../model/model';
import { longestStopTimeout } from '../model/stopTimeout';
import type { Action, LifecycleAction } from './lifecycleAction';
import type { Plan } from './plan';

/** How a command line reaches one engine. */
export interface CommandLine {
  readonly program: 'podman' | 'docker';
  /** What names the engine, unquoted: `['--url', 'unix:///run/podman/podman.sock']`. */
  readonly connection: readonly string[];
}

/**
 * The same plan as commands for a POSIX shell, one a line, in the plan's order. They run one after another, and are not guarded
 * as a removal is: nothing is looked at again, and nothing is skipped after a failure. Each names its engine, whatever the
 * shell's environment chooses, and ids in place of names: a name may be another container's tomorrow.
 */
export function toShellCommands(plan: Plan, commandLineOf: (engine: EngineId) => CommandLine): string[] {
  return plan.units.flatMap((unit) => {
    const { program, connection } = commandLineOf(unit.engine);
    return unit.targets.flatMap((target) => {
      const node = plan.nodes.get(target)?.node;
      if (!node) return [];
      const commands = commandsFor(plan, unit.action, node, program);
      return commands.map((message) => [program, ...connection, ...message, ...operand(node.id)].map(quoted).join(' '));
    });
  });
}

/** The words of each command between the engine and the id. */
function commandsFor(plan: Plan, step: Action, node: PlanNode, program: CommandLine['program']): string[][] {
  if (node.kind === 'volume') return [['volume', 'rm']];
  if (step !== 'remove') return [change(plan, step, node, program)];
  return program === 'docker' ? docker(plan, node) : [podman(plan, node)];
}

/** Both makes have the same words for changes of state. */
function change(plan: Plan, step: LifecycleAction, node: PlanNode, program: CommandLine['program']): string[] {
  const time = step === 'stop' || step === 'restart' ? timeOption(plan, node, program) : [];
  return [...(node.kind === 'pod' ? ['pod', step] : [step]), ...time];
}

function podman(plan: Plan, node: PlanNode): string[] {
  const force = plan.options.running === 'stop' ? ['--force'] : [];
  const time = force.length > 0 ? timeOption(plan, node, 'podman') : [];
  // A pod takes the anonymous volumes of its members along by itself.
  return node.kind === 'pod' ? ['pod', 'rm', ...force, ...time] : ['rm', '--volumes', ...force, ...time];
}

/** `docker rm --force` kills without grace, so what runs is stopped first. */
function docker(plan: Plan, node: PlanNode): string[][] {
  const runs = node.kind === 'container' && isActive(node.state);
  const stop = ['stop', ...timeOption(plan, node, 'docker')];
  return [...(plan.options.running === 'stop' && runs ? [stop] : []), ['rm', '--volumes']];
}

/**
 * What is a container's own need not be said, unless it is unlimited: see `timeoutToSend`. Docker takes -1 for that; Podman's
 * `rm` takes only what fits (4.3.1).
 */
function timeOption({ options, nodes }: Plan, { key }: PlanNode, program: CommandLine['program']): string[] {
  const timeout = options.stopTimeout ?? (nodes.get(key)?.stopTimeout === 'unlimited' ? 'unlimited' : undefined);
  if (timeout === undefined) return [];
  const unlimited = program === 'docker' ? -1 : longestStopTimeout;
  return [`--time=${timeout === 'unlimited' ? unlimited : timeout}`];
}

/** What begins with a dash is no option. */
function operand(id: string): string[] {
  return id.startsWith('-') ? ['--', id] : [id];
}

/** Nothing in single quotes means anything to a POSIX shell; `=` and `~` do at the beginning of a word. */
function quoted(word: string): string {
  return /^[\w.@%+:,/-][\w.@%+:,/=-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
