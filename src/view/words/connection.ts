import { l10n } from 'vscode';
import type { Connection, DefaultOf } from '../../engine/connections/connection';
import { plainText } from './plainText';

/** Who named a connection. */
export function sourceWords({ source }: Pick<Connection, 'source'>): string {
  switch (source) {
    case 'setting':
      return l10n.t('from the setting');
    case 'CONTAINER_HOST':
    case 'DOCKER_HOST':
      return l10n.t('from {0}', source);
    case 'podman connection':
      return l10n.t("from Podman's connections");
    case 'docker context':
      return l10n.t("from Docker's contexts");
    case 'default':
      return l10n.t('found on this machine');
  }
}

/** Whose default an engine is. */
export function defaultWords(of: DefaultOf | undefined): string | undefined {
  return of && l10n.t('default of {0}', of);
}

/** That a connection leads to an engine which is shown by another one already. */
export function sameWords(label: string | undefined): string | undefined {
  return label === undefined ? undefined : l10n.t('the same engine as {0}', plainText(label));
}
