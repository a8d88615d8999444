import { l10n } from 'vscode';
import type { Tally } from '../../graph/report';
import type { DisplayText } from './plainText';
import { plainMessage } from './plainText';

/** `3 pods and 14 containers`, `1 pod`, `no containers`. */
export function podsAndContainers(pods: number, containers: number): string {
  return countAll({ pods, containers, volumes: 0 });
}

/** `1 pod, 2 containers and 3 volumes`, `2 containers and 1 volume`, `no containers`. */
export function countAll({ pods, containers, volumes }: Readonly<Tally>): string {
  const parts: string[] = [];
  if (pods > 0) parts.push(countPods(pods));
  if (containers > 0) parts.push(countContainers(containers));
  if (volumes > 0) parts.push(countVolumes(volumes));
  const [first = countContainers(0), second, third] = parts;
  if (second === undefined) return first;
  return third === undefined ? l10n.t('{0} and {1}', first, second) : l10n.t('{0}, {1} and {2}', first, second, third);
}

export function countPods(count: number): string {
  return count === 1 ? l10n.t('1 pod') : l10n.t('{0} pods', count);
}

export function countContainers(count: number): string {
  if (count === 0) return l10n.t('no containers');
  return count === 1 ? l10n.t('1 container') : l10n.t('{0} containers', count);
}

/** A number of nodes that goes without saying what they are; in some languages a number does not stand alone. */
export function howMany(count: number): string {
  return l10n.t('{0}', count);
}

/** Names one after another, set apart as the language does. */
export function inARow(names: readonly string[]): string {
  return names.join(l10n.t(', '));
}

/** Sentences one after another, set apart as the language does. */
export function sentences(said: readonly string[]): DisplayText {
  return plainMessage(said.reduce((before, next) => (before ? l10n.t('{0} {1}', before, next) : next), ''));
}

export function countVolumes(count: number): string {
  return count === 1 ? l10n.t('1 volume') : l10n.t('{0} volumes', count);
}

/** Up to `most` names, and how many more there are: `web, db, +2`. */
export function nameSome(names: readonly string[], most: number): string {
  const named = inARow(names.slice(0, most));
  const more = names.length - most;
  return more > 0 ? l10n.t('{0}, +{1}', named, more) : named;
}

/** `0.8 s`, `12 s`, `3 min 20 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 20) return l10n.t('{0} s', Math.max(0, seconds).toFixed(1));
  if (seconds < 120) return l10n.t('{0} s', Math.round(seconds));
  return l10n.t('{0} min {1} s', Math.floor(seconds / 60), Math.round(seconds % 60));
}
