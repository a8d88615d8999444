import * as vscode from 'vscode';
import type { Log } from '../service/log';
import { logLine } from './text/format';

/** How many lines are kept; the rest is in the channel alone. */
const most = 300;

/** A log that can be brought to the front. */
export interface LogOutput extends Log {
  show(): void;
}

/** The log channel, and its last lines: the editor does not hand out what a channel holds. */
export class BufferedLogOutput implements LogOutput, vscode.Disposable {
  private readonly lines: string[] = [];

  constructor(private readonly channel: vscode.LogOutputChannel) {}

  /** The last lines, oldest first, of what the channel's level lets through. */
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
    if (this.lines.length > most) this.lines.shift();
  }
}
