import * as vscode from 'vscode';
import { systemClock } from '../clock';
import type { ContainerNode, NodeKey } from '../graph/model/model';
import type { Report } from '../graph/plan/report';
import type { EngineStatus, Operation, PodgraphService, Run } from '../service/service';
import { Throttle } from '../service/throttle';
import type { ContextKeys } from './context';
import { setBadge, type StatusContent, StatusItem } from './display';
import { commandIds, viewIds } from './ids';
import { type DisplayText, plainMessage, plainText } from './text/format';
import { displayName } from './text/plan';
import { badgeText } from './text/report';
import {
  disconnectedStatus,
  interruptedStatus,
  resultStatus,
  runningStatus,
  slowStops,
  slowStopsText,
  type StatusText,
  waitTexts,
} from './text/status';

/** Milliseconds between updates while an action runs. */
const timerInterval = 1000;
/** Milliseconds for which a result is shown. */
const resultDuration = 10_000;

const clickCommands: Readonly<Record<StatusText['click'], string>> = {
  killNow: commandIds.killNow,
  startAnyway: commandIds.startAnyway,
  refresh: commandIds.refresh,
  showLog: commandIds.showLog,
  showReport: commandIds.showReport,
  resumeRemoval: commandIds.resumeRemoval,
  showTree: `${viewIds.tree}.focus`,
};

/** Status bar items for running actions and disconnected engines; hidden otherwise. */
export class StatusBar implements vscode.Disposable {
  private readonly running = new StatusItem('podgraph.running', plainText(vscode.l10n.t('Podgraph: Progress')), 100);
  private readonly disconnected = new StatusItem(
    'podgraph.lost',
    plainText(vscode.l10n.t('Podgraph: Disconnected Engines')),
    99,
  );
  private readonly result = new StatusItem('podgraph.result', plainText(vscode.l10n.t('Podgraph: Result')), 98);
  private readonly interrupted = new StatusItem(
    'podgraph.interrupted',
    plainText(vscode.l10n.t('Podgraph: Interrupted Removal')),
    97,
  );
  private readonly subscriptions: { dispose(): void }[];
  private readonly ticker = new Throttle(systemClock, () => this.update());
  private resultTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly service: Pick<PodgraphService, 'runs' | 'snapshot' | 'onDidStartRun' | 'onDidChange'>,
    private readonly context: ContextKeys,
    /** The visible engines. */
    private readonly engines: () => Iterable<EngineStatus>,
  ) {
    this.subscriptions = [
      service.onDidStartRun((run) => this.track(run)),
      service.onDidChange(({ engines }) => {
        if (engines) this.disconnected.show(contentOf(disconnectedStatus(this.engines())));
      }),
    ];
  }

  /** Shows a result for some seconds, or until the next run starts. */
  showResult(summary: DisplayText) {
    this.result.show(contentOf(resultStatus(summary)));
    clearTimeout(this.resultTimer);
    this.resultTimer = setTimeout(() => this.result.show(undefined), resultDuration);
  }

  showInterrupted(run: { readonly text: DisplayText; readonly left: number } | undefined) {
    this.interrupted.show(contentOf(run && interruptedStatus(run.text, run.left)));
  }

  dispose() {
    this.ticker.dispose();
    clearTimeout(this.resultTimer);
    for (const one of [...this.subscriptions, this.running, this.disconnected, this.result, this.interrupted])
      one.dispose();
  }

  private track(run: Run) {
    this.result.show(undefined);
    const subscription = run.onDidProgress(() => this.update());
    this.update();
    void run.done.then(() => {
      subscription.dispose();
      this.update();
    });
  }

  private update() {
    const runs = [...this.service.runs.values()];
    if (runs.length > 0) this.ticker.schedule(timerInterval);
    else this.ticker.dispose();
    const active = runs.flatMap(({ progress }) => [...progress.active.values()]);
    this.context.set(
      'podgraph.isStopping',
      active.some(({ phase }) => phase === 'stopping'),
    );
    const isWaiting = active.some(({ phase }) => phase === 'waitingForCondition');
    this.context.set('podgraph.isWaiting', isWaiting);
    const now = Date.now();
    const slow = runs.flatMap(({ plan, progress }) =>
      slowStops(progress, now).map((one) => plainText(textFor(one, plan.nodes, now))),
    );
    const running = runs.map(({ plan: { action }, progress }) => ({ action, progress }));
    const { graph } = this.service.snapshot;
    const waits = runs.flatMap(({ plan, progress }) =>
      waitTexts(
        progress,
        (key) => nameIn(plan.nodes, key),
        (key) => graph.container(key),
        now,
      ),
    );
    this.running.show(contentOf(runningStatus(running, slow, waits)));
  }
}

function contentOf(text: StatusText | undefined): StatusContent | undefined {
  return (
    text && {
      ...text,
      command: clickCommands[text.click],
      // Without the icon.
      ariaLabel: plainMessage(`Podgraph: ${text.text.replace(/^\$\([\w~-]+\) /, '')}`),
    }
  );
}

type Named = ReadonlyMap<NodeKey, { readonly node: { readonly name: string } }>;

function textFor([key, operation]: [NodeKey, Operation], nodes: Named, now: number): string {
  return slowStopsText(nameIn(nodes, key), operation, now);
}

function nameIn(nodes: Named, key: NodeKey): DisplayText {
  return plainText(nodes.get(key)?.node.name ?? key);
}

/** The number of failures on the view's icon until it is opened: nodes of the last run, and containers that fail by themselves. */
export class FailureBadge {
  private failed: readonly string[] = [];
  private failing: readonly string[] = [];

  constructor(private readonly view: { badge?: vscode.ViewBadge | undefined; readonly visible: boolean }) {}

  /** No badge while the view is visible: it shows failures itself. */
  update(report: Report) {
    if (this.view.visible) return this.clear();
    const failed = [...report.nodes.values()].filter(({ outcome }) => outcome.kind === 'failed');
    this.set(
      failed.map(({ node }) => displayName(node)),
      this.failing,
    );
  }

  /** Shows containers that turned unhealthy or failed without a run. */
  showFailing(containers: readonly ContainerNode[], units: readonly string[]) {
    if (this.view.visible) return this.clear();
    this.set(this.failed, [...containers.map(displayName), ...units]);
  }

  clear() {
    this.set([], []);
  }

  private set(failed: readonly string[], failing: readonly string[]) {
    const count = failed.length + failing.length;
    if (count === 0 && this.failed.length + this.failing.length === 0) return;
    this.failed = failed;
    this.failing = failing;
    setBadge(this.view, count, badgeText(failed, failing));
  }
}
