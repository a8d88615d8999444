import path from 'node:path';
import * as vscode from 'vscode';
import type { Address, TlsFiles } from '../engine/address';
import { connectionProblem } from '../engine/discovery/connection';
import { type EngineError, isTlsReason, isTransportError } from '../engine/error';
import { askForText, askInModal, showError, showInformation, withNotification } from './display';
import { connectionFailureText, connectionProblemText, knownConnectionText } from './text/addConnection';
import { plainMessage, plainText } from './text/format';

const example = 'ssh://user@host';

/** Asks for an address. The problems of its form show while it is typed; undefined if canceled. */
export async function promptAddress(
  value: string,
  knownLabel: (text: string) => string | undefined,
): Promise<string | undefined> {
  const text = await askForText({
    title: plainText(vscode.l10n.t('Add Connection')),
    prompt: plainMessage(vscode.l10n.t('Address of a Podman or Docker engine')),
    placeHolder: plainText(example),
    value,
    ignoreFocusOut: true,
    validate: (typed) => {
      if (!typed.trim()) return undefined;
      const problem = connectionProblem(typed);
      if (problem === 'unencrypted') return { message: connectionProblemText(problem), severity: 'warning' };
      if (problem) return { message: connectionProblemText(problem), severity: 'error' };
      const label = knownLabel(typed);
      return label === undefined ? undefined : { message: knownConnectionText(label), severity: 'info' };
    },
  });
  return text?.trim() || undefined;
}

/** Asks for the name of a new connection; empty uses the default, undefined if canceled. */
export function promptConnectionName(value: string | undefined): Thenable<string | undefined> {
  return askForText({
    title: plainText(vscode.l10n.t('Add Connection')),
    prompt: plainMessage(vscode.l10n.t('Name of the connection. Leave empty to use the default name.')),
    value: value ?? '',
    ignoreFocusOut: true,
  });
}

/** Shows progress while an engine is tried. The signal is aborted by its Cancel button. */
export function withConnecting<T>(endpoint: string, work: (signal: AbortSignal) => Promise<T>): Thenable<T> {
  return withNotification((report, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    report({ message: plainMessage(vscode.l10n.t('Connecting to {0}…', plainText(endpoint))), increment: 0 });
    return work(abort.signal);
  });
}

export type FailureAnswer = 'retry' | 'edit' | 'addAnyway' | 'identity' | 'tls';

/** Says why an engine can't be reached, and asks what to do; undefined if canceled. */
export async function promptFailure(address: Address, error: EngineError): Promise<FailureAnswer | undefined> {
  const items: { title: string; answer: FailureAnswer }[] = [
    primaryAnswer(address, error),
    { title: vscode.l10n.t('Edit Address'), answer: 'edit' },
    { title: vscode.l10n.t('Add Anyway'), answer: 'addAnyway' },
  ];
  const { message, detail } = connectionFailureText(address, error);
  return (await askInModal(message, detail, items))?.answer;
}

/** What most probably helps. */
function primaryAnswer({ kind }: Address, { reason }: EngineError): { title: string; answer: FailureAnswer } {
  if (kind === 'ssh' && reason === 'sshDenied') {
    return { title: vscode.l10n.t('Choose SSH Key…'), answer: 'identity' };
  }
  if (isTransportError(reason) && isTlsReason(reason) && reason !== 'tlsNotSpoken') {
    return { title: vscode.l10n.t('Choose TLS Folder…'), answer: 'tls' };
  }
  return { title: vscode.l10n.t('Try Again'), answer: 'retry' };
}

export async function pickIdentity(home: string): Promise<string | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Private Key for SSH'),
      defaultUri: vscode.Uri.file(path.join(home, '.ssh')),
    })) ?? [];
  return file?.fsPath;
}

/** @param filesIn the PEM files of a folder: `ca.pem`, `cert.pem`, `key.pem` */
export async function pickTlsFiles(filesIn: (folder: string) => TlsFiles): Promise<TlsFiles | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Folder with ca.pem, cert.pem and key.pem'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return folder && filesIn(folder.fsPath);
}

export function showKnownConnection(label: string): void {
  void showInformation(knownConnectionText(label));
}

export function showAddedConnection(label: string, title: string | undefined): void {
  const text = title
    ? vscode.l10n.t('Added {0} ({1}).', plainText(label), plainText(title))
    : vscode.l10n.t('Added {0}.', plainText(label));
  void showInformation(plainMessage(text));
}

/** Says that the setting could not be written. */
export async function showWriteFailure(error: unknown): Promise<void> {
  await showError(plainMessage(vscode.l10n.t("Can't write the settings: {0}", String(error))));
}
