import * as vscode from 'vscode';
import type { Clock } from '../clock';
import { isVolume, type NodeKey } from '../graph/model/model';
import type { Plan } from '../graph/plan/plan';
import type { PodgraphService, RecoveredRun } from '../service/service';
import type { LogOutput } from '../view/bufferedLog';
import { showInformation, showWarning } from '../view/display';
import { otherWindowText, quarantineText, recoveredText } from '../view/text/engines';
import type { DisplayText } from '../view/text/format';
import type { ActionCommands } from './actions';

/**
 * Milliseconds until another window's run is reported: after a killed extension host restarts, its own journal looks active
 * until its heartbeat is stale.
 */
const otherWindowDelay = 15_000;

export interface RecoveryDeps {
  readonly service: PodgraphService;
  readonly actions: ActionCommands;
  readonly clock: Clock;
  readonly log: LogOutput;
}

/** Reports runs that an earlier window left unfinished, and offers to resume them. */
export class RecoveryCommands implements vscode.Disposable {
  private started = false;
  private readonly recovered = new Set<string>();
  private readonly subscriptions: readonly { dispose(): void }[];
  private cancelReport: (() => void) | undefined;

  constructor(private readonly deps: RecoveryDeps) {
    this.subscriptions = [
      deps.service.onDidRecover((one) => void this.showRecovered(one)),
      deps.service.onDidQuarantine((one) => void this.showWarning(quarantineText(one))),
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

  dispose() {
    this.cancelReport?.();
    for (const one of this.subscriptions) one.dispose();
  }

  private async showWarning(text: DisplayText) {
    const showLog = vscode.l10n.t('Show Log');
    if ((await showWarning(text, showLog)) === showLog) this.deps.log.show();
  }

  private async showRecovered({ report, remaining }: RecoveredRun) {
    const { actions } = this.deps;
    this.recovered.add(report.plan.id);
    actions.recordReport(report);
    const text = recoveredText(report, remaining.length);
    const resume = vscode.l10n.t('Resume');
    const showReport = vscode.l10n.t('Show Report');
    const answer =
      remaining.length > 0
        ? await showWarning(text, resume, showReport, vscode.l10n.t('Dismiss'))
        : await showInformation(text, showReport);
    if (answer === resume) await actions.resume(report, remaining);
    if (answer === showReport) await actions.showReport(report);
  }

  private showOtherWindows(plans: readonly Plan[]) {
    const { service } = this.deps;
    const { graph } = service.snapshot;
    for (const plan of plans) {
      // The graph has no volumes; the other window's journal lists those still to be removed.
      const isLeft = (key: NodeKey) =>
        isVolume(key) ? service.isBusyInOtherWindow(key) : graph.get(key) !== undefined;
      const isOver = this.recovered.has(plan.id) || ![...plan.nodes.keys()].some(isLeft);
      if (!isOver) void showInformation(otherWindowText(plan));
    }
  }
}
