import { l10n } from 'vscode';
import type { NodeKey } from '../../graph/model/model';
import type { ResourceNode } from '../../graph/model/resources';
import { sizeText, summarizeNames } from './format';
import type { NameOf } from './plan';

/** Maximum number of users in one fact. */
const maxNamed = 4;

/**
 * Size and users of a volume, network or image, and what its removal loses.
 *
 * @param isOffered whether the user is to decide: then also that it is unused or its size is unknown
 */
export function resourceFacts(
  node: ResourceNode,
  users: readonly NodeKey[],
  nameOf: NameOf,
  isOffered: boolean,
): string[] {
  const names = summarizeNames(users.map(nameOf).sort(), maxNamed);
  const unused = isOffered ? [l10n.t('not used')] : [];
  return [
    ...sizeFact(node, isOffered),
    ...(users.length > 0 ? [l10n.t('used by {0}', names)] : unused),
    ...(node.kind === 'volume' ? [l10n.t('permanently deletes its data')] : []),
    ...(node.kind === 'image' ? [l10n.t('must be pulled or built again')] : []),
  ];
}

function sizeFact(node: ResourceNode, isOffered: boolean): string[] {
  if (node.kind === 'network') return [];
  if (node.size === undefined) return isOffered ? [l10n.t('size unknown')] : [];
  // Layers may be shared with other images.
  return [node.kind === 'image' ? l10n.t('at most {0}', sizeText(node.size)) : sizeText(node.size)];
}
