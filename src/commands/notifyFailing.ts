import * as vscode from 'vscode';
import type { ContainerNode } from '../graph/model/model';
import { showWarning } from '../view/display';
import { toCommandArgument } from '../view/graphPanel/contextMenu';
import type { GraphView } from '../view/graphView';
import { commandIds } from '../view/ids';
import { failingText } from '../view/text/health';

/** Notifies of containers that turned unhealthy or failed while no run worked on them. */
export async function notifyFailing(
  containers: readonly ContainerNode[],
  view: Pick<GraphView, 'show'>,
): Promise<void> {
  const [first, ...others] = containers;
  if (!first) return;
  const [showLogs, show] = [vscode.l10n.t('Show Logs'), vscode.l10n.t('Show in Tree')];
  const answer = await showWarning(failingText(containers), ...(others.length === 0 ? [showLogs] : []), show);
  if (answer === show) await view.show(first.key);
  if (answer === showLogs) await vscode.commands.executeCommand(commandIds.followLogs, toCommandArgument(first.key));
}
