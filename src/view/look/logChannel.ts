import * as vscode from 'vscode';
import type { LogNotice } from '../../service/look/followLog';
import type { LogLine } from '../../service/look/lines';
import { openLogChannel } from '../display';
import { failureWords } from '../words/failure';
import type { DisplayText } from '../words/plainText';
import { LogBuffer } from './logBuffer';
import { printable } from './printable';

/** Milliseconds for which lines are gathered before they are shown. */
const gathering = 100;

/** The log of one container in a channel of its own. Text from the container is text: no colours, no control characters. */
export class LogChannel implements vscode.Disposable {
  private readonly channel: vscode.OutputChannel;
  private readonly buffer: LogBuffer;
  private timer: NodeJS.Timeout | undefined;
  private waiting: (() => void)[] = [];

  constructor(
    title: DisplayText,
    private readonly name: string,
    private readonly timestamps: boolean,
  ) {
    this.channel = openLogChannel(title);
    this.buffer = new LogBuffer(this.channel, (count) =>
      vscode.l10n.t('… {0} earlier lines are no longer shown …', count),
    );
  }

  show() {
    this.channel.show(true);
  }

  /** Resolves when more may be read: what is not shown yet is bounded. */
  async take(lines: readonly LogLine[]): Promise<void> {
    for (const line of lines) {
      this.push(this.timestamps && line.time ? `${line.time} ${printable(line.text)}` : printable(line.text));
      if (this.buffer.isFull) await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  note(notice: LogNotice) {
    this.push(`── ${noticeWords(notice, this.name)} ──`);
  }

  say(words: string) {
    this.push(`── ${words} ──`);
  }

  dispose() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.letGoOn();
    this.channel.dispose();
  }

  private push(line: string) {
    this.buffer.push(line);
    this.timer ??= setTimeout(() => this.flush(), gathering);
  }

  private flush() {
    this.timer = undefined;
    this.buffer.flush();
    this.letGoOn();
  }

  private letGoOn() {
    const { waiting } = this;
    this.waiting = [];
    for (const goOn of waiting) goOn();
  }
}

function noticeWords(notice: LogNotice, name: string): string {
  switch (notice.kind) {
    case 'resumed':
      return vscode.l10n.t('the engine ended the log although {0} runs; it goes on from there', name);
    case 'down':
      return notice.exitCode === undefined
        ? vscode.l10n.t('{0} is down; its log goes on when it is started', name)
        : vscode.l10n.t('{0} exited with {1}; its log goes on when it is started again', name, notice.exitCode);
    case 'up':
      return vscode.l10n.t('{0} runs again', name);
    case 'gone':
      return vscode.l10n.t('{0} is gone; this is the end of its log', name);
    case 'lost':
      return vscode.l10n.t('the engine does not answer; the log goes on when it is back');
    case 'refused':
      return vscode.l10n.t('the engine shows no log: {0}', failureWords(notice.error.reason, notice.error.words));
  }
}
