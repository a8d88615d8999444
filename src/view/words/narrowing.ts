import { l10n } from 'vscode';
import type { Scope } from '../../graph/plan';
import { plainText } from './plainText';

/** `12 of 40 shown` */
export function shownWords({ shown, all }: { readonly shown: number; readonly all: number }): string {
  return l10n.t('{0} of {1} shown', shown, all);
}

/** Above the tree while a filter is set. */
export function filteredWords(filter: string, counts: { readonly shown: number; readonly all: number }): string {
  return counts.shown === 0
    ? l10n.t('Nothing matches the filter “{0}”.', plainText(filter))
    : l10n.t('Filter “{0}”: {1}.', plainText(filter), shownWords(counts));
}

/** In a question about all that the view shows: that this is not all there is. Empty where it is. */
export function narrowedWords({ everything, narrowed }: Scope): string {
  if (!everything || !narrowed) return '';
  const filter = plainText(narrowed.filter);
  return narrowed.hidden === 1
    ? l10n.t('Only what the filter “{0}” shows is meant; 1 more is hidden by it.', filter)
    : l10n.t('Only what the filter “{0}” shows is meant; {1} more are hidden by it.', filter, narrowed.hidden);
}
