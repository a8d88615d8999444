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
 * Milliseconds until a run that seems to be another window's is reported. An extension host that was killed is back before its
 * own journal was seen to stand still; by then that is known.
 */
const unknownText = 15_000;

export interface RecoveryDeps {
  readonly service: PodgraphService;
  readonly actions: ActionCommands;
  readonly clock: Clock;
  readonly log: LogOutput;
}

/** What an earlier window left unfinished: says what happened, and offers to go on. */
export class RecoveryCommands implements vscode.Disposable {
  private started = false;
  private readonly recovered = new Set<string>();
  private readonly listening: readonly { dispose(): void }[];
  private reporting: (() => void) | undefined;

  constructor(private readonly deps: RecoveryDeps) {
    this.listening = [
      deps.service.onDidRecover((one) => void this.showRecovered(one)),
      deps.service.onDidSetAside((one) => void this.showWarning(quarantineText(one))),
    ];
  }

  /** Looks for what was left, once; engines may still be on their way. */
  async start(): Promise<void> {
    if (this.started) return;
    this.started = true;
    const { service, clock } = this.deps;
    const { otherWindows } = await service.recover();
    if (otherWindows.length > 0) this.reporting = clock.after(unknownText, () => this.showOtherWindows(otherWindows));
  }

  dispose() {
    this.reporting?.();
    for (const one of this.listening) one.dispose();
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
    const resume = vscode.l10n.t('Unpause');
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
      // No graph tells whether volumes are still there: of them the other window's journal does.
      const isLeft = (key: NodeKey) =>
        isVolume(key) ? service.isBusyInOtherWindow(key) : graph.get(key) !== undefined;
      const isOver = this.recovered.has(plan.id) || ![...plan.nodes.keys()].some(isLeft);
      if (!isOver) void showInformation(otherWindowText(plan));
    }
  }
}
