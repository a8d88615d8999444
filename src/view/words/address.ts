import { l10n } from 'vscode';
import type { UnsupportedConnection } from '../../engine/connections/connection';
import { clean } from './clean';

/** Why a named address cannot be used, and what to do instead. */
export function unsupportedWords({ text, reason, source }: UnsupportedConnection): string {
  const where = source === 'setting' ? l10n.t('the setting podgraph.connections') : source;
  switch (reason) {
    case 'ssh':
      return l10n.t(
        '{0} (from {1}) cannot be used directly. Forward the socket with "ssh -L /tmp/engine.sock:/run/podman/podman.sock host" and set unix:///tmp/engine.sock.',
        clean(text),
        where,
      );
    case 'tls':
      return l10n.t(
        '{0} (from {1}) wants TLS, which Podgraph does not speak. Set the address of a socket instead.',
        clean(text),
        where,
      );
    case 'unreadable':
      return l10n.t(
        '{0} (from {1}) is not an address. Addresses look like unix:///run/podman/podman.sock.',
        clean(text),
        where,
      );
  }
}
