import { l10n } from 'vscode';
import type { EdgeReason, GraphEdge } from '../../graph/model/model';
import type { ProtectionReason } from '../../graph/model/protection';
import type { Path } from '../../graph/plan/explain';
import { joinList } from './format';
import type { NameOf } from './plan';

/** `shares net, pid of base`, `requires base` */
export function edgeText(edge: GraphEdge, dependency: string): string {
  const shared = edge.reasons.flatMap((reason) => namespaceText(reason) ?? []);
  const parts = edge.reasons.flatMap((reason) => otherText(reason, edge.condition, dependency) ?? []);
  if (shared.length > 0) {
    parts.unshift(l10n.t('shares {0} of {1}', joinList(shared), dependency));
  }
  const awaits = edge.condition === 'healthy' && !edge.reasons.includes('depends-on');
  if (awaits) parts.push(l10n.t('starts once {0} is healthy', dependency));
  return parts.join(' · ');
}

/** The kind of a dependency whose name is plain: `shares net`; empty for one that needs none. */
export function relationText({ reasons }: GraphEdge): string {
  const shared = reasons.flatMap((reason) => namespaceText(reason) ?? []);
  const parts = shared.length > 0 ? [l10n.t('shares {0}', joinList(shared))] : [];
  if (reasons.includes('volumes-from')) parts.push(l10n.t('uses volumes'));
  if (reasons.includes('link')) parts.push(l10n.t('linked'));
  return joinList(parts);
}

/** Linux namespace names as in `podman run`, not translated. */
export function namespaceText(reason: EdgeReason): string | undefined {
  return reason === 'network' ? 'net' : namespaces.has(reason) ? reason : undefined;
}

export const namespaces: ReadonlySet<EdgeReason> = new Set(['network', 'pid', 'ipc', 'uts', 'user', 'cgroup', 'mount']);

/**
 * On the line of an edge, as in the options of `podman run` and in compose files, so not translated: `net, pid`; `healthy`,
 * where the start waits for more than the start of the dependency.
 */
export function edgeLabel({ reasons, condition }: Pick<GraphEdge, 'reasons' | 'condition'>): string {
  const awaited = condition === 'healthy' || condition === 'completed' ? condition : undefined;
  const labels = reasons.flatMap(
    (reason) => namespaceText(reason) ?? (reason === 'depends-on' ? awaited : undefined) ?? shortLabels[reason] ?? [],
  );
  return [...new Set(awaited ? [...labels, awaited] : labels)].join(', ');
}

const shortLabels: Partial<Readonly<Record<EdgeReason, string>>> = {
  requires: 'requires',
  'volumes-from': 'volumes',
  link: 'link',
  'depends-on': 'depends_on',
  systemd: 'systemd',
  'systemd-order': 'systemd',
};

function otherText(reason: EdgeReason, condition: GraphEdge['condition'], dependency: string): string | undefined {
  if (reason === 'requires') return l10n.t('requires {0}', dependency);
  if (reason === 'volumes-from') return l10n.t('uses volumes of {0}', dependency);
  if (reason === 'link') return l10n.t('is linked to {0}', dependency);
  if (reason === 'systemd') return l10n.t('stops with {0} (systemd)', dependency);
  if (reason === 'systemd-order') return l10n.t('optionally needs {0} (systemd)', dependency);
  if (reason === 'depends-on') {
    if (condition === 'healthy') return l10n.t('starts once {0} is healthy', dependency);
    if (condition === 'completed') return l10n.t('starts once {0} has completed', dependency);
    if (condition === 'unknown') return l10n.t('depends on {0} (unknown condition)', dependency);
    return l10n.t('depends on {0}', dependency);
  }
  return reason === 'member' ? l10n.t('in pod {0}', dependency) : undefined;
}

/** A dependency that compose declares and that does not exist. @param service its name */
export function missingServiceText(service: string): string {
  return l10n.t("depends on {0} (doesn't exist)", service);
}

/** Longer paths are shortened in the middle. */
const maxPathLength = 8;

/** `requires left → shares net of base` */
export function pathEdgesText(edges: readonly GraphEdge[], nameOf: NameOf): string {
  const texts = (some: readonly GraphEdge[]) => some.map((edge) => edgeText(edge, nameOf(edge.to)));
  const omitted = edges.length - maxPathLength;
  const steps =
    omitted > 0
      ? [
          ...texts(edges.slice(0, maxPathLength / 2)),
          l10n.t('… {0} more …', omitted),
          ...texts(edges.slice(-maxPathLength / 2)),
        ]
      : texts(edges);
  return steps.join(' → ');
}

/** `top: requires left → shares net of base · also via right` */
export function pathText({ edges, alternatives }: Path, nameOf: NameOf): string {
  const [first] = edges;
  const path = l10n.t('{0}: {1}', first ? nameOf(first.from) : '', pathEdgesText(edges, nameOf));
  return [path, ...alsoText(alternatives, nameOf)].join(' · ');
}

/** Maximum number of alternatives that are named. */
const maxNamed = 3;

/** Alternatives of a path; empty if there are none. */
export function alsoText(also: Path['alternatives'], nameOf: NameOf): string[] {
  if (also.length === 0) return [];
  const names = joinList(also.slice(0, maxNamed).map(nameOf));
  return [l10n.t('also via {0}', also.length > maxNamed ? joinList([names, '…']) : names)];
}

export function protectionText(by: ProtectionReason): string {
  switch (by) {
    case 'label':
      return l10n.t('protected by label');
    case 'name':
      return l10n.t('protected by {0}', 'podgraph.protectedNames');
    case 'toolbox':
      return l10n.t('protected (toolbox/distrobox)');
    case 'ownContainer':
      return l10n.t('protected (hosts this window)');
    case 'selfRelated':
      return l10n.t('protected (used by this window’s container)');
  }
}
