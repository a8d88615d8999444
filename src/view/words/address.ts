import { l10n } from 'vscode';
import type { UnsupportedConnection } from '../../engine/connections/connection';
import { plainText } from './plainText';

/** Why a named address cannot be used, and what to do instead. */
export function unsupportedWords({ text, reason, source }: UnsupportedConnection): string {
  const where = source === 'setting' ? l10n.t('the setting podgraph.connections') : source;
  switch (reason) {
    case 'unreadable':
      return l10n.t(
        '{0} (from {1}) is not an address. Addresses look like unix:///run/podman/podman.sock or ssh://user@host/run/podman/podman.sock.',
        plainText(text),
        where,
      );
  }
}
