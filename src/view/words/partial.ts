import { l10n } from 'vscode';
import type { Action } from '../../graph/action';
import type { CurrentState, NodeReport, Report } from '../../graph/report';
import { nameSome } from './count';
import { nameOfNode } from './plan';
import { containerState } from './state';

/** How many nodes are named in a message; the report has all. */
const named = 2;

/** A node's state in a report: the engine's last answer. */
export function currentStateText(state: CurrentState): string {
  if (state === 'present') return l10n.t('exists');
  return state === 'gone' ? l10n.t('does not exist') : containerState(state);
}

/** The change that a run made to a node without completing its action: `stopped, not removed`. Undefined for none. */
export function partialText({ partial, state }: Pick<NodeReport, 'partial' | 'state'>, action: Action) {
  switch (partial) {
    case undefined:
      return undefined;
    case 'stopped':
      if (action === 'remove') return l10n.t('stopped, not removed');
      return action === 'restart' ? l10n.t('stopped, not started again') : l10n.t('stopped');
    case 'stopping':
      return state === 'unknown'
        ? l10n.t('was sent a stop, state unknown')
        : l10n.t('was sent a stop, and is still running');
    case 'resumed':
      return l10n.t('was paused, and is running now');
  }
}

/** One sentence for each kind of partial change: `Stopped, not removed: web, db, +2.` */
export function partialSentences({ plan, nodes }: Report): string[] {
  const names = new Map<string, string[]>();
  for (const entry of nodes.values()) {
    const text = partialText(entry, plan.action);
    if (text === undefined) continue;
    const list = names.get(text);
    if (list) list.push(nameOfNode(entry.node));
    else names.set(text, [nameOfNode(entry.node)]);
  }
  return [...names].map(([text, list]) => l10n.t('{0}: {1}.', nameSome(list, named), text));
}
