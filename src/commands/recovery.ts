import * as vscode from 'vscode';
import type { Clock } from '../clock';
import type { NodeKey } from '../graph/model';
import { isVolume } from '../graph/model';
import type { Plan } from '../graph/plan';
import type { PodgraphService, Recovered } from '../service/service';
import { showInformation, showWarning } from '../view/display';
import type { ShownLog } from '../view/keptLog';
import { elsewhereWords, recoveredWords, setAsideWords } from '../view/words/recovery';
import type { DisplayText } from '../view/words/plainText';
import type { Actions } from './actions';

/**
 * Milliseconds until a run that seems to be another window's is reported. An extension host that was killed is back before its
 * own journal was seen to stand still; by then that is known.
 */
const doubt = 15_000;

export interface RecoveryParts {
  readonly service: PodgraphService;
  readonly actions: Actions;
  readonly clock: Clock;
  readonly log: ShownLog;
}

/** What an earlier window left unfinished: says what happened, and offers to go on. */
export class RecoveryCommands implements vscode.Disposable {
  private begun = false;
  private readonly recovered = new Set<string>();
  private readonly listening: readonly { dispose(): void }[];
  private telling: (() => void) | undefined;

  constructor(private readonly parts: RecoveryParts) {
    this.listening = [
      parts.service.onDidRecover((one) => void this.tell(one)),
      parts.service.onDidSetAside((one) => void this.warn(setAsideWords(one))),
    ];
  }

  /** Looks for what was left, once; engines may still be on their way. */
  async begin(): Promise<void> {
    if (this.begun) return;
    this.begun = true;
    const { service, clock } = this.parts;
    const { elsewhere } = await service.recover();
    if (elsewhere.length > 0) this.telling = clock.after(doubt, () => this.tellElsewhere(elsewhere));
  }

  dispose() {
    this.telling?.();
    for (const one of this.listening) one.dispose();
  }

  private async warn(words: DisplayText) {
    const showLog = vscode.l10n.t('Show Log');
    if ((await showWarning(words, showLog)) === showLog) this.parts.log.show();
  }

  private async tell({ report, remaining }: Recovered) {
    const { actions } = this.parts;
    this.recovered.add(report.plan.id);
    actions.note(report);
    const words = recoveredWords(report, remaining.length);
    const resume = vscode.l10n.t('Resume');
    const showReport = vscode.l10n.t('Show Report');
    const answer =
      remaining.length > 0
        ? await showWarning(words, resume, showReport, vscode.l10n.t('Dismiss'))
        : await showInformation(words, showReport);
    if (answer === resume) await actions.resume(report, remaining);
    if (answer === showReport) await actions.showReport(report);
  }

  private tellElsewhere(plans: readonly Plan[]) {
    const { service } = this.parts;
    const { graph } = service.snapshot;
    for (const plan of plans) {
      // No graph tells whether volumes are still there: of them the other window's journal does.
      const isLeft = (key: NodeKey) => (isVolume(key) ? service.isElsewhere(key) : graph.get(key) !== undefined);
      const isOver = this.recovered.has(plan.id) || ![...plan.nodes.keys()].some(isLeft);
      if (!isOver) void showInformation(elsewhereWords(plan));
    }
  }
}
