import { l10n } from 'vscode';
import type { ContainerGraph } from '../../graph/model/graph';
import type { NamespaceProblem } from '../../graph/model/namespaceState';
import { joinList } from './format';
import { namespaceText } from './paths';
import type { NameOf } from './plan';
import { agoText } from './state';

/** `detached from vpn`, `orphaned`, `left down` */
export function namespaceProblemLabel(problem: NamespaceProblem, nameOf: NameOf): string {
  switch (problem.kind) {
    case 'detached':
      return l10n.t('detached from {0}', nameOf(problem.base));
    case 'orphaned':
      return l10n.t('orphaned');
    case 'leftDown':
      return l10n.t('left down');
  }
}

/** One sentence: `Runs in the old network of vpn, which was restarted 3 minutes ago.` */
export function namespaceProblemText(
  problem: NamespaceProblem,
  graph: ContainerGraph,
  nameOf: NameOf,
  now: number,
): string {
  const base = nameOf(problem.base);
  switch (problem.kind) {
    case 'detached': {
      const { startedAt } = graph.infraOf(problem.base) ?? graph.container(problem.base) ?? {};
      const since = startedAt === undefined ? '' : agoText(startedAt, now);
      if (problem.namespaces.join() === 'network')
        return l10n.t('Runs in the old network of {0}, which was restarted {1}.', base, since);
      const kinds = joinList(problem.namespaces.flatMap((kind) => namespaceText(kind) ?? []));
      return l10n.t('Runs in old namespaces ({0}) of {1}, which was restarted {2}.', kinds, base, since);
    }
    case 'orphaned':
      return problem.replacement === undefined
        ? l10n.t("Can't start again: {0}, whose namespaces it shares, was removed.", base)
        : l10n.t("Can't start again: the {0} whose namespaces it shares was replaced.", nameOf(problem.replacement));
    case 'leftDown':
      return l10n.t('Exited when {0} stopped, and was not started again with it.', base);
  }
}
