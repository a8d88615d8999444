import { l10n } from 'vscode';
import type { SystemdAccess } from '../../engine/systemd/systemd';
import { systemdUnitOf } from '../../graph/model/labels';
import type { GraphNode } from '../../graph/model/model';
import { plainText } from './format';

/** `web.service (active, generated)`, in systemd's own terms; undefined without a unit. */
export function systemdUnitText(node: GraphNode, access: SystemdAccess | undefined): string | undefined {
  const unit = node.systemdUnit;
  const name = unit?.name ?? systemdUnitOf(node);
  if (name === undefined) return undefined;
  if (!unit) {
    const reason = access && withoutStateText(access);
    return reason ? l10n.t('{0} ({1})', plainText(name), reason) : plainText(name);
  }
  const reload = unit.needsReload ? l10n.t('daemon-reload needed') : '';
  const facts = [plainText(unit.activeState), plainText(unit.fileState), reload].filter(Boolean);
  return l10n.t('{0} ({1})', plainText(name), facts.join(', '));
}

/** Why the state of a unit is unknown. */
function withoutStateText(access: SystemdAccess): string {
  switch (access.reason) {
    case undefined:
      return l10n.t('not found by systemd');
    case 'address':
      return l10n.t("systemd can't be reached: only by a local socket or ssh");
    case 'missing':
      return l10n.t("systemd can't be reached: no systemctl");
    case 'unproven':
      return l10n.t("systemd can't be reached: this machine's doesn't run the container");
    case 'failed':
      return l10n.t("systemd can't be reached: {0}", plainText(access.detail ?? ''));
  }
}
