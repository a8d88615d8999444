import * as vscode from 'vscode';
import type { NodeKey } from '../graph/model/model';
import type { Report } from '../graph/plan/report';
import type { EngineStatus, Operation, PodgraphService, Run } from '../service/service';
import type { ContextKeys } from './context';
import { setBadge, type StatusContent, StatusItem } from './display';
import { commandIds, viewIds } from './ids';
import { plainMessage, plainText } from './text/format';
import { displayName } from './text/plan';
import { badgeText } from './text/report';
import { disconnectedStatus, runningStatus, slowStops, slowStopsText, type StatusText } from './text/status';

/** Milliseconds between two looks at the clock while something runs. */
const tick = 1000;

const clicks: Readonly<Record<StatusText['click'], string>> = {
  killNow: commandIds.killNow,
  refresh: commandIds.refresh,
  showLog: commandIds.showLog,
  showTree: `${viewIds.tree}.focus`,
};

/** What the window's status bar says: something only while something runs, or an engine is lost. */
export class StatusBar implements vscode.Disposable {
  private readonly running = new StatusItem('podgraph.running', plainText(vscode.l10n.t('Podgraph: Progress')), 100);
  private readonly lost = new StatusItem(
    'podgraph.lost',
    plainText(vscode.l10n.t('Podgraph: Disconnected Engines')),
    99,
  );
  private readonly listening: { dispose(): void }[];
  private ticker: NodeJS.Timeout | undefined;

  constructor(
    private readonly service: Pick<PodgraphService, 'runs' | 'onDidStartRun' | 'onDidChange'>,
    private readonly context: ContextKeys,
    /** Those that are shown. */
    private readonly engines: () => Iterable<EngineStatus>,
  ) {
    this.listening = [
      service.onDidStartRun((run) => this.track(run)),
      service.onDidChange(({ engines }) => {
        if (engines) this.lost.show(contentOf(disconnectedStatus(this.engines())));
      }),
    ];
  }

  dispose() {
    clearInterval(this.ticker);
    for (const one of [...this.listening, this.running, this.lost]) one.dispose();
  }

  private track(run: Run) {
    const subscription = run.onDidProgress(() => this.update());
    this.ticker ??= setInterval(() => this.update(), tick);
    this.update();
    void run.done.then(() => {
      subscription.dispose();
      this.update();
    });
  }

  private update() {
    const runs = [...this.service.runs.values()];
    if (runs.length === 0) {
      clearInterval(this.ticker);
      this.ticker = undefined;
    }
    const active = runs.flatMap(({ progress }) => [...progress.active.values()]);
    this.context.set(
      'podgraph.isStopping',
      active.some(({ phase }) => phase === 'stopping'),
    );
    const now = Date.now();
    const slow = runs.flatMap(({ plan, progress }) =>
      slowStops(progress, now).map((one) => plainText(textFor(one, plan.nodes, now))),
    );
    const doings = runs.map(({ plan: { action }, progress }) => ({ action, progress }));
    this.running.show(contentOf(runningStatus(doings, slow)));
  }
}

function contentOf(text: StatusText | undefined): StatusContent | undefined {
  return (
    text && {
      ...text,
      command: clicks[text.click],
      // A screen reader reads no icons.
      ariaLabel: plainMessage(`Podgraph: ${text.text.replace(/^\$\([\w~-]+\) /, '')}`),
    }
  );
}

type Named = ReadonlyMap<NodeKey, { readonly node: { readonly name: string } }>;

function textFor([key, operation]: [NodeKey, Operation], nodes: Named, now: number): string {
  return slowStopsText(plainText(nodes.get(key)?.node.name ?? key), operation, now);
}

/** How many nodes failed in the last run, on the view's icon, until that has been seen or is no longer so. */
export class FailureBadge {
  private count = 0;

  /** @param view the only writer of its badge is this */
  constructor(private readonly view: { badge?: vscode.ViewBadge | undefined; readonly visible: boolean }) {}

  /** Takes note of how a run ended. Who has the view before them sees it there. */
  update(report: Report) {
    if (this.view.visible) return this.clear();
    const failed = [...report.nodes.values()].filter(({ outcome }) => outcome.kind === 'failed');
    this.set(failed.map(({ node }) => displayName(node)));
  }

  /** A person has looked. */
  clear() {
    this.set([]);
  }

  private set(names: readonly string[]) {
    if (names.length === 0 && this.count === 0) return;
    this.count = names.length;
    setBadge(this.view, names.length, badgeText(names));
  }
}
