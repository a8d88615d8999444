import { l10n } from 'vscode';
import type { EdgeReason, GraphEdge } from '../../graph/model';

/** What the dependent has of its dependency: `shares net, pid of base`, `requires base`. */
export function edgeWords(edge: GraphEdge, dependency: string): string {
  const shared = edge.reasons.flatMap((reason) => namespaceWord(reason) ?? []);
  const parts = edge.reasons.flatMap((reason) => otherWords(reason, dependency) ?? []);
  if (shared.length > 0) {
    parts.unshift(l10n.t('shares {0} of {1}', shared.join(', '), dependency));
  }
  return parts.join(' · ');
}

/** Linux' own names of namespaces, short as in `podman run`: not translated. */
function namespaceWord(reason: EdgeReason): string | undefined {
  switch (reason) {
    case 'network':
      return 'net';
    case 'pid':
    case 'ipc':
    case 'uts':
    case 'user':
    case 'cgroup':
    case 'mount':
      return reason;
    default:
      return undefined;
  }
}

function otherWords(reason: EdgeReason, dependency: string): string | undefined {
  switch (reason) {
    case 'requires':
      return l10n.t('requires {0}', dependency);
    case 'volumes-from':
      return l10n.t('uses volumes of {0}', dependency);
    case 'link':
      return l10n.t('is linked to {0}', dependency);
    case 'depends-on':
      return l10n.t('depends on {0}', dependency);
    case 'member':
      return l10n.t('in pod {0}', dependency);
    default:
      return undefined;
  }
}
