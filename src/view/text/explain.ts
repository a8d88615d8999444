import { l10n } from 'vscode';
import type { RemovalBlocker, Truncated } from '../../graph/plan/explain';
import { joinList } from './format';
import { pathText, protectionText } from './paths';
import { displayName, type NameOf } from './plan';

/** Maximum number of names in a list. */
const maxListed = 8;

/** `… and 40 more`; empty if nothing is omitted. */
export function moreText({ omitted }: Truncated<unknown>): string[] {
  return omitted > 0 ? [l10n.t('… and {0} more', omitted)] : [];
}

/** One reason why a node cannot be removed, with the paths below it. */
export function blockerText(
  obstacle: RemovalBlocker,
  name: string,
  nameOf: NameOf,
): { listed: string; below: string[] } {
  const alone = (listed: string) => ({ listed, below: [] });
  switch (obstacle.kind) {
    case 'unlisted':
      return alone(l10n.t("The engine doesn't list {0}; other containers or systemd only refer to it.", name));
    case 'protected':
      return alone(l10n.t('{0} is {1}.', name, protectionText(obstacle.by)));
    case 'neededByProtected': {
      const by = obstacle.path.edges[0]?.from;
      const text = protectionText(obstacle.by);
      const listed = l10n.t('{0} depends on it and is {1}, so its dependencies are kept.', by ? nameOf(by) : '', text);
      return { listed, below: [pathText(obstacle.path, nameOf)] };
    }
    case 'service':
      return alone(
        obstacle.pods === 1
          ? l10n.t('{0} is removed with the last pod it serves; 1 pod is left.', name)
          : l10n.t('{0} is removed with the last pod it serves; {1} pods are left.', name, obstacle.pods),
      );
    case 'cycle':
      return alone(cycleText(obstacle.nodes.map(nameOf)));
    case 'active':
      return alone(activeText(obstacle, name));
    case 'needed': {
      const count = obstacle.paths.items.length + obstacle.paths.omitted;
      const listed =
        count === 1
          ? l10n.t('1 depends on {0} and must be removed before it or together with it:', name)
          : l10n.t('{0} depend on {1} and must be removed before it or together with it:', count, name);
      const below = obstacle.paths.items.map((path) => pathText(path, nameOf));
      return { listed, below: [...below, ...moreText(obstacle.paths)] };
    }
  }
}

function cycleText(names: readonly string[]): string {
  const some = names.slice(0, maxListed);
  const around = names.length > maxListed ? [...some, '…'] : [...some, some[0] ?? ''];
  return l10n.t('Dependency cycle: {0}. The engine may refuse to remove them.', around.join(' → '));
}

function activeText({ of, containers }: Extract<RemovalBlocker, { kind: 'active' }>, name: string): string {
  const { items, omitted } = containers;
  const [only] = items;
  const names = items.slice(0, maxListed).map(displayName);
  if (only && of === 'container') {
    return only.state === 'paused'
      ? l10n.t('{0} is paused: it is unpaused and stopped first.', name)
      : l10n.t('{0} is running: it is stopped first.', name);
  }
  const rest = items.length + omitted - names.length;
  return rest > 0
    ? l10n.t('Running containers of {0} are stopped first: {1} and {2} more.', name, joinList(names), rest)
    : l10n.t('Running containers of {0} are stopped first: {1}.', name, joinList(names));
}
