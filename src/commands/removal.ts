import * as vscode from 'vscode';
import { EngineError } from '../engine/error';
import type { NodeKey } from '../graph/model';
import { engineOf } from '../graph/model';
import type { PlanOptions, RemovalPlan, RemovalScope } from '../graph/plan';
import type { RemovalReport } from '../graph/report';
import type { PodgraphService } from '../service/service';
import type { Choice, Confirm } from '../view/confirm';
import { confirmInModal } from '../view/confirm';
import type { ContextKeys } from '../view/context';
import { showRemoval } from '../view/removalProgress';
import { readSettings } from '../view/settings';
import { clean } from '../view/words/clean';
import { failureWords } from '../view/words/failure';
import { dependentsQuestion, planDetail, planForLog, planQuestion, stayWords } from '../view/words/plan';
import { reportForLog, reportWords, retryable } from '../view/words/report';

/** What a question about a plan can be answered with; more ways on come in here. */
type Answer = { readonly kind: 'run'; readonly plan: RemovalPlan } | { readonly kind: 'includeDependents' };

export interface RemovalParts {
  readonly service: PodgraphService;
  readonly context: ContextKeys;
  readonly log: vscode.LogOutputChannel;
}

/**
 * The one way to removal. Palette, title, context menu and Delete key only differ in the scope that they pass: plan, ask,
 * run, tell.
 */
export class Removals implements vscode.Disposable {
  private confirm: Confirm = confirmInModal;
  private last: RemovalReport | undefined;
  private readonly offered = new vscode.EventEmitter<RemovalPlan>();
  private readonly settled: { dispose(): void };

  /** Each plan that a person was asked about, or that ran unasked. */
  readonly onDidOfferPlan = this.offered.event;

  constructor(private readonly parts: RemovalParts) {
    this.settled = parts.service.onDidSettle((report) => void this.tell(report));
  }

  /** Puts another in the place of the person who is asked; without one, modal dialogs ask again. */
  setConfirm(confirm: Confirm | undefined) {
    this.confirm = confirm ?? confirmInModal;
  }

  /** Removes what a person pointed at, after asking. Resolves when the removal has ended, or was not wanted. */
  async removeAll(scope: RemovalScope, dependents: PlanOptions['dependents']): Promise<RemovalReport | undefined> {
    const free = { ...scope, chosen: scope.chosen.filter((key) => !this.parts.service.operationOf(key)) };
    const busy = scope.chosen.length - free.chosen.length;
    if (free.chosen.length === 0) {
      void vscode.window.showInformationMessage(
        busy > 0 ? vscode.l10n.t('It is being removed already.') : vscode.l10n.t('There is nothing to remove.'),
      );
      return undefined;
    }
    const plan = await this.planAndAsk(free, dependents, busy);
    return plan ? this.run(plan) : undefined;
  }

  async retryFailed(): Promise<RemovalReport | undefined> {
    const report = this.last;
    if (!report) return undefined;
    const { graph } = this.parts.service.snapshot;
    const chosen = retryable(report).filter((key) => graph.get(key));
    return this.removeAll({ chosen, everything: false }, report.plan.options.dependents);
  }

  cancel() {
    for (const removal of this.parts.service.removals.values()) removal.cancel();
  }

  dispose() {
    this.settled.dispose();
    this.offered.dispose();
  }

  private async planAndAsk(
    scope: RemovalScope,
    dependents: PlanOptions['dependents'],
    busy: number,
  ): Promise<RemovalPlan | undefined> {
    try {
      const plan = await this.plan(scope, { dependents, running: 'stop' });
      if (plan.blockers.length > 0) {
        const include = await this.askForDependents(plan);
        return include ? await this.planAndAsk(scope, 'include', busy) : undefined;
      }
      if (plan.nodes.size === 0) return void this.sayNothingGoes(plan);
      return await this.ask(plan, busy);
    } catch (thrown) {
      void this.sayItFailed(EngineError.from(thrown));
      return undefined;
    }
  }

  private plan(scope: RemovalScope, options: PlanOptions): Promise<RemovalPlan> {
    const grace = readSettings()['removal.stopTimeout'] ?? undefined;
    return this.parts.service.plan(scope, { ...options, grace });
  }

  /** Something that was not chosen needs what was: whether it shall go too is asked, never assumed. */
  private async askForDependents(plan: RemovalPlan): Promise<boolean> {
    const include: Choice<Answer> = {
      label: vscode.l10n.t('Include What Needs It'),
      value: { kind: 'includeDependents' },
    };
    const answer = await this.offer({ ...dependentsQuestion(plan), choices: [include], plan });
    return answer?.kind === 'includeDependents';
  }

  private async ask(plan: RemovalPlan, busy: number): Promise<RemovalPlan | undefined> {
    const { confirmRemoval } = readSettings();
    if (confirmRemoval === 'never' || (confirmRemoval === 'whenRunning' && plan.counts.running === 0)) {
      this.announce(plan);
      return plan;
    }
    const lines = [planDetail(plan, (key) => this.nameOf(key))];
    if (busy > 0) lines.push(vscode.l10n.t('Left out, because it is being removed already: {0}.', busy));
    const answer = await this.offer({
      message: planQuestion(plan, (id) => this.parts.service.snapshot.engines.get(id)?.label ?? id),
      detail: lines.filter(Boolean).join('\n'),
      choices: await this.choicesFor(plan),
      plan,
    });
    return answer?.kind === 'run' ? answer.plan : undefined;
  }

  private async choicesFor(plan: RemovalPlan): Promise<Choice<Answer>[]> {
    const count = plan.nodes.size;
    if (plan.counts.running === 0) {
      return [{ label: vscode.l10n.t('Remove {0}', count), value: { kind: 'run', plan } }];
    }
    const choices: Choice<Answer>[] = [
      { label: vscode.l10n.t('Stop and Remove {0}', count), value: { kind: 'run', plan } },
    ];
    const stopped = await this.plan(plan.scope, { ...plan.options, running: 'leave' });
    if (stopped.nodes.size > 0 && stopped.blockers.length === 0) {
      choices.push({
        label: vscode.l10n.t('Remove {0} Stopped Only', stopped.nodes.size),
        value: { kind: 'run', plan: stopped },
      });
    }
    return choices;
  }

  private async offer(question: Parameters<typeof this.confirm<Answer>>[0]): Promise<Answer | undefined> {
    this.announce(question.plan);
    return (await this.confirm(question))?.value;
  }

  private announce(plan: RemovalPlan) {
    this.parts.log.info(`plan ${plan.id}: ${planForLog(plan)}`);
    this.offered.fire(plan);
  }

  private async run(plan: RemovalPlan): Promise<RemovalReport> {
    const { service } = this.parts;
    // Names are taken from the plan: what is gone has none in the graph any more.
    const report = await showRemoval(service.remove(plan), (key) => clean(plan.nodes.get(key)?.node.name ?? key));
    void this.tell(report);
    return report;
  }

  private async tell(report: RemovalReport) {
    const { context, log } = this.parts;
    const failed = retryable(report).length > 0;
    this.last = report;
    context.set('podgraph.hasFailed', failed);
    for (const line of reportForLog(report)) log.info(`removal ${report.plan.id}: ${line}`);
    const showLog = vscode.l10n.t('Show Log');
    const retry = vscode.l10n.t('Retry Failed');
    const show = failed ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
    const answer = await show(reportWords(report), ...(failed ? [retry, showLog] : [showLog]));
    if (answer === showLog) log.show();
    if (answer === retry) await this.retryFailed();
  }

  private sayNothingGoes(plan: RemovalPlan) {
    const stays = stayWords(plan.stays, (key) => this.nameOf(key));
    void vscode.window.showInformationMessage([vscode.l10n.t('There is nothing to remove.'), ...stays].join(' '));
  }

  private async sayItFailed(error: EngineError) {
    this.parts.log.error(`planning failed: ${error.message}`);
    const showLog = vscode.l10n.t('Show Log');
    const why = failureWords(error.reason, error.words);
    const message = vscode.l10n.t('Nothing was removed: {0}.', why);
    if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) this.parts.log.show();
  }

  private nameOf(key: NodeKey): string {
    const node = this.parts.service.snapshot.graph.get(key);
    return clean(node?.name ?? key.slice(engineOf(key).length + 1));
  }
}
