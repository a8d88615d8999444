import * as vscode from 'vscode';
import type { Log } from '../service/log';
import { mostAtOnce, readConcurrency } from './concurrency';
import { onDidChangeSetting, openSettings } from './settings';
import { showWarning } from './display';
import { plainMessage, plainText } from './words/plainText';

/**
 * Tells of a number of removals at once that is none: the editor marks it where it is edited, but a window that was opened
 * later, or settings that came from elsewhere, show nothing of it. Told once each time it is changed.
 */
export class WrongSettings implements vscode.Disposable {
  private readonly listening: vscode.Disposable;

  constructor(private readonly log: Log) {
    this.listening = onDidChangeSetting('removal.concurrency', () => void this.check());
  }

  dispose() {
    this.listening.dispose();
  }

  async check() {
    const value = vscode.workspace.getConfiguration('podgraph').get<unknown>('removal.concurrency');
    if (readConcurrency(value) !== undefined) return;
    const words = vscode.l10n.t(
      '{0} is {1}, which is neither "auto" nor a whole number from 1 to {2}. "auto" is used.',
      'podgraph.removal.concurrency',
      plainText(JSON.stringify(value) ?? 'undefined'),
      mostAtOnce,
    );
    this.log.warn(words);
    const open = vscode.l10n.t('Open Settings');
    if ((await showWarning(plainMessage(`Podgraph: ${words}`), open)) === open) await openSettings();
  }
}
