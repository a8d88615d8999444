import * as vscode from 'vscode';
import type { DisplayText } from './text/format';

/**
 * The only module that passes text to VS Code APIs that interpret links and icons. It accepts only `DisplayText`; a lint rule
 * forbids calling these APIs elsewhere.
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

/** A CodeLens above the first line of a document. */
export function lensAtTop(title: DisplayText, command: string, ...args: readonly string[]): vscode.CodeLens {
  return new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title, command, arguments: [...args] });
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
  /** Percent since the previous step. */
  readonly increment: number;
}

/** A cancellable notification, shown until the work ends. */
export function withNotification<T>(
  work: (report: (step: Step) => void, token: vscode.CancellationToken) => Promise<T>,
): Thenable<T> {
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true };
  return vscode.window.withProgress(options, (progress, token) => work((step) => progress.report(step), token));
}

export function withViewProgress(viewId: string, work: () => Promise<void>): void {
  void vscode.window.withProgress({ location: { viewId } }, work);
}

export interface PickItem extends vscode.QuickPickItem {
  readonly label: DisplayText;
  readonly description?: DisplayText;
  readonly detail?: DisplayText;
}

interface PickOptions {
  readonly title?: DisplayText;
  readonly placeHolder?: DisplayText;
  readonly matchOnDescription?: boolean;
  readonly matchOnDetail?: boolean;
}

export function pick<T extends PickItem>(items: readonly T[], options: PickOptions): Thenable<T | undefined> {
  return vscode.window.showQuickPick(items, options);
}

/** Several items, with an action below them: ticking it accepts the others at once. Undefined if canceled. */
export function pickManyOr<T extends PickItem>(
  items: readonly T[],
  action: PickItem,
  { placeHolder, ...options }: PickOptions,
): Promise<{ readonly picked: readonly T[]; readonly isAction: boolean } | undefined> {
  const input = Object.assign(vscode.window.createQuickPick<PickItem>(), options, {
    canSelectMany: true,
    placeholder: placeHolder,
    items: [...items, action],
    selectedItems: items.filter(({ picked }) => picked),
  });
  return new Promise((resolve) => {
    const accept = (selected: readonly PickItem[]) => {
      resolve({ picked: items.filter((item) => selected.includes(item)), isAction: selected.includes(action) });
      input.hide();
    };
    input.onDidChangeSelection((selected) => {
      if (selected.includes(action)) accept(selected);
    });
    input.onDidAccept(() => accept(input.selectedItems));
    input.onDidHide(() => {
      resolve(undefined);
      input.dispose();
    });
    input.show();
  });
}

export interface InputOptions {
  readonly title: DisplayText;
  /** The initial value: raw text, not sanitized. */
  readonly value?: string;
  readonly placeHolder?: DisplayText;
  readonly prompt: DisplayText;
  /** Whether it stays open when it loses the focus, such as to a browser with the address. */
  readonly ignoreFocusOut?: boolean;
  /** An error prevents the input from being accepted. */
  readonly validate?: (
    value: string,
  ) => { readonly message: DisplayText; readonly severity: 'info' | 'warning' | 'error' } | undefined;
}

export function askForText({ validate, ...options }: InputOptions): Thenable<string | undefined> {
  const validateInput = (value: string) => {
    const { Info, Warning, Error } = vscode.InputBoxValidationSeverity;
    const problem = validate?.(value);
    return problem && { ...problem, severity: { info: Info, warning: Warning, error: Error }[problem.severity] };
  };
  return vscode.window.showInputBox({ ...options, ...(validate && { validateInput }) });
}

interface TerminalDeps {
  readonly name: DisplayText;
  readonly icon: 'terminal' | 'output';
  readonly pty: vscode.Pseudoterminal;
}

export function openTerminal({ name, icon, pty }: TerminalDeps): vscode.Terminal {
  return vscode.window.createTerminal({ name, pty, iconPath: new vscode.ThemeIcon(icon), isTransient: true });
}

/** Runs a shell command in a new terminal, which stays open. */
export function runInTerminal(name: DisplayText, command: string): void {
  const terminal = vscode.window.createTerminal({ name });
  terminal.show();
  terminal.sendText(command);
}

/** Types a shell command into a new terminal, without running it. */
export function typeInTerminal(name: DisplayText, command: string): void {
  const terminal = vscode.window.createTerminal({ name });
  terminal.show();
  terminal.sendText(command, false);
}

export function openOwnLog(): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel('Podgraph', { log: true });
}

export interface StatusContent {
  readonly text: DisplayText;
  readonly tooltip: DisplayText;
  readonly ariaLabel: DisplayText;
  readonly command: string;
  readonly isWarning: boolean;
}

/** A status bar item, shown while it has content. */
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

/** Shows a number on a view's icon; zero hides the badge. */
export function setBadge(view: { badge?: vscode.ViewBadge | undefined }, value: number, tooltip: DisplayText) {
  view.badge = value > 0 ? { value, tooltip } : undefined;
}

export interface ViewMessage {
  readonly message: DisplayText | undefined;
  readonly description: DisplayText | undefined;
}

/** Sets the message above a tree and the description beside its title. */
export function setViewMessage(view: vscode.TreeView<unknown>, { message, description }: ViewMessage) {
  // An empty message would hide the welcome view, so it must be undefined, which the API's types do not allow.
  const target = view as { message: string | undefined; description: string | undefined };
  if (target.message !== message) target.message = message;
  if (target.description !== description) target.description = description;
}

interface RowContent {
  readonly label: DisplayText;
  readonly description: DisplayText;
  readonly ariaLabel: DisplayText;
}

export function treeRow(row: RowContent, state: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, state);
  item.description = row.description;
  item.accessibilityInformation = { label: row.ariaLabel };
  return item;
}

/** A tooltip without HTML or icons, whose links can run only these commands. */
export function markdownTooltip(markdown: string, enabledCommands: readonly string[]): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString(markdown);
  tooltip.isTrusted = { enabledCommands };
  return tooltip;
}
