import { l10n } from 'vscode';
import type { PruneOptions } from '../graph/plan/prune';
import { askForText, pick, pickMany } from '../view/display';
import { plainMessage, plainText } from '../view/text/format';

const hour = 3_600_000;

/** Asks for kinds, age and labels. Resolves with undefined if the user cancels. */
export async function promptPruneOptions(now: number): Promise<PruneOptions | undefined> {
  const title = plainText(l10n.t('Prune Stopped Pods and Containers'));
  const containers = {
    label: plainText(l10n.t('Containers')),
    description: plainText(l10n.t('stopped, not in a pod')),
    picked: true,
  };
  const pods = {
    label: plainText(l10n.t('Pods')),
    description: plainText(l10n.t('empty, or all containers stopped')),
    picked: true,
  };
  const volumes = {
    label: plainText(l10n.t('Volumes')),
    description: plainText(l10n.t('anonymous and unused; permanently deletes their data')),
  };
  const kinds = await pickMany([containers, pods, volumes], { title });
  if (!kinds || kinds.length === 0) return undefined;
  const ages = [
    { label: plainText(l10n.t('Any age')), ms: undefined },
    { label: plainText(l10n.t('Older than an hour')), ms: hour },
    { label: plainText(l10n.t('Older than a day')), ms: 24 * hour },
    { label: plainText(l10n.t('Older than a week')), ms: 7 * 24 * hour },
    { label: plainText(l10n.t('Older than 30 days')), ms: 30 * 24 * hour },
  ];
  const age = await pick(ages, { title });
  if (!age) return undefined;
  const labels = await askForText({
    title,
    prompt: plainMessage(l10n.t('Labels (key or key=value, comma-separated). Leave empty for all.')),
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

/** Whether a command argument is prune options and not a tree element. */
export function isPruneOptions(given: unknown): given is PruneOptions {
  return typeof given === 'object' && given !== null && 'labels' in given && 'containers' in given && 'pods' in given;
}
