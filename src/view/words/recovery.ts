import { l10n } from 'vscode';
import type { Plan } from '../../graph/plan';
import type { Report } from '../../graph/report';
import type { RecoverySummary } from '../../service/service';
import { clean } from './clean';
import { podsAndContainers } from './count';

/** What became of a removal that was cut short: `A removal of 14 was interrupted: 6 gone, 8 still there.` */
export function recoveredWords({ nodes }: Report, remaining: number): string {
  const total = nodes.size;
  if (remaining === 0) return l10n.t('A removal of {0} was interrupted, and is complete all the same.', total);
  return l10n.t('A removal of {0} was interrupted: {1} gone, {2} still there.', total, total - remaining, remaining);
}

export function elsewhereWords({ counts }: Plan): string {
  return l10n.t('Another window is removing {0}.', podsAndContainers(counts.pods, counts.containers));
}

export function setAsideWords({ file, why }: RecoverySummary['setAside'][number]): string {
  return l10n.t(
    'The record of an earlier removal could not be read ({0}). It was set aside as {1}; look at the view for what is still there.',
    clean(why),
    clean(file),
  );
}
