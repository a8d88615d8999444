import { l10n } from 'vscode';
import type { NodeKey } from '../../graph/model';
import type { RemovalProgress } from '../../service/service';
import { nameSome } from './count';

/** How many names the progress shows of what is being worked on. */
const named = 2;

/** `Removing 14 · 6 done · stopping web, db, +2`. */
export function progressWords(progress: RemovalProgress, nameOf: (key: NodeKey) => string): string {
  if (progress.cancelled) return finishingWords(progress.active.size);
  const parts = [l10n.t('Removing {0}', progress.total), l10n.t('{0} done', progress.ended - progress.failed)];
  if (progress.failed > 0) parts.push(l10n.t('{0} failed', progress.failed));
  const names = (phase: string) =>
    [...progress.active].flatMap(([key, at]) => (at.phase === phase ? [nameOf(key)] : []));
  const stopping = names('stopping');
  const removing = names('removing');
  if (stopping.length > 0) parts.push(l10n.t('stopping {0}', nameSome(stopping, named)));
  else if (removing.length > 0) parts.push(l10n.t('removing {0}', nameSome(removing, named)));
  return parts.join(' · ');
}

/** After Cancel: what had begun is let finish. */
export function finishingWords(active: number): string {
  return active === 1 ? l10n.t('Finishing 1 that had begun…') : l10n.t('Finishing {0} that had begun…', active);
}
