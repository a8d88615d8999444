import { l10n } from 'vscode';
import type { PruneOptions } from '../graph/plan/prune';
import { askForText, pick, pickMany } from '../view/display';
import { plainMessage, plainText } from '../view/text/format';

const hour = 3_600_000;

/** Asks what is to be cleared away: which kinds, how old, with which labels. Undefined when a person has left. */
export async function promptPruneOptions(now: number): Promise<PruneOptions | undefined> {
  const title = plainText(l10n.t('Prune Stopped Pods and Containers'));
  const containers = {
    label: plainText(l10n.t('Containers')),
    description: plainText(l10n.t('created or exited, and in no pod')),
    picked: true,
  };
  const pods = {
    label: plainText(l10n.t('Pods')),
    description: plainText(l10n.t('empty, or all members ended')),
    picked: true,
  };
  const volumes = {
    label: plainText(l10n.t('Volumes')),
    description: plainText(l10n.t('anonymous, used by no container: deleted with all data in them')),
  };
  const kinds = await pickMany([containers, pods, volumes], { title });
  if (!kinds || kinds.length === 0) return undefined;
  const ages = [
    { label: plainText(l10n.t('Of any age')), ms: undefined },
    { label: plainText(l10n.t('Older than an hour')), ms: hour },
    { label: plainText(l10n.t('Older than a day')), ms: 24 * hour },
    { label: plainText(l10n.t('Older than a week')), ms: 7 * 24 * hour },
    { label: plainText(l10n.t('Older than 30 days')), ms: 30 * 24 * hour },
  ];
  const age = await pick(ages, { title });
  if (!age) return undefined;
  const labels = await askForText({
    title,
    prompt: plainMessage(
      l10n.t('Only what has these labels, as key or key=value, separated by commas. Leave empty for all.'),
    ),
  });
  if (labels === undefined) return undefined;
  return {
    containers: kinds.includes(containers),
    pods: kinds.includes(pods),
    volumes: kinds.includes(volumes),
    until: age.ms === undefined ? undefined : now - age.ms,
    labels: labels
      .split(',')
      .map((text) => text.trim())
      .filter(Boolean),
  };
}

/** Whether a command was handed a wish, and not a place of the tree. */
export function isPruneOptions(given: unknown): given is PruneOptions {
  return typeof given === 'object' && given !== null && 'labels' in given && 'containers' in given && 'pods' in given;
}
