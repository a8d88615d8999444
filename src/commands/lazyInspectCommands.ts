import type * as vscode from 'vscode';
import type { TreeElement } from '../view/tree/treeElement';
import type { InspectCommand, InspectCommands } from './inspect/inspectCommands';

type Command = (clicked?: TreeElement, selected?: TreeElement[]) => Promise<void>;

/** All that only looks into containers: in a bundle of its own, loaded when it is first asked for. */
export class LazyInspectCommands implements vscode.Disposable {
  private loading: Promise<InspectCommands> | undefined;

  constructor(private readonly load: () => Promise<InspectCommands>) {}

  /** What is behind the commands. */
  get looks(): Promise<InspectCommands> {
    this.loading ??= this.load();
    return this.loading;
  }

  get commands(): Readonly<Record<InspectCommand, Command>> {
    const run = (name: InspectCommand) => async (clicked?: TreeElement, selected?: TreeElement[]) =>
      (await this.looks).run(name, clicked, selected);
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

  /** Hangs up what is open. Resolves when that is done. */
  async end(): Promise<void> {
    await (await this.loading)?.end();
  }

  dispose() {
    void this.loading?.then((loaded) => loaded.dispose());
  }
}
