import { l10n } from 'vscode';
import type { NodeKey } from '../../graph/model/model';
import type { ResourceLayer } from '../../graph/model/resourceLayer';
import type { ResourceBlocker, ResourceExplanation } from '../../graph/plan/explainResource';
import { nameIn } from '../nodeState';
import { moreText } from '../text/explain';
import { indented, plainText } from '../text/format';
import { pathText, protectionText } from '../text/paths';
import { type NameOf, nameOfKey } from '../text/plan';
import { resourceName, resourceSummary } from '../text/resources';
import { type LinkedText, linkNodeNames } from './linkedText';
import { type ExplanationDeps, explanationTitle } from './nodeDocuments';

/** The users of a volume, network or image, and why it can't be removed, in one text. */
export function resourceExplanationText(
  { node, users, dependents, blocker }: ResourceExplanation,
  { graph, engineLabel, now, layer }: ExplanationDeps & { readonly layer: ResourceLayer },
): LinkedText {
  const plainName: NameOf = (key) => {
    const resource = layer.nodes.get(key);
    return resource ? resourceName(resource) : graph.get(key) ? nameIn(graph, key) : nameOfKey(key);
  };
  return linkNodeNames(plainName, (nameOf) => {
    const name = nameOf(node.key);
    const count = users.items.length + users.omitted;
    const lines = [
      explanationTitle(name),
      [...resourceSummary(node, layer, now), plainText(engineLabel)].join(' · '),
      '',
    ];
    if (count === 0) lines.push(l10n.t('No container uses {0}.', name));
    else {
      lines.push(count === 1 ? l10n.t('Used by 1:') : l10n.t('Used by {0}:', count));
      lines.push(...indented([...users.items.map(nameOf), ...moreText(users)]));
    }
    if (dependents.items.length > 0) {
      lines.push('', l10n.t('Through these, it is also needed by:'));
      lines.push(...indented([...dependents.items.map((path) => pathText(path, nameOf)), ...moreText(dependents)]));
    }
    return [...lines, '', ...blockerLines(blocker, name, nameOf), ''].join('\n');
  });
}

function blockerLines(blocker: ResourceBlocker | undefined, name: string, nameOf: (key: NodeKey) => string): string[] {
  switch (blocker?.kind) {
    case undefined:
      return [l10n.t('{0} can be removed: nothing blocks it.', name)];
    case 'default':
      return [l10n.t("{0} can't be removed: it is the engine's own network.", name)];
    case 'usedByProtected':
      return [
        l10n.t('{0} is {1}.', nameOf(blocker.user), protectionText(blocker.by)),
        l10n.t("It can't be removed while protected."),
      ];
    case 'used':
      return [
        l10n.t("{0} can't be removed while a container uses it, running or not.", name),
        l10n.t('“Remove with Dependents” removes it and these, in order.'),
      ];
    case 'usedElsewhere':
      return [l10n.t("{0} can't be removed: a container that the engine doesn't list here uses it.", name)];
  }
}
