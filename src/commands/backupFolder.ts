import { homedir } from 'node:os';
import * as vscode from 'vscode';

const stateKey = 'podgraph.backupFolder';

/** Prompts for the folder of backups, on the machine where the extension runs; by default the last one. */
export async function pickBackupFolder(state: vscode.Memento): Promise<string | undefined> {
  const last = state.get<unknown>(stateKey);
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Save Volumes Before They Are Deleted'),
      openLabel: vscode.l10n.t('Save Backups Here'),
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: vscode.Uri.file(typeof last === 'string' ? last : homedir()),
    })) ?? [];
  if (folder?.scheme !== 'file') return undefined;
  await state.update(stateKey, folder.fsPath);
  return folder.fsPath;
}
