import { l10n } from 'vscode';
import type { Obstacle, Some } from '../../graph/explain';
import { inARow } from './count';
import { pathWords } from './path';
import type { NameOf } from './plan';
import { nameOfNode } from './plan';
import { protectionWords } from './protection';

/** How many nodes of a cycle, or of a pod that runs, are named. */
const longest = 8;

/** `… and 40 more`; nothing where nothing is left out. */
export function moreWords({ more }: Some<unknown>): string[] {
  return more > 0 ? [l10n.t('… and {0} more', more)] : [];
}

/** What keeps a node from being removed just like that, a sentence each; ways are told below it. */
export function obstacleWords(obstacle: Obstacle, name: string, nameOf: NameOf): { said: string; below: string[] } {
  const alone = (said: string) => ({ said, below: [] });
  switch (obstacle.kind) {
    case 'external':
      return alone(l10n.t('The engine does not list {0}: only others name it.', name));
    case 'protected':
      return alone(l10n.t('{0} is {1}.', name, protectionWords(obstacle.by)));
    case 'neededByProtected': {
      const by = obstacle.path.edges[0]?.from;
      const words = protectionWords(obstacle.by);
      const said = l10n.t('{0} needs it and is {1}: what it needs stays with it.', by ? nameOf(by) : '', words);
      return { said, below: [pathWords(obstacle.path, nameOf)] };
    }
    case 'service':
      return alone(
        obstacle.pods === 1
          ? l10n.t('{0} serves pods: it goes with the last of them, and 1 pod is there.', name)
          : l10n.t('{0} serves pods: it goes with the last of them, and {1} pods are there.', name, obstacle.pods),
      );
    case 'cycle':
      return alone(cycleWords(obstacle.nodes.map(nameOf)));
    case 'active':
      return alone(activeWords(obstacle, name));
    case 'needed': {
      const count = obstacle.paths.shown.length + obstacle.paths.more;
      const said =
        count === 1
          ? l10n.t('1 needs {0}, and can only go before it or with it:', name)
          : l10n.t('{0} need {1}, and can only go before it or with it:', count, name);
      const below = obstacle.paths.shown.map((path) => pathWords(path, nameOf));
      return { said, below: [...below, ...moreWords(obstacle.paths)] };
    }
  }
}

function cycleWords(names: readonly string[]): string {
  const some = names.slice(0, longest);
  const around = names.length > longest ? [...some, '…'] : [...some, some[0] ?? ''];
  return l10n.t('A cycle: {0}. The engine may refuse to remove them.', around.join(' → '));
}

function activeWords({ of, containers }: Extract<Obstacle, { kind: 'active' }>, name: string): string {
  const { shown, more } = containers;
  const [only] = shown;
  const names = shown.slice(0, longest).map(nameOfNode);
  if (only && of === 'container') {
    return only.state === 'paused'
      ? l10n.t('{0} is paused: it is resumed and stopped first.', name)
      : l10n.t('{0} is running: it is stopped first.', name);
  }
  const rest = shown.length + more - names.length;
  return rest > 0
    ? l10n.t('Of {0} run, and are stopped first: {1} and {2} more.', name, inARow(names), rest)
    : l10n.t('Of {0} run, and are stopped first: {1}.', name, inARow(names));
}
