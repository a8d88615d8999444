import { type EngineId, isActive, type PlanNode } from '../model/model';
import { longestStopTimeout } from '../model/stopTimeout';
import type { Action, LifecycleAction } from './lifecycleAction';
import type { PlannedUnit } from './managed';
import { anonymousVolumesOf } from './anonymousVolumes';
import { type Plan, timeoutToSend } from './plan';

export interface CommandLine {
  readonly program: 'podman' | 'docker';
  /** Arguments that select the engine, unquoted: `['--url', 'unix:///run/podman/podman.sock']`. */
  readonly connection: readonly string[];
  /** Prefix of commands for the engine's machine: `['ssh', 'root@host']`; empty for this machine. */
  readonly machine?: readonly string[] | undefined;
}

/**
 * The plan as POSIX shell commands, one per line, in order. Unlike a run, they check nothing again and skip nothing
 * after a failure. Each specifies its engine explicitly, and ids, because names can be reused.
 */
export function toShellCommands(plan: Plan, commandLineOf: (engine: EngineId) => CommandLine): string[] {
  return plan.units.flatMap((unit) => {
    const { program, connection, machine = [] } = commandLineOf(unit.engine);
    return unit.targets.flatMap((target) => {
      const node = plan.nodes.get(target)?.node;
      const { systemd } = plan.nodes.get(target) ?? {};
      if (!node) return [];
      if (systemd) return unitCommands(systemd, unit.action).map((args) => onMachine(machine, args));
      const commands = commandsFor(plan, unit.action, node, program);
      return commands.map((args) => [program, ...connection, ...args, ...operand(node.id)].map(quote).join(' '));
    });
  });
}

/** What a run does to the node's systemd unit, which creates and removes the container. */
function unitCommands({ name, machine, quadlet = '', removesQuadlet }: PlannedUnit, action: Action): string[][] {
  const systemctl = ['systemctl', ...(machine.startsWith('user ') ? ['--user'] : [])];
  const call = action === 'remove' || action === 'kill' ? 'stop' : action;
  const removal = removesQuadlet
    ? [
        ['rm', quadlet],
        [...systemctl, 'daemon-reload'],
      ]
    : [];
  return [[...systemctl, call, name], ...removal];
}

/** Quoted once more: the shell of the other machine parses the command again. */
function onMachine(machine: readonly string[], args: readonly string[]): string {
  const command = args.map(quote).join(' ');
  return machine.length === 0 ? command : [...machine, command].map(quote).join(' ');
}

/** The arguments of each command between the engine and the id. */
function commandsFor(plan: Plan, action: Action, node: PlanNode, program: CommandLine['program']): string[][] {
  if (node.kind !== 'container' && node.kind !== 'pod') return [[node.kind, 'rm']];
  // No command creates a node from the engine's inspect response.
  if (action === 'bringBack') return [];
  if (action !== 'remove') return [lifecycleCommand(plan, action, node, program)];
  return program === 'docker' ? dockerRemoval(plan, node) : [podmanRemoval(plan, node)];
}

/** The same for Podman and Docker. */
function lifecycleCommand(
  plan: Plan,
  action: LifecycleAction,
  node: PlanNode,
  program: CommandLine['program'],
): string[] {
  const time = action === 'stop' || action === 'restart' ? timeOption(plan, node, program) : [];
  return [...(node.kind === 'pod' ? ['pod', action] : [action]), ...time];
}

function podmanRemoval(plan: Plan, node: PlanNode): string[] {
  const force = plan.options.running === 'stop' ? ['--force'] : [];
  const time = force.length > 0 ? timeOption(plan, node, 'podman') : [];
  // Removing a pod removes its members' anonymous volumes without an option.
  return node.kind === 'pod'
    ? ['pod', 'rm', ...force, ...time]
    : ['rm', ...volumesOption(plan, node), ...force, ...time];
}

/** `docker rm --force` kills without a stop timeout, so running containers are stopped first. */
function dockerRemoval(plan: Plan, node: PlanNode): string[][] {
  const isRunning = node.kind === 'container' && isActive(node.state);
  const stop = ['stop', ...timeOption(plan, node, 'docker')];
  return [...(plan.options.running === 'stop' && isRunning ? [stop] : []), ['rm', ...volumesOption(plan, node)]];
}

/** Only if all anonymous volumes of the container are deleted: the option is not exact enough for some of them. */
function volumesOption(plan: Plan, { key }: PlanNode): string[] {
  const volumes = anonymousVolumesOf(plan, key);
  return volumes.length > 0 && volumes.every(({ choice }) => choice === 'delete') ? ['--volumes'] : [];
}

/**
 * Omitted for a container's own timeout unless that is unlimited, see `timeoutToSend`. Docker accepts -1 as unlimited;
 * `podman rm` accepts no negative number (4.3.1).
 */
function timeOption(plan: Plan, { key }: PlanNode, program: CommandLine['program']): string[] {
  const timeout = timeoutToSend(plan, key);
  if (timeout === undefined) return [];
  const unlimited = program === 'docker' ? -1 : longestStopTimeout;
  return [`--time=${timeout === 'unlimited' ? unlimited : timeout}`];
}

function operand(id: string): string[] {
  return id.startsWith('-') ? ['--', id] : [id];
}

/** Quotes an argument for a POSIX shell; a leading `=` (zsh) or `~` is expanded, so these are quoted, too. */
export function quote(argument: string): string {
  return /^[\w.@%+:,/-][\w.@%+:,/=-]*$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
