import * as vscode from 'vscode';
import { readStopTimeout } from '../graph/stopTimeout';
import { readConnections } from './connectionSettings';
import { readConcurrency } from './concurrency';
import type { SettingTypes } from './names';

const section = 'podgraph';

/** The one place where settings are read; values that do not fit are as if they were not set. */
export function readSettings(): SettingTypes {
  const settings = vscode.workspace.getConfiguration(section);
  const confirm = settings.get<unknown>('confirmRemoval');
  const changes = settings.get<unknown>('confirmChanges');
  return {
    connections: readConnections(settings.get<unknown>('connections')),
    'removal.concurrency': readConcurrency(settings.get<unknown>('removal.concurrency')) ?? 'auto',
    'removal.stopTimeout': readStopTimeout(settings.get<unknown>('removal.stopTimeout')) ?? null,
    confirmChanges: changes === 'always' || changes === 'never' ? changes : 'whenItHurts',
    confirmRemoval: confirm === 'whenRunning' || confirm === 'never' ? confirm : 'always',
    protectedNames: gathered(settings, 'protectedNames'),
  };
}

export function onDidChangeSetting(name: keyof SettingTypes, listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`${section}.${name}`)) listener();
  });
}

export async function openSettings(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', `@ext:podgraph.podgraph`);
}

/** Entries of all levels together: a folder can add to what its user wants, and never take away. */
function gathered(settings: vscode.WorkspaceConfiguration, name: keyof SettingTypes): string[] {
  const { globalValue, workspaceValue, workspaceFolderValue } = settings.inspect<unknown>(name) ?? {};
  return [...new Set([globalValue, workspaceValue, workspaceFolderValue].flatMap(strings))];
}

function strings(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => (typeof entry === 'string' && entry.trim() !== '' ? [entry.trim()] : []));
}
