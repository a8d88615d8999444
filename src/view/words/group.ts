import { l10n } from 'vscode';
import type { ContainerState } from '../../graph/model';
import type { NodeGroup } from '../tree/grouping';
import type { DisplayText } from './plainText';
import { plainText } from './plainText';
import { containerState, podState } from './state';

type Named = Pick<NodeGroup, 'by' | 'name'>;

/** What a group is called: the project, the state, the label's value. */
export function groupTitle({ by, name }: Named): DisplayText {
  switch (by) {
    case 'project':
      return plainText(name || l10n.t('no compose project'));
    case 'state':
      return plainText(
        name === 'degraded' || name === 'empty' ? podState(name) : containerState(name as ContainerState),
      );
    case 'label':
      return plainText(name || l10n.t('without the label'));
  }
}

/** What kind of group it is, in a word. */
export function groupKind({ by, name }: Named): string {
  switch (by) {
    case 'project':
      return name ? l10n.t('compose') : '';
    case 'state':
      return l10n.t('state');
    case 'label':
      return name ? l10n.t('label') : '';
  }
}

/** The same for those who hear it. */
export function groupSpoken({ by, name }: Named): string {
  if (!name) return '';
  return by === 'project' ? l10n.t('compose project') : groupKind({ by, name });
}
