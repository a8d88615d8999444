import * as vscode from 'vscode';
import type { Log } from '../service/service';
import { logLine } from './text/format';

/** Maximum number of buffered lines. */
const maxLines = 300;

export interface LogOutput extends Log {
  show(): void;
}

/** The log channel with its last lines: VS Code has no API to read a channel. */
export class BufferedLogOutput implements LogOutput, vscode.Disposable {
  private readonly lines: string[] = [];

  constructor(private readonly channel: vscode.LogOutputChannel) {}

  /** The last lines at or above the channel's log level, oldest first. */
  get recent(): readonly string[] {
    return this.lines;
  }

  info(message: string) {
    this.buffer(vscode.LogLevel.Info, 'info', message);
  }

  warn(message: string) {
    this.buffer(vscode.LogLevel.Warning, 'warning', message);
  }

  error(message: string) {
    this.buffer(vscode.LogLevel.Error, 'error', message);
  }

  debug(message: string) {
    this.buffer(vscode.LogLevel.Debug, 'debug', message);
  }

  show() {
    this.channel.show();
  }

  dispose() {
    this.channel.dispose();
  }

  private buffer(level: vscode.LogLevel, name: 'info' | 'warning' | 'error' | 'debug', text: string) {
    const message = logLine(text);
    this.channel[name === 'warning' ? 'warn' : name](message);
    const { logLevel } = this.channel;
    if (logLevel === vscode.LogLevel.Off || level < logLevel) return;
    this.lines.push(`${new Date().toISOString()} [${name}] ${message}`);
    if (this.lines.length > maxLines) this.lines.shift();
  }
}
