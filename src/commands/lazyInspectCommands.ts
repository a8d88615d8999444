import type * as vscode from 'vscode';
import type { TreeElement } from '../view/tree/treeElement';
import type { InspectCommand, InspectCommands } from './inspect/inspectCommands';

type Command = (clicked?: TreeElement, selected?: TreeElement[]) => Promise<void>;

/** Loads the bundle of the inspect commands on first use. */
export class LazyInspectCommands implements vscode.Disposable {
  private loading: Promise<InspectCommands> | undefined;

  constructor(private readonly load: () => Promise<InspectCommands>) {}

  get loaded(): Promise<InspectCommands> {
    this.loading ??= this.load();
    return this.loading;
  }

  get commands(): Readonly<Record<InspectCommand, Command>> {
    const run = (name: InspectCommand) => async (clicked?: TreeElement, selected?: TreeElement[]) =>
      (await this.loaded).run(name, clicked, selected);
    return {
      explainBlockers: run('explainBlockers'),
      showDependents: run('showDependents'),
      showRemovalImpact: run('showRemovalImpact'),
      inspect: run('inspect'),
      followLogs: run('followLogs'),
      followLogsFrom: run('followLogsFrom'),
      stopFollowingLogs: run('stopFollowingLogs'),
      openShell: run('openShell'),
      openPort: run('openPort'),
      copyId: run('copyId'),
      copyName: run('copyName'),
      copyImage: run('copyImage'),
      refreshDocument: run('refreshDocument'),
      reveal: run('reveal'),
    };
  }

  /** See `InspectCommands.end`. */
  async end(): Promise<void> {
    await (await this.loading)?.end();
  }

  dispose() {
    void this.loading?.then((commands) => commands.dispose());
  }
}
