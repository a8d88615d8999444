import * as vscode from 'vscode';
import type { Clock } from '../clock';
import { engineOf, type NodeKey } from '../graph/model/model';
import type { Plan } from '../graph/plan/plan';
import { isResource } from '../graph/model/resources';
import type { PodgraphService, RecoveredRun } from '../service/service';
import type { LogOutput } from '../view/bufferedLog';
import type { ContextKeys } from '../view/context';
import { showInformation, showWarning } from '../view/display';
import type { GraphView } from '../view/graphView';
import type { StatusBar } from '../view/statusBar';
import { otherWindowText, quarantineText, recoveredText } from '../view/text/engines';
import type { DisplayText } from '../view/text/format';
import type { ActionCommands } from './actions';

/**
 * Milliseconds until another window's run is reported: after a killed extension host restarts, its own journal seems active
 * until its heartbeat is stale.
 */
const otherWindowDelay = 15_000;

interface RecoveryCommandDeps {
  readonly service: PodgraphService;
  readonly actions: Pick<ActionCommands, 'resume' | 'recordReport' | 'showReport'>;
  readonly context: Pick<ContextKeys, 'set'>;
  readonly view: Pick<GraphView, 'setInterrupted'>;
  readonly statusBar: Pick<StatusBar, 'showInterrupted'>;
  readonly clock: Clock;
  readonly log: LogOutput;
}

interface Interrupted {
  readonly run: RecoveredRun;
  left: readonly NodeKey[];
}

/** Shows runs that an earlier window left unfinished until the user resumes or discards them. */
export class RecoveryCommands implements vscode.Disposable {
  private started = false;
  private interrupted: readonly Interrupted[] = [];
  private readonly recovered = new Set<string>();
  private readonly subscriptions: readonly { dispose(): void }[];
  private cancelReport: (() => void) | undefined;

  constructor(private readonly deps: RecoveryCommandDeps) {
    const { service } = deps;
    this.subscriptions = [
      service.onDidRecover((one) => void this.handleRecovered(one)),
      service.onDidQuarantine((one) => void this.showWarning(quarantineText(one))),
      service.onDidStartRun(({ plan }) => this.update((key) => !plan.nodes.has(key))),
      service.onDidChange(({ structure }) => {
        if (structure) this.update(() => true);
      }),
    ];
  }

  /** Recovers interrupted runs, once per window; engines may still be connecting. */
  async start(): Promise<void> {
    if (this.started) return;
    this.started = true;
    const { service, clock } = this.deps;
    const { otherWindows } = await service.recover();
    if (otherWindows.length > 0)
      this.cancelReport = clock.after(otherWindowDelay, () => this.showOtherWindows(otherWindows));
  }

  /** Plans the rest of the first interrupted run; it stays interrupted if the user cancels. */
  async resume(): Promise<void> {
    const [first] = this.interrupted;
    if (first && (await this.deps.actions.resume(first.run.report, first.left))) this.close(first);
  }

  /** Leaves the rest of the first interrupted run as it is. */
  discard() {
    const [first] = this.interrupted;
    if (first) this.close(first);
  }

  dispose() {
    this.cancelReport?.();
    for (const one of this.subscriptions) one.dispose();
  }

  private async showWarning(text: DisplayText) {
    const showLog = vscode.l10n.t('Show Log');
    if ((await showWarning(text, showLog)) === showLog) this.deps.log.show();
  }

  private async handleRecovered(run: RecoveredRun) {
    const { actions } = this.deps;
    const { report, remaining } = run;
    this.recovered.add(report.plan.id);
    actions.recordReport(report);
    const text = recoveredText(report, remaining.length);
    const showReport = vscode.l10n.t('Show Report');
    if (remaining.length === 0) {
      if ((await showInformation(text, showReport)) === showReport) await actions.showReport(report);
      return;
    }
    this.interrupted = [...this.interrupted, { run, left: remaining }];
    this.show();
    const resume = vscode.l10n.t('Resume Removal');
    const discard = vscode.l10n.t('Discard');
    const answer = await showWarning(text, resume, showReport, discard);
    if (answer === resume) await this.resume();
    if (answer === discard) this.discard();
    if (answer === showReport) await actions.showReport(report);
  }

  /** Drops nodes that another run handles, and removed ones; without any left, a run is no longer interrupted. */
  private update(isLeft: (key: NodeKey) => boolean) {
    if (this.interrupted.length === 0) return;
    for (const one of this.interrupted) {
      const removes = one.run.report.plan.action === 'remove';
      one.left = one.left.filter((key) => isLeft(key) && !(removes && this.isRemoved(key)));
    }
    for (const one of this.interrupted) if (one.left.length === 0) void one.run.close();
    this.interrupted = this.interrupted.filter(({ left }) => left.length > 0);
    this.show();
  }

  /** The graph has no volumes, networks and images; that of an engine without a current list may be incomplete. */
  private isRemoved(key: NodeKey): boolean {
    const { graph, engines } = this.deps.service.snapshot;
    const engine = engines.get(engineOf(key));
    return !isResource(key) && engine?.state === 'live' && engine.listed && graph.get(key) === undefined;
  }

  private close(one: Interrupted) {
    void one.run.close();
    this.interrupted = this.interrupted.filter((other) => other !== one);
    this.show();
  }

  private show() {
    const { context, view, statusBar } = this.deps;
    const [first] = this.interrupted;
    const text = first && recoveredText(first.run.report, first.left.length);
    context.set('podgraph.isInterrupted', first !== undefined);
    view.setInterrupted(text);
    statusBar.showInterrupted(text && { text, left: first.left.length });
  }

  private showOtherWindows(plans: readonly Plan[]) {
    const { service } = this.deps;
    const { graph } = service.snapshot;
    for (const plan of plans) {
      // The graph has no volumes, networks and images; the other window's journal lists those still to be removed.
      const isLeft = (key: NodeKey) =>
        isResource(key) ? service.isBusyInOtherWindow(key) : graph.get(key) !== undefined;
      const isOver = this.recovered.has(plan.id) || ![...plan.nodes.keys()].some(isLeft);
      if (!isOver) void showInformation(otherWindowText(plan));
    }
  }
}
