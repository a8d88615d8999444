import type * as vscode from 'vscode';
import type { Occurrence } from '../view/tree/occurrence';
import type { LookCommand, Looks } from './look/looks';

type Command = (clicked?: Occurrence, selected?: Occurrence[]) => Promise<void>;

/** All that only looks into containers: in a bundle of its own, loaded when it is first asked for. */
export class Looking implements vscode.Disposable {
  private loading: Promise<Looks> | undefined;

  constructor(private readonly load: () => Promise<Looks>) {}

  /** What is behind the commands. */
  get looks(): Promise<Looks> {
    this.loading ??= this.load();
    return this.loading;
  }

  get commands(): Readonly<Record<LookCommand, Command>> {
    const run = (name: LookCommand) => async (clicked?: Occurrence, selected?: Occurrence[]) =>
      (await this.looks).run(name, clicked, selected);
    return {
      whyNotRemovable: run('whyNotRemovable'),
      whoNeeds: run('whoNeeds'),
      whatGoesAlong: run('whatGoesAlong'),
      inspect: run('inspect'),
      followLogs: run('followLogs'),
      followLogsFrom: run('followLogsFrom'),
      stopLogs: run('stopLogs'),
      openShell: run('openShell'),
      openPort: run('openPort'),
      copyId: run('copyId'),
      copyName: run('copyName'),
      copyImage: run('copyImage'),
      rewrite: run('rewrite'),
      reveal: run('reveal'),
    };
  }

  /** Hangs up what is open. Resolves when that is done. */
  async end(): Promise<void> {
    await (await this.loading)?.end();
  }

  dispose() {
    void this.loading?.then((looks) => looks.dispose());
  }
}
