import * as vscode from 'vscode';
import { longestStopTimeout, readStopTimeout } from '../graph/stopTimeout';
import type { Log } from '../service/log';
import { mostAtOnce, readConcurrency } from './concurrency';
import { showWarning } from './display';
import { onDidChangeSetting, openSettings } from './settings';
import { plainMessage, plainText } from './words/plainText';

const checked = ['removal.concurrency', 'removal.stopTimeout'] as const;

/**
 * Reports numbers in the settings that do not fit: the editor marks them where they are edited, but a window that was opened
 * later, or settings that came from elsewhere, show nothing of it. Reported once each time they are changed.
 */
export class WrongSettings implements vscode.Disposable {
  private readonly listening: vscode.Disposable;

  constructor(private readonly log: Log) {
    this.listening = vscode.Disposable.from(
      ...checked.map((name) => onDidChangeSetting(name, () => void this.report(name))),
    );
  }

  dispose() {
    this.listening.dispose();
  }

  async check() {
    await Promise.all(checked.map((name) => this.report(name)));
  }

  private async report(name: (typeof checked)[number]) {
    const value = vscode.workspace.getConfiguration('podgraph').get<unknown>(name);
    const words = name === 'removal.concurrency' ? concurrencyProblem(value) : stopTimeoutProblem(value);
    if (words === undefined) return;
    this.log.warn(words);
    const open = vscode.l10n.t('Open Settings');
    if ((await showWarning(plainMessage(`Podgraph: ${words}`), open)) === open) await openSettings();
  }
}

function concurrencyProblem(value: unknown): string | undefined {
  if (readConcurrency(value) !== undefined) return undefined;
  return vscode.l10n.t(
    '{0} is {1}, which is neither "auto" nor a whole number from 1 to {2}. "auto" is used.',
    'podgraph.removal.concurrency',
    asText(value),
    mostAtOnce,
  );
}

/** What is too long is unlimited: a container is never killed earlier than was meant. */
export function stopTimeoutProblem(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const read = readStopTimeout(value);
  const isFine = read === value || (value === -1 && read === 'unlimited');
  if (isFine && typeof value === 'number') return undefined;
  const setting = 'podgraph.removal.stopTimeout';
  const message = [setting, asText(value), longestStopTimeout] as const;
  if (read === undefined) {
    return vscode.l10n.t(
      '{0} is {1}, which is not a whole number of seconds from -1 to {2}. Each container keeps its own stop timeout.',
      ...message,
    );
  }
  if (read === 'unlimited') {
    return vscode.l10n.t(
      '{0} is {1}, which is not a whole number of seconds from -1 to {2}. No time limit is used.',
      ...message,
    );
  }
  return vscode.l10n.t(
    '{0} is {1}, which is not a whole number of seconds from -1 to {2}. {3} s are used.',
    ...message,
    read,
  );
}

function asText(value: unknown): string {
  return plainText(JSON.stringify(value) ?? 'undefined');
}
