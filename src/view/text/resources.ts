import { l10n } from 'vscode';
import type { NodeKey } from '../../graph/model/model';
import { type ResourceLayer, resourceSize } from '../../graph/model/resourceLayer';
import type { ResourceNode } from '../../graph/model/resources';
import { type DisplayText, imageName, joinList, plainText, sizeText, summarizeNames } from './format';
import { displayName, type NameOf } from './plan';
import { ageText, kindText } from './state';

/** Users named in one text. */
const maxNames = 6;

/** `nginx:1.27`; the short id of an image without a tag and of an anonymous volume. */
export function resourceName(node: ResourceNode): DisplayText {
  const [tag] = node.kind === 'image' ? node.tags : [];
  return tag === undefined ? displayName(node) : plainText(imageName(tag));
}

export function usedByText(count: number): string {
  return count === 0 ? l10n.t('unused') : l10n.t('used by {0}', count);
}

/** `4 unused`; empty if all are used. */
export function unusedText(count: number): string {
  return count === 0 ? '' : l10n.t('{0} unused', count);
}

/** What distinguishes it from others of its kind: driver, whether it is anonymous or has no tag. */
export function resourceTraits(node: ResourceNode): string[] {
  switch (node.kind) {
    case 'volume':
      return node.isAnonymous ? [l10n.t('anonymous')] : [];
    case 'network':
      return [...(node.isDefault ? [l10n.t('default')] : []), plainText(node.driver)].filter(Boolean);
    case 'image':
      return node.isDangling ? [l10n.t('no tag')] : [];
  }
}

/** `120 MB`; empty if it is unknown or there is none. */
export function knownSizeText(node: ResourceNode, layer: ResourceLayer): string[] {
  const size = resourceSize(node, layer);
  return node.kind === 'network' || size === undefined ? [] : [sizeText(size)];
}

/** Kind, traits, size and age. */
export function resourceSummary(node: ResourceNode, layer: ResourceLayer, now: number): string[] {
  const age = node.createdAt === undefined ? [] : [ageText(node.createdAt, now)];
  const size = knownSizeText(node, layer);
  const unknown = node.kind !== 'network' && size.length === 0 ? [l10n.t('size unknown')] : [];
  return [kindText(node.kind), ...resourceTraits(node), ...size, ...unknown, ...age];
}

/** The lines of a hover: facts, addresses or tags, users. */
export function resourceDetails(
  node: ResourceNode,
  layer: ResourceLayer,
  nameOf: (key: NodeKey) => string,
  now: number,
): string[] {
  const users = layer.users.get(node.key) ?? [];
  // Only displayed users need a name.
  const names = [...users.slice(0, maxNames).map(nameOf), ...users.slice(maxNames)];
  return [
    resourceSummary(node, layer, now).join(' · '),
    ...extraLines(node),
    users.length === 0 ? l10n.t('No container uses it.') : l10n.t('used by {0}', summarizeNames(names, maxNames)),
  ];
}

function extraLines(node: ResourceNode): string[] {
  if (node.kind === 'network')
    return node.subnets.length > 0 ? [joinList(node.subnets.map((one) => plainText(one)))] : [];
  if (node.kind === 'image') return node.tags.map((tag) => plainText(tag));
  return [];
}

/** Maximum number of users in one fact. */
const maxNamesInFact = 4;

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
  const names = summarizeNames(users.map(nameOf).sort(), maxNamesInFact);
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
