import { l10n } from 'vscode';
import { isWayReason } from '../../engine/transport/reason';
import type { EngineStatus } from '../../service/service';
import type { Progress } from '../../service/service';
import type { Action } from '../../graph/action';
import { actionWords } from './action';
import type { DisplayText } from './plainText';
import { plainLines, plainMessage, plainText, withIcon } from './plainText';
import { inARow, nameSome, sentences } from './count';
import { engineStateWords, engineStep } from './engine';
import { finishingWords } from './progress';

/** One item of the status bar, and what a click does: the next step, where there is one. */
export interface StatusWords {
  readonly text: DisplayText;
  readonly tooltip: DisplayText;
  readonly click: 'killNow' | 'showTree' | 'refresh' | 'showLog';
  readonly isWarning: boolean;
}

/** What is told of one run: its plan's action, and how far it is. */
export interface Doing {
  readonly action: Action;
  readonly progress: Progress;
}

/** How many are named in the status bar; its tooltip names them all. */
const named = 2;

/** Who has been stopping for long comes first: a progress notification has room for one button, and that is Cancel. */
export function runningStatus(doings: readonly Doing[], slow: readonly string[]): StatusWords | undefined {
  if (slow.length > 0) {
    return {
      text: withIcon('$(zap)', plainMessage(l10n.t('Stopping {0}: Kill Now', nameSome(slow, named)))),
      tooltip: plainMessage(l10n.t('Still stopping: {0}. Kill now, without waiting any longer.', inARow(slow))),
      click: 'killNow',
      isWarning: true,
    };
  }
  if (doings.length === 0) return undefined;
  const words = doings.map(({ action, progress }) => doingWords(action, progress));
  return {
    text: withIcon('$(sync~spin)', plainMessage(nameSome(words, 1))),
    tooltip: plainMessage(l10n.t('{0}. Show it in the tree.', inARow(words))),
    click: 'showTree',
    isWarning: false,
  };
}

function doingWords(action: Action, { total, ended, failed, active, cancelled }: Progress): string {
  if (cancelled) return finishingWords(active.size);
  const parts = [actionWords(action).doing(total), l10n.t('{0} done', ended - failed)];
  if (failed > 0) parts.push(l10n.t('{0} failed', failed));
  return parts.join(' · ');
}

/** Engines that were there, and are not: what never answered is the view's to tell, not the whole window's. */
export function lostStatus(engines: Iterable<EngineStatus>): StatusWords | undefined {
  const lost = [...engines].filter(({ state, listed }) => listed && (state === 'lost' || state === 'denied'));
  const [first, ...others] = lost;
  if (!first) return undefined;
  const told = lost.map((status) => {
    const words = l10n.t('{0} {1}.', plainText(status.label), engineStateWords(status));
    return sentences([words, engineStep(status) ?? ''].filter(Boolean));
  });
  // What has to be mended elsewhere is not mended by asking again: the log has all that is known.
  const asksAgain = lost.some(({ error }) => !error || !isWayReason(error.reason));
  const next = asksAgain ? l10n.t('Click to look for it now.') : l10n.t('Click to see the log.');
  const name = plainText(first.label);
  const text = others.length === 0 ? l10n.t('{0} is lost', name) : l10n.t('{0} engines are lost', lost.length);
  return {
    text: withIcon('$(debug-disconnect)', plainMessage(text)),
    tooltip: plainLines([...told, next]),
    click: asksAgain ? 'refresh' : 'showLog',
    isWarning: true,
  };
}
