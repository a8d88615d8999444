import { l10n } from 'vscode';
import type { ContainerNode, ContainerState, NodeKind, PlanNode, PodState } from '../../graph/model';
import { isActive } from '../../graph/model';

export function kindWord(kind: NodeKind): string {
  switch (kind) {
    case 'container':
      return l10n.t('container');
    case 'pod':
      return l10n.t('pod');
    case 'volume':
      return l10n.t('volume');
  }
}

export function containerState(state: ContainerState): string {
  switch (state) {
    case 'created':
      return l10n.t('created');
    case 'running':
      return l10n.t('running');
    case 'paused':
      return l10n.t('paused');
    case 'stopping':
      return l10n.t('stopping');
    case 'restarting':
      return l10n.t('restarting');
    case 'exited':
      return l10n.t('exited');
    case 'dead':
      return l10n.t('dead');
    case 'removing':
      return l10n.t('being removed');
    case 'unknown':
      return l10n.t('state unknown');
  }
}

/** With the exit code where there is one: `exited (137)`. */
export function stateOf(container: ContainerNode): string {
  if (container.external) return l10n.t('not listed by the engine');
  if (container.state === 'exited' && container.exitCode !== undefined)
    return l10n.t('exited ({0})', container.exitCode);
  return containerState(container.state);
}

export function podState(state: PodState): string {
  switch (state) {
    case 'empty':
      return l10n.t('empty');
    case 'created':
      return l10n.t('created');
    case 'running':
      return l10n.t('running');
    case 'degraded':
      return l10n.t('degraded');
    case 'paused':
      return l10n.t('paused');
    case 'exited':
      return l10n.t('exited');
  }
}

/** What a pod's members do: `3 running`, `1 of 3 running`, `exited`. */
export function membersOf(state: PodState, members: readonly ContainerNode[]): string {
  const active = members.filter((member) => isActive(member.state)).length;
  if (members.length === 0 || active === 0) return podState(state);
  if (state === 'paused') return l10n.t('{0} paused', active);
  return active === members.length || state === 'running'
    ? l10n.t('{0} running', active)
    : l10n.t('{0} of {1} running', active, members.length);
}

/** What a person sees of a node of a plan beside its name: a volume has no state but its age. */
export function nodeState(node: PlanNode, members: readonly ContainerNode[], now: number): string {
  if (node.kind === 'volume') return ageWords(node.createdAt, now);
  return node.kind === 'pod' ? membersOf(node.state, members) : stateOf(node);
}

const [hour, day] = [3_600_000, 24 * 3_600_000];

/** How long ago something was made, where that is all that tells it from others: `3 days old`. */
export function ageWords(createdAt: number | undefined, now: number): string {
  if (createdAt === undefined) return l10n.t('of unknown age');
  const age = now - createdAt;
  if (age < hour) return l10n.t('less than an hour old');
  if (age < 2 * hour) return l10n.t('1 hour old');
  if (age < 2 * day) return l10n.t('{0} hours old', Math.floor(age / hour));
  return l10n.t('{0} days old', Math.floor(age / day));
}
