import * as vscode from 'vscode';
import type { Change } from '../graph/action';
import type { NodeKey, VolumeNode } from '../graph/model';
import { isVolume } from '../graph/model';
import type { PlanOptions, Plan, Scope } from '../graph/plan';
import type { PruneWish } from '../graph/prune';
import { pruneScope } from '../graph/prune';
import { optionsAgain } from '../graph/retry';
import type { Report } from '../graph/report';
import type { PodgraphService } from '../service/service';
import type { Confirm } from '../view/confirm';
import type { ContextKeys } from '../view/context';
import type { FailureBadge } from '../view/failureBadge';
import type { ShownLog } from '../view/keptLog';
import { showInformation, showWarning } from '../view/display';
import { showRun } from '../view/runProgress';
import type { ReportDocuments } from '../view/reportDocuments';
import { actionWords } from '../view/words/action';
import { plainMessage, plainText } from '../view/words/plainText';
import { engineName } from '../view/words/engine';
import { failureWords } from '../view/words/failure';
import { namesIn } from '../view/words/plan';
import { reportForLog, reportWords, retryable } from '../view/words/report';
import type { Planning, Wish } from './planning';

export interface ActionParts {
  readonly service: PodgraphService;
  readonly planning: Planning;
  readonly context: ContextKeys;
  readonly failures: FailureBadge;
  readonly log: ShownLog;
  readonly reports: ReportDocuments;
}

/**
 * The one way to removals and changes of state. Palette, title, context menu and Delete key only differ in the scope that they
 * pass: plan, ask, run, tell.
 */
export class Actions implements vscode.Disposable {
  private last: Report | undefined;
  private readonly settled: { dispose(): void };

  constructor(private readonly parts: ActionParts) {
    this.settled = parts.service.onDidSettle((report) => void this.tell(report));
  }

  /** Each plan that a person was asked about, or that ran unasked. */
  get onDidOfferPlan(): vscode.Event<Plan> {
    return this.parts.planning.onDidOfferPlan;
  }

  /** Puts another in the place of the person who is asked; without one, modal dialogs ask again. */
  setConfirm(confirm: Confirm | undefined) {
    this.parts.planning.setConfirm(confirm);
  }

  /** Removes what a person pointed at, after asking. Resolves when the removal has ended, or was not wanted. */
  removeAll(scope: Scope, dependents: PlanOptions['dependents']): Promise<Report | undefined> {
    return this.fulfil({ scope, dependents, running: 'stop', preview: false });
  }

  /** Shows what a removal would do; it runs from there, if a person says so. */
  preview(scope: Scope, dependents: PlanOptions['dependents']): Promise<Report | undefined> {
    return this.fulfil({ scope, dependents, running: 'stop', preview: true });
  }

  /** Starts, stops, pauses … what a person pointed at, by the same way. */
  change(action: Change, scope: Scope, dependents: PlanOptions['dependents']): Promise<Report | undefined> {
    return this.fulfil({ action, scope, dependents, running: 'stop', preview: false });
  }

  /** Shows what has ended and would be cleared away; just that goes, if a person says so. */
  async prune(wish: PruneWish): Promise<Report | undefined> {
    const { service } = this.parts;
    await service.refresh();
    const volumes = wish.volumes ? await this.danglingVolumes() : [];
    const scope = pruneScope(service.snapshot.graph, wish, volumes);
    return this.fulfil({ scope, dependents: 'refuse', running: 'refuse', preview: true });
  }

  /** Completes an interrupted run, with the options of its plan. */
  resume({ plan }: Report, remaining: readonly NodeKey[]): Promise<Report | undefined> {
    const scope = { chosen: remaining, everything: false };
    return this.fulfil({ ...optionsAgain(plan), scope, dependents: 'refuse', preview: false });
  }

  async retryFailed(): Promise<Report | undefined> {
    const report = this.last;
    if (!report) return undefined;
    const { graph } = this.parts.service.snapshot;
    const chosen = retryable(report).filter((key) => isVolume(key) || graph.get(key));
    const scope = { chosen, everything: false };
    return this.fulfil({ ...optionsAgain(report.plan), scope, preview: false, confirmed: report.plan });
  }

  cancel() {
    for (const run of this.parts.service.runs.values()) run.cancel();
  }

  /** Ends the time to stop of these containers, or of all that are being stopped. */
  async killNow(keys?: readonly NodeKey[]): Promise<void> {
    const runs = [...this.parts.service.runs.values()];
    await Promise.all(runs.map((run) => run.killNow(keys)));
  }

  /** Shows a report, by itself that of the last run. */
  async showReport(report = this.last): Promise<void> {
    if (!report) return;
    this.parts.failures.see();
    await this.parts.reports.show(report);
  }

  async copyReport(): Promise<void> {
    if (this.last) await this.parts.reports.copy(this.last);
  }

  /** Takes note of a report that no run of this window made. */
  note(report: Report) {
    const { context, failures, log, reports } = this.parts;
    this.last = report;
    failures.tell(report);
    reports.keep(report);
    context.set('podgraph.hasReport', true);
    context.set('podgraph.hasFailed', retryable(report).length > 0);
    for (const line of reportForLog(report)) log.info(`${report.plan.action} ${report.plan.id}: ${line}`);
  }

  dispose() {
    this.settled.dispose();
  }

  /** Says which engines did not tell: what they hold is not shown, and must not be taken for nothing. */
  private async danglingVolumes(): Promise<readonly VolumeNode[]> {
    const { service, log } = this.parts;
    const { found, failed } = await service.danglingVolumes();
    for (const [id, error] of failed) {
      log.warn(`volumes of ${id}: ${error.message}`);
      const [name, why] = [plainText(engineName(id, service.snapshot)), failureWords(error.reason, error.words)];
      void showWarning(plainMessage(vscode.l10n.t('{0} did not tell its volumes: {1}.', name, why)));
    }
    return found;
  }

  private async fulfil(wish: Wish): Promise<Report | undefined> {
    const chosen = wish.scope.chosen.filter((key) => !this.parts.service.operationOf(key));
    const busy = wish.scope.chosen.length - chosen.length;
    if (chosen.length === 0) {
      const words = actionWords(wish.action ?? 'remove');
      void showInformation(plainMessage(busy > 0 ? words.busy : words.nothing));
      return undefined;
    }
    const plan = await this.parts.planning.planAndAsk({ ...wish, scope: { ...wish.scope, chosen } }, busy);
    return plan ? this.run(plan) : undefined;
  }

  private async run(plan: Plan): Promise<Report> {
    const { service } = this.parts;
    const report = await showRun(service.run(plan), namesIn(plan));
    void this.tell(report);
    return report;
  }

  private async tell(report: Report) {
    const { log } = this.parts;
    const failed = retryable(report).length > 0;
    this.note(report);
    const showReport = vscode.l10n.t('Show Report');
    const showLog = vscode.l10n.t('Show Log');
    const retry = vscode.l10n.t('Retry Failed');
    const show = failed ? showWarning : showInformation;
    const answer = await show(reportWords(report), ...(failed ? [retry] : []), showReport, showLog);
    if (answer === showLog) log.show();
    if (answer === showReport) await this.showReport(report);
    if (answer === retry) await this.retryFailed();
  }
}
