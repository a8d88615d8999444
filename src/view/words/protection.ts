import { l10n } from 'vscode';
import type { Protection } from '../../graph/protection';

/** By which rule a node is kept out of every removal. */
export function protectionWords(by: Protection): string {
  switch (by) {
    case 'label':
      return l10n.t('protected by label');
    case 'name':
      return l10n.t('protected by name');
    case 'toolbox':
      return l10n.t('protected, for somebody works in it');
    case 'self':
      return l10n.t('protected, for this window runs in it');
    case 'selfRelated':
      return l10n.t('protected, because this window’s container shares namespaces with it or needs it');
  }
}
