import { l10n } from 'vscode';
import type { ResourceKind } from '../../graph/model/resources';
import {
  type ContainerNode,
  type ContainerState,
  hasFailed,
  isActive,
  isInRestartLoop,
  isStoppedUnit,
  type NodeKind,
  type PlanNode,
  type PodState,
} from '../../graph/model/model';
import type { NodeGroup } from '../tree/treeStructure';
import { type DisplayText, plainText } from './format';
import { healthText } from './health';

export function kindText(kind: NodeKind): string {
  switch (kind) {
    case 'container':
      return l10n.t('container');
    case 'pod':
      return l10n.t('pod');
    case 'volume':
      return l10n.t('volume');
    case 'network':
      return l10n.t('network');
    case 'image':
      return l10n.t('image');
  }
}

export function containerStateText(state: ContainerState): string {
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

/** With the exit code or the number of restarts: `exited (137)`, `restarting (12×)`. */
export function stateText(container: ContainerNode): string {
  if (isStoppedUnit(container))
    return hasFailed(container) ? l10n.t('failed, no container') : l10n.t('stopped, no container');
  if (container.unlisted) return l10n.t('not listed by the engine');
  if (isInRestartLoop(container)) {
    const count = container.restartCount ?? 0;
    return container.state === 'restarting' ? l10n.t('restarting ({0}×)', count) : l10n.t('restarted {0}×', count);
  }
  if (container.state === 'running' && container.health) {
    const health = healthText(container.health);
    return container.health === 'healthy' ? l10n.t('running, {0}', health) : health;
  }
  if (container.state === 'exited' && container.exitCode !== undefined)
    return l10n.t('exited ({0})', container.exitCode);
  return containerStateText(container.state);
}

export function podStateText(state: PodState): string {
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

/** `3 running`, `1 of 3 running, 1 unhealthy`, `exited` */
export function membersOf(state: PodState, members: readonly ContainerNode[]): string {
  const active = members.filter((member) => isActive(member.state)).length;
  if (members.length === 0 || active === 0) return podStateText(state);
  if (state === 'paused') return l10n.t('{0} paused', active);
  const running =
    active === members.length || state === 'running'
      ? l10n.t('{0} running', active)
      : l10n.t('{0} of {1} running', active, members.length);
  return [running, ...unhealthyText(members)].join(', ');
}

/** `1 unhealthy`; empty for none. */
export function unhealthyText(members: readonly ContainerNode[]): string[] {
  const count = members.filter(({ state, health }) => state === 'running' && health === 'unhealthy').length;
  return count > 0 ? [l10n.t('{0} unhealthy', count)] : [];
}

/** State of a node in a plan; the age of a volume, network or image. */
export function nodeState(node: PlanNode, members: readonly ContainerNode[], now: number): string {
  if (node.kind === 'pod') return membersOf(node.state, members);
  return node.kind === 'container' ? stateText(node) : ageText(node.createdAt, now);
}

const [hour, day] = [3_600_000, 24 * 3_600_000];

/** `3 days old` */
export function ageText(createdAt: number | undefined, now: number): string {
  if (createdAt === undefined) return l10n.t('unknown age');
  const age = now - createdAt;
  if (age < hour) return l10n.t('less than an hour old');
  if (age < 2 * hour) return l10n.t('1 hour old');
  if (age < 2 * day) return l10n.t('{0} hours old', Math.floor(age / hour));
  return l10n.t('{0} days old', Math.floor(age / day));
}

const minute = 60_000;

/** `up 14 minutes` */
export function uptimeText(startedAt: number, now: number): string {
  const uptime = now - startedAt;
  if (uptime < minute) return l10n.t('up less than a minute');
  if (uptime < 2 * minute) return l10n.t('up 1 minute');
  if (uptime < 2 * hour) return l10n.t('up {0} minutes', Math.floor(uptime / minute));
  if (uptime < 2 * day) return l10n.t('up {0} hours', Math.floor(uptime / hour));
  return l10n.t('up {0} days', Math.floor(uptime / day));
}

/** `3 minutes ago` */
export function agoText(at: number, now: number): string {
  const age = now - at;
  if (age < minute) return l10n.t('less than a minute ago');
  if (age < 2 * minute) return l10n.t('1 minute ago');
  if (age < 2 * hour) return l10n.t('{0} minutes ago', Math.floor(age / minute));
  if (age < 2 * day) return l10n.t('{0} hours ago', Math.floor(age / hour));
  return l10n.t('{0} days ago', Math.floor(age / day));
}

type Named = Pick<NodeGroup, 'by' | 'name'>;

/** The project, state or label value of a group. */
export function groupTitle({ by, name }: Named): DisplayText {
  switch (by) {
    case 'project':
      return plainText(name || l10n.t('no compose project'));
    case 'application':
      return plainText(name);
    case 'state':
      return plainText(stateGroupText(name));
    case 'label':
      return plainText(name || l10n.t('without the label'));
    case 'resource':
      return plainText(resourceKindTitle(name as ResourceKind));
  }
}

function stateGroupText(name: string): string {
  if (name === 'degraded' || name === 'empty') return podStateText(name);
  return name === 'unhealthy' || name === 'starting' ? healthText(name) : containerStateText(name as ContainerState);
}

function resourceKindTitle(kind: ResourceKind): string {
  switch (kind) {
    case 'volume':
      return l10n.t('Volumes');
    case 'network':
      return l10n.t('Networks');
    case 'image':
      return l10n.t('Images');
  }
}

export function groupKind({ by, name }: Named): string {
  switch (by) {
    case 'project':
      return name ? l10n.t('compose') : '';
    case 'application':
      return l10n.t('Quadlet');
    case 'state':
      return l10n.t('state');
    case 'label':
      return name ? l10n.t('label') : '';
    case 'resource':
      return '';
  }
}

export function groupAriaLabel({ by, name }: Named): string {
  if (!name) return '';
  if (by === 'application') return l10n.t('Quadlet application');
  return by === 'project' ? l10n.t('compose project') : groupKind({ by, name });
}
