import * as vscode from 'vscode';
import { type ConnectionSetting, withConnection } from '../engine/discovery/connection';
import type { EngineId } from '../graph/model/model';
import { longestStopTimeout, readStopTimeout } from '../graph/model/stopTimeout';
import type { Log, GraphSnapshot } from '../service/service';
import type { ConcurrencySetting } from '../service/deps';
import { parseConnections } from './connectionSettings';
import { showWarning } from './display';
import type { SettingTypes } from './ids';
import { plainMessage, plainText } from './text/format';

/** Upper limit of the setting: more requests would only queue inside the engine. */
export const maxConcurrency = 64;

/** 0 is automatic. Accepts numbers in quotes; undefined for invalid values. */
export function parseConcurrency(value: unknown): ConcurrencySetting | undefined {
  const number = typeof value === 'string' && /^\d{1,2}$/.test(value) ? Number(value) : value;
  const fits = typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= maxConcurrency;
  return number === 0 ? 'auto' : fits ? number : undefined;
}

const defaultKeepDays = 7;
const maxKeepDays = 365;

function parseKeepDays(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return defaultKeepDays;
  return Math.min(Math.max(value, 0), maxKeepDays);
}

const section = 'podgraph';

/** All settings; invalid values fall back to the defaults. */
export function readSettings(): SettingTypes {
  const settings = vscode.workspace.getConfiguration(section);
  const confirm = settings.get<unknown>('confirmRemoval');
  const changes = settings.get<unknown>('confirmLifecycleActions');
  const waits = settings.get<unknown>('waitForHealth');
  const volumes = settings.get<unknown>('anonymousVolumes');
  return {
    connections: parseConnections(settings.get<unknown>('connections')),
    maxConcurrency: parseConcurrency(settings.get<unknown>('maxConcurrency')) ?? 'auto',
    stopTimeout: readStopTimeout(settings.get<unknown>('stopTimeout')) ?? null,
    waitForHealth: waits === 'always' || waits === 'never' ? waits : 'declared',
    confirmLifecycleActions: changes === 'always' || changes === 'never' ? changes : 'whenDisruptive',
    anonymousVolumes: volumes === 'keep' || volumes === 'delete' ? volumes : 'ask',
    confirmRemoval: confirm === 'whenRunning' || confirm === 'never' ? confirm : 'always',
    protectedNames: merged(settings, 'protectedNames'),
    'recipes.keepDays': parseKeepDays(settings.get<unknown>('recipes.keepDays')),
    notifyOnFailure: settings.get<unknown>('notifyOnFailure') === true,
    languageModelTools: settings.get<unknown>('languageModelTools') !== false,
  };
}

export function onDidChangeSetting(name: keyof SettingTypes, listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`${section}.${name}`)) listener();
  });
}

/**
 * Opens the settings. In a remote window, `podgraph.connections` is only on the page of the remote machine.
 * @param name undefined: all of them
 */
export async function openSettings(name?: keyof SettingTypes): Promise<void> {
  const isRemote = name === 'connections' && vscode.env.remoteName !== undefined;
  await vscode.commands.executeCommand(
    isRemote ? 'workbench.action.openRemoteSettings' : 'workbench.action.openSettings',
    { query: name === undefined ? '@ext:podgraph.podgraph' : `@id:podgraph.${name}` },
  );
}

/**
 * Appends an entry to `podgraph.connections`. Its scope is `machine`, so that VS Code writes the user settings in a local window
 * and the remote machine's settings in a remote one.
 */
export async function addConnectionSetting(entry: ConnectionSetting): Promise<void> {
  const settings = vscode.workspace.getConfiguration(section);
  const value = withConnection(settings.get<unknown>('connections'), entry);
  await settings.update('connections', value, vscode.ConfigurationTarget.Global);
}

/** Entries of all levels merged: a workspace can add entries but not remove the user's. */
function merged(settings: vscode.WorkspaceConfiguration, name: keyof SettingTypes): string[] {
  const { globalValue, workspaceValue, workspaceFolderValue } = settings.inspect<unknown>(name) ?? {};
  return [...new Set([globalValue, workspaceValue, workspaceFolderValue].flatMap(strings))];
}

function strings(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => (typeof entry === 'string' && entry.trim() !== '' ? [entry.trim()] : []));
}

/**
 * Hides default endpoints that have not responded yet while another engine has: many machines have a Docker socket that their
 * user cannot access.
 */
export function hideSilentDefaults(snapshot: GraphSnapshot, isImplicit: (id: EngineId) => boolean): GraphSnapshot {
  const engines = [...snapshot.engines.values()];
  if (!engines.some((status) => status.listed)) return snapshot;
  const shown = engines.filter((status) => status.listed || !isImplicit(status.id));
  return shown.length === engines.length
    ? snapshot
    : { ...snapshot, engines: new Map(shown.map((status) => [status.id, status])) };
}

const checkedSettings = ['maxConcurrency', 'stopTimeout'] as const;

/** Reports invalid numbers in the settings, at startup and after each change: VS Code marks them only in the settings editor. */
export class SettingsValidator implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;

  constructor(private readonly log: Log) {
    this.subscription = vscode.Disposable.from(
      ...checkedSettings.map((name) => onDidChangeSetting(name, () => void this.report(name))),
    );
  }

  dispose() {
    this.subscription.dispose();
  }

  async check() {
    await Promise.all(checkedSettings.map((name) => this.report(name)));
  }

  private async report(name: (typeof checkedSettings)[number]) {
    const value = vscode.workspace.getConfiguration('podgraph').get<unknown>(name);
    const text = name === 'maxConcurrency' ? concurrencyProblem(value) : stopTimeoutProblem(value);
    if (text === undefined) return;
    this.log.warn(text);
    const open = vscode.l10n.t('Open Settings');
    if ((await showWarning(plainMessage(`Podgraph: ${text}`), open)) === open) await openSettings();
  }
}

function concurrencyProblem(value: unknown): string | undefined {
  if (parseConcurrency(value) !== undefined) return undefined;
  return vscode.l10n.t(
    '{0} is {1}, which is not a whole number from 0 to {2}. 0 (automatic) is used.',
    'podgraph.maxConcurrency',
    asText(value),
    maxConcurrency,
  );
}

/** A timeout above the maximum means no limit: no container is killed earlier than configured. */
export function stopTimeoutProblem(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const read = readStopTimeout(value);
  const isValid = read === value || (value === -1 && read === 'unlimited');
  if (isValid && typeof value === 'number') return undefined;
  const setting = 'podgraph.stopTimeout';
  const args = [setting, asText(value), longestStopTimeout] as const;
  if (read === undefined) {
    return vscode.l10n.t(
      '{0} is {1}, which is not a whole number of seconds from -1 to {2}. Each container keeps its own stop timeout.',
      ...args,
    );
  }
  if (read === 'unlimited') {
    return vscode.l10n.t(
      '{0} is {1}, which is not a whole number of seconds from -1 to {2}. No time limit is used.',
      ...args,
    );
  }
  return vscode.l10n.t(
    '{0} is {1}, which is not a whole number of seconds from -1 to {2}. {3} s are used.',
    ...args,
    read,
  );
}

function asText(value: unknown): string {
  return plainText(JSON.stringify(value) ?? 'undefined');
}
