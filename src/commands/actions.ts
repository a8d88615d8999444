import * as vscode from 'vscode';
import { type NodeKey } from '../graph/model/model';
import { areVolumesAsPlanned } from '../graph/plan/anonymousVolumes';
import type { LifecycleAction } from '../graph/plan/lifecycleAction';
import type { Plan, PlanOptions, Scope } from '../graph/plan/plan';
import { retryOptions } from '../graph/plan/planAction';
import { isSuccessful, type Report } from '../graph/plan/report';
import { isResource } from '../graph/model/resources';
import type { PodgraphService, RecordedRemoval } from '../service/service';
import type { LogOutput } from '../view/bufferedLog';
import type { Confirm } from '../view/confirm';
import type { ContextKeys } from '../view/context';
import { showInformation, showWarning } from '../view/display';
import type { ReportProvider } from '../view/reportDocuments';
import { showRunProgress } from '../view/runProgress';
import type { FailureBadge, StatusBar } from '../view/statusBar';
import { actionText } from '../view/text/action';
import { joinSentences, plainMessage } from '../view/text/format';
import { nameResolver } from '../view/text/plan';
import { reportForLog, reportSummary, retryable } from '../view/text/report';
import type { Planning, PlanRequest } from './planning';
import { withoutDemo } from './scope';

/** Milliseconds: a longer run ends with a notification, because the user may have turned to something else. */
const quickRun = 5_000;

interface ActionDeps {
  readonly service: PodgraphService;
  readonly planning: Planning;
  readonly context: ContextKeys;
  readonly failures: FailureBadge;
  readonly statusBar: Pick<StatusBar, 'showResult'>;
  readonly log: LogOutput;
  readonly reports: ReportProvider;
}

/** Runs every removal and lifecycle action: plan, confirm, run, report. Callers differ only in the scope that they pass. */
export class ActionCommands implements vscode.Disposable {
  private latest: Report | undefined;
  private readonly reconciledListener: { dispose(): void };

  constructor(private readonly deps: ActionDeps) {
    this.reconciledListener = deps.service.onDidReconcile((report) => void this.showResult(report));
  }

  /** Fires for each plan before it is confirmed, or before it runs without confirmation. */
  get onDidOfferPlan(): vscode.Event<Plan> {
    return this.deps.planning.onDidOfferPlan;
  }

  /** Replaces the modal confirmation, for tests; undefined restores it. */
  setConfirm(confirm: Confirm | undefined) {
    this.deps.planning.setConfirm(confirm);
  }

  get lastReport(): Report | undefined {
    return this.latest;
  }

  /** Plans without asking or showing anything. */
  plan(scope: Scope, options: PlanOptions): Promise<Plan> {
    return this.deps.planning.plan(scope, options);
  }

  /** Opens the preview with exactly this plan; resolves with undefined unless the user runs a plan from there. */
  async offer(plan: Plan): Promise<Report | undefined> {
    const confirmed = await this.deps.planning.showPreview(plan);
    return confirmed ? this.run(confirmed) : undefined;
  }

  /** Removes the scope after confirmation. Resolves with undefined if the user cancels. */
  remove(scope: Scope, dependents: PlanOptions['dependents']): Promise<Report | undefined> {
    return this.execute({ scope, dependents, running: 'stop', preview: false });
  }

  /** Shows the plan of a removal; the user can run it from the preview. */
  preview(scope: Scope, dependents: PlanOptions['dependents']): Promise<Report | undefined> {
    return this.execute({ scope, dependents, running: 'stop', preview: true });
  }

  runLifecycleAction(
    action: LifecycleAction,
    scope: Scope,
    dependents: PlanOptions['dependents'],
  ): Promise<Report | undefined> {
    return this.execute({ action, scope, dependents, running: 'stop', preview: false });
  }

  /** Shows what can be pruned by kind; removes exactly what is included, and nothing that is running by then. */
  prune(chosen: readonly NodeKey[], excluded: readonly NodeKey[]): Promise<Report | undefined> {
    const scope: Scope = { chosen, isAll: false, isPrune: true };
    return this.execute({ scope, dependents: 'block', running: 'block', excluded, preview: true });
  }

  /** Shows the plan of a project's removal, in which the user can include what is offered: volumes and images. */
  removeProject(scope: Scope, offered: readonly NodeKey[]): Promise<Report | undefined> {
    return this.execute({ scope, excluded: offered, dependents: 'block', running: 'stop', preview: true });
  }

  /** Creates again what was removed, and starts what ran, after confirmation. */
  bringBack({ id, keys }: Pick<RecordedRemoval, 'id' | 'keys'>): Promise<Report | undefined> {
    const scope = { chosen: keys, isAll: false };
    return this.execute({
      action: 'bringBack',
      removal: id,
      scope,
      dependents: 'block',
      running: 'stop',
      preview: false,
    });
  }

  /** Removes the scope with its dependents and creates them again, after one confirmation. */
  async recreate(scope: Scope): Promise<Report | undefined> {
    const request = { dependents: 'include', running: 'stop', preview: false } as const;
    const removed = await this.execute({ ...request, scope, recreate: 'sameImages' });
    if (!removed) return undefined;
    const { id, options } = removed.plan;
    if (!this.deps.service.hasRecipes(id)) {
      const text = vscode.l10n.t('Nothing was removed, because what is needed to create it again could not be saved.');
      void showWarning(plainMessage(text));
      return removed;
    }
    const chosen = [...removed.nodes.keys()];
    const again = { action: 'bringBack', removal: id, recreate: options.recreate } as const;
    return this.execute({ ...request, ...again, scope: { chosen, isAll: false } });
  }

  /** Completes an interrupted run with the options of its plan. */
  resume({ plan }: Report, remaining: readonly NodeKey[]): Promise<Report | undefined> {
    const scope = { chosen: remaining, isAll: false };
    return this.execute({ ...retryOptions(plan), scope, dependents: 'block', preview: false });
  }

  async retryFailed(): Promise<Report | undefined> {
    const report = this.latest;
    if (!report) return undefined;
    const { graph } = this.deps.service.snapshot;
    const chosen = retryable(report).filter((key) => isResource(key) || graph.get(key));
    const scope = { chosen, isAll: false };
    return this.execute({ ...retryOptions(report.plan), scope, preview: false, confirmed: report.plan });
  }

  cancel() {
    for (const run of this.deps.service.runs.values()) run.cancel();
  }

  /** Kills these containers without waiting for their stop timeout; without keys, all that are stopping. */
  async killNow(keys?: readonly NodeKey[]): Promise<void> {
    const runs = [...this.deps.service.runs.values()];
    await Promise.all(runs.map((run) => run.killNow(keys)));
  }

  /** Starts all containers that wait for a condition of a dependency. */
  startAnyway() {
    for (const run of this.deps.service.runs.values()) run.startAnyway();
  }

  /** Shows a report; by default that of the last run. */
  async showReport(report = this.latest): Promise<void> {
    if (!report) return;
    this.deps.failures.clear();
    await this.deps.reports.show(report);
  }

  async copyReport(): Promise<void> {
    if (this.latest) await this.deps.reports.copy(this.latest);
  }

  /** Records a report as the last one, also one from another window's run. */
  recordReport(report: Report) {
    const { context, failures, log, reports } = this.deps;
    this.latest = report;
    failures.update(report);
    reports.add(report);
    context.set('podgraph.hasReport', true);
    context.set('podgraph.canRetry', retryable(report).length > 0);
    for (const line of reportForLog(report)) log.info(`${report.plan.action} ${report.plan.id}: ${line}`);
  }

  dispose() {
    this.reconciledListener.dispose();
  }

  private async execute(request: PlanRequest): Promise<Report | undefined> {
    const { service } = this.deps;
    const separate = withoutDemo(request.scope.chosen, service.snapshot);
    if (!request.scope.isAll && separate.length < request.scope.chosen.length) {
      const text = vscode.l10n.t('The selection includes containers of the demo engine and of real engines.');
      void showWarning(joinSentences([text, vscode.l10n.t('Select only one kind.')]));
      return undefined;
    }
    const chosen = separate.filter((key) => !service.operationOf(key));
    const busy = separate.length - chosen.length;
    if (chosen.length === 0) {
      const text = actionText(request.action ?? 'remove');
      void showInformation(
        plainMessage(busy > 0 ? vscode.l10n.t('Another action is already in progress.') : text.nothing),
      );
      return undefined;
    }
    const plan = await this.deps.planning.planAndConfirm({ ...request, scope: { ...request.scope, chosen } }, busy);
    return plan ? this.run(plan) : undefined;
  }

  private async run(plan: Plan): Promise<Report> {
    const { service } = this.deps;
    const report = await showRunProgress(service.run(plan), nameResolver(plan));
    // The creation that follows has the result.
    if (plan.action === 'remove' && plan.options.recreate) this.recordReport(report);
    else void this.showResult(report);
    return report;
  }

  private async showResult(report: Report) {
    const { log, statusBar } = this.deps;
    this.recordReport(report);
    const summary = reportSummary(report);
    if (isQuickSuccess(report)) return statusBar.showResult(summary);
    const failed = retryable(report).length > 0;
    const warns = failed || !areVolumesAsPlanned(report);
    const showReport = vscode.l10n.t('Show Report');
    const showLog = vscode.l10n.t('Show Log');
    const retry = vscode.l10n.t('Retry Failed');
    const show = warns ? showWarning : showInformation;
    const bringBack = vscode.l10n.t('Bring Back');
    const canBringBack = this.deps.service.hasRecipes(report.plan.id);
    const answer = await show(
      summary,
      ...(failed ? [retry] : []),
      ...(canBringBack ? [bringBack] : []),
      showReport,
      ...(failed ? [showLog] : []),
    );
    if (answer === showLog) log.show();
    if (answer === showReport) await this.showReport(report);
    if (answer === retry) await this.retryFailed();
    if (answer === bringBack) await this.bringBack({ id: report.plan.id, keys: [...report.nodes.keys()] });
  }
}

function isQuickSuccess(report: Report): boolean {
  return (
    !report.cancelled &&
    isSuccessful(report) &&
    areVolumesAsPlanned(report) &&
    report.endedAt - report.startedAt <= quickRun
  );
}
