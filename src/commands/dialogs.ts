import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { ContainerNode } from '../graph/model/model';
import type { PlanOptions } from '../graph/plan/plan';
import type { PodgraphService } from '../service/service';
import { showWarning } from '../view/display';
import { toCommandArgument } from '../view/graphPanel/contextMenu';
import type { GraphView } from '../view/graphView';
import { commandIds } from '../view/ids';
import { failingText } from '../view/text/health';
import type { ViewFilter } from '../view/viewFilter';
import { ConnectionCommands } from './connectionCommands';
import type { Connections } from './connections';
import { FilterCommands } from './filterCommands';
import { ProtectCommands } from './protect';

export { chooseRemoval } from './bringBack';
export { copyMountLine, startPodman } from './gettingStarted';
export { findPrunable } from './prune';
export { selectProject } from './project';
export { hasNewerImages, sizesForConfirmation } from './confirmationDetails';
export { repair } from './repair';
export { measureShownSizes } from './resourceSizes';

export interface DialogDeps {
  readonly service: PodgraphService;
  readonly view: GraphView;
  readonly viewFilter: ViewFilter;
  readonly connections: Connections;
  readonly protects: PlanOptions['protects'];
}

/** The commands that only open dialogs and write settings, in one bundle that is loaded on first use. */
export function createDialogs({ service, view, viewFilter, connections, protects }: DialogDeps) {
  return {
    connections: new ConnectionCommands(connections, service, () => view.shown.engines),
    filter: new FilterCommands({ viewFilter, snapshot: () => view.shown }),
    protection: new ProtectCommands(service, protects),
  };
}

const backupFolderKey = 'podgraph.backupFolder';

/** Prompts for the folder of backups, on the machine where the extension runs; by default the last one. */
export async function pickBackupFolder(state: vscode.Memento): Promise<string | undefined> {
  const last = state.get<unknown>(backupFolderKey);
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Save Volumes Before They Are Deleted'),
      openLabel: vscode.l10n.t('Save Backups Here'),
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: vscode.Uri.file(typeof last === 'string' ? last : homedir()),
    })) ?? [];
  if (folder?.scheme !== 'file') return undefined;
  await state.update(backupFolderKey, folder.fsPath);
  return folder.fsPath;
}

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
