import type * as vscode from 'vscode';
import type { Report } from '../graph/report';
import { setBadge } from './display';
import { nameOfNode } from './words/plan';
import { badgeWords } from './words/report';

/** How many nodes failed in the last run, on the view's icon, until that has been seen or is no longer so. */
export class FailureBadge {
  private count = 0;

  /** @param view the only writer of its badge is this */
  constructor(private readonly view: { badge?: vscode.ViewBadge | undefined; readonly visible: boolean }) {}

  /** Takes note of how a run ended. Who has the view before them sees it there. */
  tell(report: Report) {
    if (this.view.visible) return this.see();
    const failed = [...report.nodes.values()].filter(({ outcome }) => outcome.kind === 'failed');
    this.set(failed.map(({ node }) => nameOfNode(node)));
  }

  /** A person has looked. */
  see() {
    this.set([]);
  }

  private set(names: readonly string[]) {
    if (names.length === 0 && this.count === 0) return;
    this.count = names.length;
    setBadge(this.view, names.length, badgeWords(names));
  }
}
