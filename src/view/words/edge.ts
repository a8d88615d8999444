import { l10n } from 'vscode';
import type { EdgeReason, GraphEdge } from '../../graph/model';
import { inARow } from './count';

/** What the dependent has of its dependency: `shares net, pid of base`, `requires base`. */
export function edgeWords(edge: GraphEdge, dependency: string): string {
  const shared = edge.reasons.flatMap((reason) => namespaceWord(reason) ?? []);
  const parts = edge.reasons.flatMap((reason) => otherWords(reason, dependency) ?? []);
  if (shared.length > 0) {
    parts.unshift(l10n.t('shares {0} of {1}', inARow(shared), dependency));
  }
  return parts.join(' · ');
}

/** Linux' own names of namespaces, short as in `podman run`: not translated. */
function namespaceWord(reason: EdgeReason): string | undefined {
  return reason === 'network' ? 'net' : namespaces.has(reason) ? reason : undefined;
}

const namespaces: ReadonlySet<EdgeReason> = new Set(['network', 'pid', 'ipc', 'uts', 'user', 'cgroup', 'mount']);

function otherWords(reason: EdgeReason, dependency: string): string | undefined {
  if (reason === 'requires') return l10n.t('requires {0}', dependency);
  if (reason === 'volumes-from') return l10n.t('uses volumes of {0}', dependency);
  if (reason === 'link') return l10n.t('is linked to {0}', dependency);
  if (reason === 'depends-on') return l10n.t('depends on {0}', dependency);
  return reason === 'member' ? l10n.t('in pod {0}', dependency) : undefined;
}
