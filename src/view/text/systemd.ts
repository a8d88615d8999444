import { l10n } from 'vscode';
import type { SystemdAccess } from '../../engine/systemd/systemd';
import { systemdUnitOf } from '../../graph/model/labels';
import { type GraphNode, isStoppedUnit } from '../../graph/model/model';
import type { PlannedUnit, SystemdObstacle } from '../../graph/plan/managed';
import type { Plan, PlannedNode } from '../../graph/plan/plan';
import { isSuccess, type Report } from '../../graph/plan/report';
import { plainText, summarizeNames } from './format';

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

/** Maximum number of units named in one sentence. */
const maxNamed = 6;

/** Why a container of a systemd unit is kept. */
export function unreachableText(unit: string, { kind, text = '' }: SystemdObstacle): string {
  const name = plainText(unit);
  switch (kind) {
    case 'address':
      return l10n.t("{0} would create it again, and systemd can't be reached over this connection", name);
    case 'missing':
      return l10n.t("{0} would create it again, and the engine's machine has no systemctl", name);
    case 'unproven':
      return l10n.t("{0} may create it again, and isn't a unit of the systemd that can be reached", name);
    case 'failed':
      return l10n.t("{0} would create it again, and systemd can't be reached: {1}", name, plainText(text));
  }
}

const unitNames = (planned: readonly PlannedNode[]) =>
  [...new Set(planned.map(({ systemd }) => plainText(systemd?.name ?? '')))].sort();

/** What becomes of the systemd units of a plan's nodes, one sentence each. */
export function unitFacts({ action, nodes }: Plan): string[] {
  const all = [...nodes.values()].filter(({ systemd }) => systemd !== undefined);
  const managed = all.filter(({ node }) => !isStoppedUnit(node));
  const stopped = unitNames(all.filter(({ node, systemd }) => isStoppedUnit(node) && systemd?.removesQuadlet === true));
  const kept = unitNames(managed.filter(({ systemd }) => systemd?.removesQuadlet !== true));
  const deleted = unitNames(managed.filter(({ systemd }) => systemd?.removesQuadlet === true));
  const due = unitNames(all.filter(({ systemd }) => systemd?.needsReload === true));
  const lines: string[] = [];
  const list = (names: readonly string[]) => summarizeNames(names, maxNamed);
  if ((action === 'remove' || action === 'stop' || action === 'kill') && kept.length > 0) {
    lines.push(
      kept.length === 1
        ? l10n.t('{0} will be stopped, and will create its container again when it starts.', list(kept))
        : l10n.t('{0} will be stopped, and will create their containers again when they start.', list(kept)),
    );
  }
  if (deleted.length > 0) {
    lines.push(
      deleted.length === 1
        ? l10n.t('{0} will be stopped, and its Quadlet file deleted.', list(deleted))
        : l10n.t('{0} will be stopped, and their Quadlet files deleted.', list(deleted)),
    );
  }
  if (stopped.length > 0) {
    lines.push(
      stopped.length === 1
        ? l10n.t('The Quadlet file of {0} will be deleted.', list(stopped))
        : l10n.t('The Quadlet files of {0} will be deleted.', list(stopped)),
    );
  }
  if (due.length > 0) {
    lines.push(
      due.length === 1
        ? l10n.t('The files of {0} have changed since systemd read them.', list(due))
        : l10n.t('The files of these units have changed since systemd read them: {0}.', list(due)),
    );
  }
  return lines;
}

/** Label of the choice that deletes Quadlet files with their containers. */
export function removeQuadletsText(count: number): string {
  return count === 1 ? l10n.t('Remove Quadlet Too') : l10n.t('Remove {0} Quadlets Too', count);
}

/** What becomes of one node's unit. */
export function plannedUnitFacts({ name, removesQuadlet }: PlannedUnit, action: Plan['action']): string[] {
  if (action !== 'remove') return [l10n.t('through {0}', plainText(name))];
  return removesQuadlet
    ? [l10n.t('through {0}, whose Quadlet file is deleted', plainText(name))]
    : [l10n.t('through {0}, which will create it again', plainText(name))];
}

/** What a node's unit will do after the action: `stopped; db.service will create it again`. */
export function unitOutcomeText({ systemd }: Pick<PlannedNode, 'systemd'>, action: Plan['action']): string | undefined {
  if (!systemd || (action !== 'remove' && action !== 'stop' && action !== 'kill')) return undefined;
  return systemd.removesQuadlet
    ? l10n.t('{0} was deleted', plainText(systemd.quadlet ?? ''))
    : l10n.t('stopped; {0} will create it again', plainText(systemd.name));
}

/** The units that will create the removed containers of a report again, in one sentence. */
export function unitSentences({ plan, nodes }: Report): string[] {
  if (plan.action !== 'remove') return [];
  const removed = [...plan.nodes.values()].filter(({ node, systemd }) => {
    const outcome = nodes.get(node.key)?.outcome;
    return systemd !== undefined && systemd.removesQuadlet !== true && outcome !== undefined && isSuccess(outcome);
  });
  const names = unitNames(removed);
  if (names.length === 0) return [];
  return [
    names.length === 1
      ? l10n.t('{0} will create its container again when it starts.', summarizeNames(names, maxNamed))
      : l10n.t('{0} will create their containers again when they start.', summarizeNames(names, maxNamed)),
  ];
}
