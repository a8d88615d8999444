import { l10n } from 'vscode';
import type { ContainerNode, ContainerState, PodState } from '../../graph/model';
import { isActive } from '../../graph/model';

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
  return active === members.length
    ? l10n.t('{0} running', active)
    : l10n.t('{0} of {1} running', active, members.length);
}
