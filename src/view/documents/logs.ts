import * as vscode from 'vscode';
import { systemClock } from '../../clock';
import type { LogReader, LogStatus } from '../../service/streams/followLog';
import { Throttle } from '../../service/throttle';
import { openTerminal } from '../display';
import type { DisplayText } from '../text/format';
import { failureText } from '../text/outcome';
import { printable } from './documents';
import { LogBuffer } from './logBuffer';

/** Milliseconds between flushes. */
const flushDelay = 100;

/** Resets styles, and deletes screen and scrollback. */
const clear = '\u001b[0m\u001b[2J\u001b[3J\u001b[H';
const interrupt = '\u0003';

/** SGR colors of the names in a merged log, as in compose. */
const nameColors = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];
/** Longer names are truncated. */
const maxNameLength = 24;

/** The log of one or more containers in a terminal, with its colors, but without other escape sequences. */
export class LogTerminal implements vscode.Pseudoterminal, vscode.Disposable {
  private readonly writing = new vscode.EventEmitter<string>();
  private readonly terminal: vscode.Terminal;
  private readonly buffer: LogBuffer;
  private isOpen = false;
  readonly onDidWrite = this.writing.event;
  private readonly throttle = new Throttle(systemClock, () => this.flush());
  private waiting: (() => void)[] = [];

  constructor(
    title: DisplayText,
    private readonly timestamps: boolean,
    private readonly listener: { readonly onInterrupt: () => void; readonly onClose: () => void },
  ) {
    const write = (text: string) => this.writing.fire(text.replace(/\n/g, '\r\n'));
    const sink = { append: write, replace: (text: string) => write(`${clear}${text}`) };
    this.buffer = new LogBuffer(sink, (count) => vscode.l10n.t('… {0} earlier lines omitted …', count));
    this.terminal = openTerminal({ name: title, icon: 'output', pty: this });
  }

  show() {
    this.terminal.show(true);
  }

  open() {
    this.isOpen = true;
    this.flush();
  }

  /** The terminal was closed. */
  close() {
    this.listener.onClose();
  }

  /** Ctrl+C stops, as in `podman logs --follow`. */
  handleInput(input: string) {
    if (input === interrupt) this.listener.onInterrupt();
  }

  /** Appends the log of a container. Reading pauses while the buffer is full. */
  reader(name: string, prefix: string): LogReader {
    return {
      onLines: async (lines) => {
        for (const line of lines) {
          const text = printable(line.text, true);
          this.push(`${prefix}${this.timestamps && line.time ? `${line.time} ` : ''}${text}`);
          if (this.buffer.isFull) await new Promise<void>((resolve) => this.waiting.push(resolve));
        }
      },
      onNotice: (notice) => this.appendLine(noticeText(notice, name)),
    };
  }

  appendLine(text: string) {
    this.push(`\u001b[0m\u001b[2m── ${text} ──\u001b[0m`);
  }

  dispose() {
    this.throttle.dispose();
    this.resume();
    this.terminal.dispose();
    this.writing.dispose();
  }

  private push(line: string) {
    this.buffer.push(line);
    this.throttle.schedule(flushDelay);
  }

  private flush() {
    // Text written before the terminal is open would be lost.
    if (!this.isOpen) return;
    this.buffer.flush();
    this.resume();
  }

  private resume() {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** @returns the prefix of the lines of each name, aligned */
export function logPrefixes(names: readonly string[]): (name: string, at: number) => string {
  const width = Math.min(maxNameLength, Math.max(...names.map((name) => name.length)));
  return (name, at) => {
    const text = name.length > width ? `${name.slice(0, width - 1)}…` : name.padEnd(width);
    return `\u001b[0;${nameColors[at % nameColors.length] ?? 0}m${text} |\u001b[0m `;
  };
}

function noticeText(notice: LogStatus, name: string): string {
  switch (notice.kind) {
    case 'resumed':
      return vscode.l10n.t('the engine closed the log while {0} is running; resuming', name);
    case 'stopped':
      return notice.exitCode === undefined
        ? vscode.l10n.t('{0} is stopped; the log resumes when it starts', name)
        : vscode.l10n.t('{0} exited with {1}; the log resumes when it restarts', name, notice.exitCode);
    case 'started':
      return vscode.l10n.t('{0} is running again', name);
    case 'gone':
      return vscode.l10n.t('{0} was removed; end of log', name);
    case 'disconnected':
      return vscode.l10n.t('engine not responding; the log resumes when it reconnects');
    case 'refused':
      return vscode.l10n.t('no logs available: {0}', failureText(notice.error.reason, notice.error.detail));
  }
}
