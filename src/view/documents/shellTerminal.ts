import * as vscode from 'vscode';
import { EngineError } from '../../engine/error';
import type { TerminalSize } from '../../engine/engine';
import type { Shell, ShellExit } from '../../service/streams/shell';
import { plainText } from '../text/format';
import { failureText } from '../text/outcome';

const defaultSize: TerminalSize = { columns: 80, rows: 24 };
/** Exit codes of a program that could not be run, by shell convention. */
const notRunCodes: ReadonlySet<number> = new Set([126, 127]);

/** A shell in a container. Its output is shown unchanged, with escape sequences; only our own messages are sanitized. */
export class ShellTerminal implements vscode.Pseudoterminal {
  private readonly writing = new vscode.EventEmitter<string>();
  private readonly closing = new vscode.EventEmitter<void>();
  private readonly decoder = new TextDecoder();
  private size = defaultSize;
  private shell: Shell | undefined;
  private opening: Promise<void> | undefined;
  /** Input before the shell started. */
  private earlyInput = '';
  private isOver = false;
  private isClosed = false;
  readonly onDidWrite = this.writing.event;
  readonly onDidClose = this.closing.event;

  constructor(
    private readonly name: string,
    private readonly start: (size: TerminalSize, onData: (chunk: Uint8Array) => void) => Promise<Shell>,
  ) {}

  /** Resolves when the shell has started or failed to. */
  get opened(): Promise<void> {
    return this.opening ?? Promise.resolve();
  }

  open(size: vscode.TerminalDimensions | undefined) {
    if (size) this.size = size;
    this.opening = this.begin();
  }

  close() {
    void this.terminate();
  }

  /** Ends the shell; never rejects. */
  async terminate(): Promise<void> {
    this.isClosed = true;
    await this.opening;
    const { shell } = this;
    if (!this.isOver) await shell?.terminate();
  }

  handleInput(input: string) {
    if (this.isOver) this.closing.fire();
    else if (this.shell) this.shell.write(input);
    else this.earlyInput += input;
  }

  setDimensions(size: vscode.TerminalDimensions) {
    this.size = size;
    this.shell?.resize(size);
  }

  private async begin() {
    try {
      const { size } = this;
      this.shell = await this.start(size, (chunk) => this.writing.fire(this.decoder.decode(chunk, { stream: true })));
      if (this.earlyInput) this.shell.write(this.earlyInput);
      // The terminal was resized in the meantime.
      if (size !== this.size) this.shell.resize(this.size);
    } catch (thrown) {
      return this.end(openErrorText(this.name, EngineError.from(thrown)));
    }
    void this.shell.done.then((end) => this.handleExit(end));
  }

  private handleExit({ exitCode, container }: ShellExit) {
    if (this.isClosed) return;
    const { name } = this;
    switch (container.kind) {
      case 'gone':
        return this.end(vscode.l10n.t('{0} was removed; the shell was closed.', name));
      case 'stopped':
        return this.end(vscode.l10n.t('{0} stopped; the shell was closed.', name));
      case 'unknown':
        return this.end(vscode.l10n.t('The engine disconnected; the shell was closed.'));
      case 'running':
        if (exitCode === undefined) return this.end(vscode.l10n.t('The shell disconnected.'));
        if (notRunCodes.has(exitCode)) return this.end(vscode.l10n.t('The shell exited with code {0}.', exitCode));
        this.isOver = true;
        // The user ended the shell.
        return this.closing.fire();
    }
  }

  private end(text: string) {
    this.isOver = true;
    if (this.isClosed) return;
    const hint = vscode.l10n.t('Press any key to close.');
    // Reset colors, the alternate screen and a hidden cursor.
    this.writing.fire(`\u001b[?1049l\u001b[?25h\u001b[0m\r\n${text} ${hint}\r\n`);
  }
}

function openErrorText(name: string, error: EngineError): string {
  if (error.reason === 'unsupported' && error.details.status === undefined) {
    return vscode.l10n.t('No shell found in {0}.', name);
  }
  return vscode.l10n.t("Can't open a shell in {0}: {1}.", name, failureText(error.reason, plainText(error.detail)));
}
