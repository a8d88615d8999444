import * as vscode from 'vscode';
import { systemClock } from '../../clock';
import type { LogLine, LogStatus } from '../../service/streams/followLog';
import { Throttle } from '../../service/throttle';
import { openLogChannel } from '../display';
import type { DisplayText } from '../text/format';
import { failureText } from '../text/outcome';
import { printable } from './documents';
import { LogBuffer } from './logBuffer';

/** Milliseconds between flushes. */
const flushDelay = 100;

/** The log of one container in its own output channel, without escape sequences and control characters. */
export class LogChannel implements vscode.Disposable {
  private readonly channel: vscode.OutputChannel;
  private readonly buffer: LogBuffer;
  private readonly throttle = new Throttle(systemClock, () => this.flush());
  private waiting: (() => void)[] = [];

  constructor(
    title: DisplayText,
    private readonly name: string,
    private readonly timestamps: boolean,
  ) {
    this.channel = openLogChannel(title);
    this.buffer = new LogBuffer(this.channel, (count) => vscode.l10n.t('… {0} earlier lines omitted …', count));
  }

  show() {
    this.channel.show(true);
  }

  /** Resolves when more lines can be read (backpressure). */
  async handle(lines: readonly LogLine[]): Promise<void> {
    for (const line of lines) {
      this.push(this.timestamps && line.time ? `${line.time} ${printable(line.text)}` : printable(line.text));
      if (this.buffer.isFull) await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  appendStatus(notice: LogStatus) {
    this.push(`── ${noticeText(notice, this.name)} ──`);
  }

  appendLine(text: string) {
    this.push(`── ${text} ──`);
  }

  dispose() {
    this.throttle.dispose();
    this.resume();
    this.channel.dispose();
  }

  private push(line: string) {
    this.buffer.push(line);
    this.throttle.schedule(flushDelay);
  }

  private flush() {
    this.buffer.flush();
    this.resume();
  }

  private resume() {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
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
