import { l10n } from 'vscode';
import { isTransportError } from '../../engine/error';
import { addToList, type ContainerNode, type NodeKey } from '../../graph/model/model';
import type { Action } from '../../graph/plan/lifecycleAction';
import type { Scope } from '../../graph/plan/plan';
import type { CurrentState, NodeReport, Report } from '../../graph/plan/report';
import type { EngineStatus, Operation, OperationPhase, Progress } from '../../service/service';
import { actionText } from './action';
import { engineHint, engineStateText } from './engines';
import {
  type DisplayText,
  joinList,
  joinSentences,
  plainLines,
  plainMessage,
  plainText,
  summarizeNames,
  withIcon,
} from './format';
import { waitText } from './health';
import { displayName } from './plan';
import { containerStateText } from './state';

/** Maximum number of names in the progress message. */
const maxNamedNodes = 2;

/** Milliseconds after which the stopping time is shown. */
const slowAfter = 5_000;

/** Containers that have been stopping for at least 5 s, longest first. */
export function slowStops({ active }: Pick<Progress, 'active'>, now: number): [NodeKey, Operation][] {
  return [...active]
    .filter(([, { phase, since }]) => phase === 'stopping' && now - since >= slowAfter)
    .sort(([, one], [, other]) => one.since - other.since);
}

/** `web 7 s of 10 s`, `db 7 s (no time limit)`. */
export function slowStopsText(name: string, { since, stopTimeout }: Operation, now: number): string {
  const seconds = Math.floor((now - since) / 1000);
  if (stopTimeout === 'unlimited') return l10n.t('{0} {1} s (no time limit)', name, seconds);
  return stopTimeout === undefined
    ? l10n.t('{0} {1} s', name, seconds)
    : l10n.t('{0} {1} s of {2} s', name, seconds, stopTimeout);
}

/** `6 of 14 removed · stopping web, db, +2`; after some seconds `stopping web 7 s of 10 s, db, +2`. */
export function progressText(
  progress: Progress,
  nameOf: (key: NodeKey) => string,
  now: number,
  action: Action,
): string {
  const summary = runningActionText(action, progress);
  if (progress.cancelled) return summary;
  const slowest = new Map(slowStops(progress, now));
  const quick = [...progress.active].filter(([key, { phase }]) => phase === 'stopping' && !slowest.has(key));
  const stopping = [
    ...[...slowest].map(([key, operation]) => slowStopsText(nameOf(key), operation, now)),
    ...quick.map(([key]) => nameOf(key)),
  ];
  const isIdle = (phase: OperationPhase) => phase === 'stopping' || phase.startsWith('waiting');
  const others = [...progress.active].flatMap(([key, { phase }]) =>
    isIdle(phase) || phase === 'retrying' ? [] : [nameOf(key)],
  );
  if (stopping.length > 0) return `${summary} · ${l10n.t('stopping {0}', summarizeNames(stopping, maxNamedNodes))}`;
  if (others.length === 0) return summary;
  return `${summary} · ${actionText(action).progressDetail(summarizeNames(others, maxNamedNodes))}`;
}

/** After a cancellation, running operations finish. */
export function finishingText(active: number): string {
  if (active === 0) return l10n.t('Finishing…');
  return active === 1 ? l10n.t('Finishing 1 in progress…') : l10n.t('Finishing {0} in progress…', active);
}

/** Content of a status bar item and its click action. */
export interface StatusText {
  readonly text: DisplayText;
  readonly tooltip: DisplayText;
  readonly click: 'killNow' | 'startAnyway' | 'showTree' | 'refresh' | 'showLog' | 'showReport' | 'resumeRemoval';
  readonly isWarning: boolean;
}

interface RunningAction {
  readonly action: Action;
  readonly progress: Progress;
}

/** Maximum number of names in the status bar; the tooltip has all. */
const maxNamedEngines = 2;

/** What the containers of a run wait for, without duplicates. */
export function waitTexts(
  progress: Progress,
  nameOf: (key: NodeKey) => DisplayText,
  containerOf: (key: NodeKey) => ContainerNode | undefined = () => undefined,
  now: number,
): string[] {
  const waits = [...progress.active.values()].flatMap(({ waitsFor }) =>
    waitsFor ? [waitText(waitsFor, nameOf(waitsFor.dependency), containerOf(waitsFor.dependency), now)] : [],
  );
  return [...new Set(waits)];
}

/** Slow stops take precedence: the progress notification has no button besides Cancel for *Kill Now*. */
export function runningStatus(
  actions: readonly RunningAction[],
  slow: readonly string[],
  waits: readonly string[] = [],
): StatusText | undefined {
  if (slow.length > 0) {
    return {
      text: withIcon('$(zap)', plainMessage(l10n.t('Stopping {0}: Kill Now', summarizeNames(slow, maxNamedEngines)))),
      tooltip: plainMessage(l10n.t('Still stopping: {0}. Click to kill now.', joinList(slow))),
      click: 'killNow',
      isWarning: true,
    };
  }
  if (waits.length > 0) {
    return {
      text: withIcon('$(clock)', plainMessage(l10n.t('Start Anyway ({0})', summarizeNames(waits, 1)))),
      tooltip: plainMessage(l10n.t('Dependents are {0}. Click to start them anyway.', joinList(waits))),
      click: 'startAnyway',
      isWarning: false,
    };
  }
  if (actions.length === 0) return undefined;
  const text = actions.map(({ action, progress }) => runningActionText(action, progress));
  return {
    text: withIcon('$(sync~spin)', plainMessage(summarizeNames(text, 1))),
    tooltip: plainMessage(l10n.t('{0}. Click to show the tree.', joinList(text))),
    click: 'showTree',
    isWarning: false,
  };
}

/** The result of a short run, in place of a notification. */
export function resultStatus(summary: DisplayText): StatusText {
  return {
    text: withIcon('$(check)', summary),
    tooltip: plainMessage(l10n.t('{0} Click to show the report.', summary)),
    click: 'showReport',
    isWarning: false,
  };
}

/** A run that an earlier window left unfinished. */
export function interruptedStatus(text: DisplayText, left: number): StatusText {
  return {
    text: withIcon('$(debug-continue)', plainMessage(l10n.t('{0} left: Resume Removal', left))),
    tooltip: text,
    click: 'resumeRemoval',
    isWarning: true,
  };
}

/** Where to continue, after the sentence that a run was interrupted. */
export function resumeHint(): string {
  return l10n.t('Resume or discard it in the menu of the view.');
}

function runningActionText(action: Action, { total, finished, failed, active, cancelled }: Progress): string {
  if (cancelled) return finishingText(active.size);
  const parts = [l10n.t('{0} of {1} {2}', finished - failed, total, actionText(action).doneText)];
  if (failed > 0) parts.push(l10n.t('{0} failed', failed));
  return parts.join(' · ');
}

/** Disconnected engines. The view, not the status bar, shows engines that were never connected. */
export function disconnectedStatus(engines: Iterable<EngineStatus>): StatusText | undefined {
  const disconnected = [...engines].filter(
    ({ state, listed }) => listed && (state === 'disconnected' || state === 'denied'),
  );
  const [first, ...others] = disconnected;
  if (!first) return undefined;
  const lines = disconnected.map((status) => {
    const state = l10n.t('{0}: {1}.', plainText(status.label), engineStateText(status));
    return joinSentences([state, engineHint(status) ?? ''].filter(Boolean));
  });
  // Retrying does not fix TLS and SSH configuration errors; the log has their details.
  const canRetry = disconnected.some(({ error }) => !error || !isTransportError(error.reason));
  const next = canRetry ? l10n.t('Click to reconnect now.') : l10n.t('Click to show the log.');
  const name = plainText(first.label);
  const text =
    others.length === 0
      ? l10n.t('{0} is disconnected', name)
      : l10n.t('{0} engines are disconnected', disconnected.length);
  return {
    text: withIcon('$(debug-disconnect)', plainMessage(text)),
    tooltip: plainLines([...lines, next]),
    click: canRetry ? 'refresh' : 'showLog',
    isWarning: true,
  };
}

/** `12 of 40 shown` */
export function visibleCountText({ shown, all }: { readonly shown: number; readonly all: number }): string {
  return l10n.t('{0} of {1} shown', shown, all);
}

/** The message above the tree while a filter is set. */
export function filteredText(filter: string, counts: { readonly shown: number; readonly all: number }): string {
  return counts.shown === 0
    ? l10n.t('Nothing matches the filter “{0}”.', plainText(filter))
    : l10n.t('Filter “{0}”: {1}.', plainText(filter), visibleCountText(counts));
}

/** Warns that a filter limits an action on all visible nodes; empty if it does not. */
export function filterNotice({ isAll, viewFilter }: Scope): string {
  if (!isAll || !viewFilter) return '';
  const filter = plainText(viewFilter.filter);
  return viewFilter.hidden === 1
    ? l10n.t('Applies only to matches of the filter “{0}”; 1 more is hidden.', filter)
    : l10n.t('Applies only to matches of the filter “{0}”; {1} more are hidden.', filter, viewFilter.hidden);
}

/** Maximum number of nodes named in a message; the report has all. */
const maxNamed = 2;

/** A node's state in a report, as last reported by the engine. */
export function currentStateText(state: CurrentState): string {
  if (state === 'present') return l10n.t('exists');
  return state === 'gone' ? l10n.t('does not exist') : containerStateText(state);
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
      return state === 'unknown' ? l10n.t('stop requested, state unknown') : l10n.t('stop requested, still running');
    case 'resumed':
      return l10n.t('was paused, now running');
  }
}

/** One sentence for each kind of partial change: `Stopped, not removed: web, db, +2.` */
export function partialSentences({ plan, nodes }: Report): string[] {
  const names = new Map<string, string[]>();
  for (const entry of nodes.values()) {
    const text = partialText(entry, plan.action);
    if (text !== undefined) addToList(names, text, displayName(entry.node));
  }
  return [...names].map(([text, list]) => l10n.t('{0}: {1}.', summarizeNames(list, maxNamed), text));
}
