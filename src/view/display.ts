import * as vscode from 'vscode';
import type { DisplayText } from './text/format';

/**
 * The only module that hands text to those parts of the editor that give it a meaning: they accept `DisplayText` alone, and a
 * lint rule keeps all other files from calling the editor's own functions.
 */

type Buttons = readonly string[];
type Answer<T extends Buttons> = Thenable<T[number] | undefined>;

export function showInformation<T extends Buttons>(message: DisplayText, ...buttons: T): Answer<T> {
  return vscode.window.showInformationMessage(message, ...buttons);
}

export function showWarning<T extends Buttons>(message: DisplayText, ...buttons: T): Answer<T> {
  return vscode.window.showWarningMessage(message, ...buttons);
}

export function showError<T extends Buttons>(message: DisplayText, ...buttons: T): Answer<T> {
  return vscode.window.showErrorMessage(message, ...buttons);
}

export function askInModal<T extends vscode.MessageItem>(
  message: DisplayText,
  detail: DisplayText,
  items: readonly T[],
): Thenable<T | undefined> {
  return vscode.window.showWarningMessage(message, { modal: true, detail }, ...items);
}

interface Step {
  readonly message: DisplayText;
  /** Percent since the step before. */
  readonly increment: number;
}

/** A notification with Cancel that stays until the work has ended. */
export function withNotification<T>(
  work: (report: (step: Step) => void, token: vscode.CancellationToken) => Promise<T>,
): Thenable<T> {
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true };
  return vscode.window.withProgress(options, (progress, token) => work((step) => progress.report(step), token));
}

/** The bar along a view's upper edge. */
export function withViewProgress(viewId: string, work: () => Promise<void>): void {
  void vscode.window.withProgress({ location: { viewId } }, work);
}

export interface PickItem extends vscode.QuickPickItem {
  readonly label: DisplayText;
  readonly description?: DisplayText;
  readonly detail?: DisplayText;
}

export interface PickOptions {
  readonly title?: DisplayText;
  readonly placeHolder?: DisplayText;
  readonly matchOnDescription?: boolean;
  readonly matchOnDetail?: boolean;
}

export function pick<T extends PickItem>(items: readonly T[], options: PickOptions): Thenable<T | undefined> {
  return vscode.window.showQuickPick(items, options);
}

export function pickMany<T extends PickItem>(items: readonly T[], options: PickOptions): Thenable<T[] | undefined> {
  return vscode.window.showQuickPick(items, { ...options, canPickMany: true });
}

export interface InputOptions {
  readonly title: DisplayText;
  /** What is edited: it goes back to where it came from, and is no text to read. */
  readonly value?: string;
  readonly placeHolder?: DisplayText;
  readonly prompt: DisplayText;
  readonly validate?: (value: string) => { readonly message: DisplayText; readonly isWarning: boolean } | undefined;
}

export function askForText({ validate, ...options }: InputOptions): Thenable<string | undefined> {
  const validateInput = (value: string) => {
    const { Info, Warning } = vscode.InputBoxValidationSeverity;
    const found = validate?.(value);
    return found && { message: found.message, severity: found.isWarning ? Warning : Info };
  };
  return vscode.window.showInputBox({ ...options, ...(validate && { validateInput }) });
}

export interface TerminalDeps {
  readonly name: DisplayText;
  readonly pty: vscode.Pseudoterminal;
}

export function openTerminal({ name, pty }: TerminalDeps): vscode.Terminal {
  return vscode.window.createTerminal({ name, pty, iconPath: new vscode.ThemeIcon('terminal'), isTransient: true });
}

/** The log of Podgraph itself. */
export function openOwnLog(): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel('Podgraph', { log: true });
}

/** A channel in which the editor colors what it takes for levels and times. */
export function openLogChannel(title: DisplayText): vscode.OutputChannel {
  return vscode.window.createOutputChannel(title, 'log');
}

export interface StatusContent {
  readonly text: DisplayText;
  readonly tooltip: DisplayText;
  /** What a screen reader says in place of the text. */
  readonly ariaLabel: DisplayText;
  readonly command: string;
  readonly isWarning: boolean;
}

/** An item at the left end of the status bar; shown while it has content. */
export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;

  constructor(id: string, name: DisplayText, priority: number) {
    this.item = vscode.window.createStatusBarItem(id, vscode.StatusBarAlignment.Left, priority);
    this.item.name = name;
  }

  show(content: StatusContent | undefined) {
    const { item } = this;
    if (!content) return item.hide();
    item.text = content.text;
    item.tooltip = content.tooltip;
    item.command = content.command;
    item.backgroundColor = content.isWarning ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    item.accessibilityInformation = { label: content.ariaLabel, role: 'button' };
    item.show();
  }

  dispose() {
    this.item.dispose();
  }
}

/** Counts on a view's icon; none for zero. */
export function setBadge(view: { badge?: vscode.ViewBadge | undefined }, value: number, tooltip: DisplayText) {
  view.badge = value > 0 ? { value, tooltip } : undefined;
}

export interface Captions {
  readonly message: DisplayText | undefined;
  readonly description: DisplayText | undefined;
}

/** What stands above a tree and beside its title. */
export function setCaptions(view: vscode.TreeView<unknown>, { message, description }: Captions) {
  // An empty message would keep the welcome text away: it must be undefined, which the editor's own types do not say.
  const captions = view as { message: string | undefined; description: string | undefined };
  if (captions.message !== message) captions.message = message;
  if (captions.description !== description) captions.description = description;
}

export interface RowContent {
  readonly label: DisplayText;
  readonly description: DisplayText;
  readonly ariaLabel: DisplayText;
}

/** A row of a tree. */
export function treeRow(row: RowContent, state: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, state);
  item.description = row.description;
  item.accessibilityInformation = { label: row.ariaLabel };
  return item;
}

/** A tooltip, neither trusted nor with HTML or icons: its links could not run commands even if one came through. */
export function markdownTooltip(markdown: string): vscode.MarkdownString {
  return new vscode.MarkdownString(markdown);
}
