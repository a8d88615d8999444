import * as vscode from 'vscode';
import { EngineError } from '../engine/error';
import { type EngineId, engineOf, type NodeKey } from '../graph/model/model';
import type { Action } from '../graph/plan/lifecycleAction';
import type { Plan, PlanOptions, Scope } from '../graph/plan/plan';
import { isDisruptive, exceeds } from '../graph/plan/planAction';
import { type CommandLine, toShellCommands } from '../graph/plan/planCommands';
import type { PodgraphService } from '../service/service';
import type { LogOutput } from '../view/bufferedLog';
import { type Choice, type Confirm, confirmInModal } from '../view/confirm';
import { showError, showInformation } from '../view/display';
import type { LazyPreviews } from '../view/preview/lazyPreviews';
import { readSettings } from '../view/settings';
import { actionText } from '../view/text/action';
import { engineNameInPrompt } from '../view/text/engines';
import { type DisplayText, joinSentences, plainMessage, plainText } from '../view/text/format';
import { failureText } from '../view/text/outcome';
import { dependentsPrompt, planDetail, planForLog, planPrompt, retainText } from '../view/text/plan';
import { runButtonText } from '../view/text/preview';
import { filterNotice } from '../view/text/status';
import { isDemoNode } from './scope';

type ConfirmationResult =
  { readonly kind: 'run'; readonly plan: Plan } | { readonly kind: 'includeDependents' } | { readonly kind: 'preview' };

export interface PlanRequest extends Omit<PlanOptions, 'protects' | 'unreachable'> {
  readonly scope: Scope;
  /** A confirmed plan: confirmation is skipped unless the new plan exceeds it. */
  readonly confirmed?: Plan | undefined;
  /** Whether to open the preview in place of the dialog. */
  readonly preview: boolean;
}

export interface PlanningDeps {
  readonly service: PodgraphService;
  readonly log: LogOutput;
  readonly previews: Pick<LazyPreviews, 'show'>;
  readonly protects: PlanOptions['protects'];
  readonly commandLine: (id: EngineId, program: CommandLine['program']) => CommandLine;
  readonly viewScope: () => Scope;
}

/** Turns a request into a confirmed plan, through a dialog or the preview. */
export class Planning implements vscode.Disposable {
  private confirm: Confirm = confirmInModal;
  private readonly planEmitter = new vscode.EventEmitter<Plan>();
  readonly onDidOfferPlan = this.planEmitter.event;

  constructor(private readonly deps: PlanningDeps) {}

  setConfirm(confirm: Confirm | undefined) {
    this.confirm = confirm ?? confirmInModal;
  }

  dispose() {
    this.planEmitter.dispose();
  }

  /** Resolves with the confirmed plan, or undefined if none was confirmed; planning errors are shown, not thrown. */
  async planAndConfirm(request: PlanRequest, busyCount: number): Promise<Plan | undefined> {
    try {
      const plan = await this.plan(request.scope, request);
      if (plan.nodes.size === 0) return void this.showNothingToDo(plan);
      if (request.preview) return await this.showPreview(plan);
      const answer =
        plan.blockers.length > 0
          ? await this.confirmBlockers(plan)
          : await this.prompt(plan, busyCount, request.confirmed);
      switch (answer?.kind) {
        case 'run':
          return answer.plan;
        case 'preview':
          return await this.showPreview(plan);
        case 'includeDependents':
          return await this.planAndConfirm({ ...request, dependents: 'include' }, busyCount);
        case undefined:
          return undefined;
      }
    } catch (thrown) {
      void this.showPlanError(EngineError.from(thrown), request.action);
      return undefined;
    }
  }

  private plan(scope: Scope, options: PlanOptions): Promise<Plan> {
    const { action, dependents, running, excluded } = options;
    // A repeated plan keeps its stop timeout even if the setting has changed.
    const stopTimeout = 'stopTimeout' in options ? options.stopTimeout : (readSettings()['stopTimeout'] ?? undefined);
    const { service, protects } = this.deps;
    return service.plan(scope, { action, dependents, running, excluded, stopTimeout, protects });
  }

  /** Resolves with the plan confirmed in the preview, which may differ from the given one. */
  private async showPreview(plan: Plan): Promise<Plan | undefined> {
    const { previews, service } = this.deps;
    this.emitPlan(plan);
    const confirmed = await previews.show(plan, {
      engineLabel: (id) => engineNameInPrompt(id, service.snapshot),
      engineType: (id) => service.snapshot.engines.get(id)?.info?.type ?? 'podman',
      replan: (before, options) => this.plan(this.refreshScope(before.scope), options),
      copy: (current) => void this.copyCommands(current),
    });
    if (confirmed && confirmed !== plan) this.emitPlan(confirmed);
    return confirmed;
  }

  /** A scope of the whole view is taken again from the current view; one of the demo stays one of the demo. */
  private refreshScope(scope: Scope): Scope {
    if (!scope.isAll) return scope;
    const { service, viewScope } = this.deps;
    const now = viewScope();
    const isDemo = scope.chosen.some((key) => isDemoNode(key, service.snapshot));
    const chosen = now.chosen.filter((key) => isDemoNode(key, service.snapshot) === isDemo);
    return { ...now, chosen: chosen.filter((key) => !service.operationOf(key)) };
  }

  private async copyCommands(plan: Plan) {
    const { engines } = this.deps.service.snapshot;
    const lines = toShellCommands(plan, (id) => this.deps.commandLine(id, engines.get(id)?.info?.type ?? 'podman'));
    await vscode.env.clipboard.writeText(`${lines.join('\n')}\n`);
    const copied =
      lines.length === 1 ? vscode.l10n.t('1 command copied.') : vscode.l10n.t('{0} commands copied.', lines.length);
    void showInformation(plainMessage(copied));
  }

  /** Asks whether to include the nodes that block the plan; they are never included without asking. */
  private async confirmBlockers(plan: Plan): Promise<ConfirmationResult | undefined> {
    const { message, detail, include } = dependentsPrompt(plan);
    const includeChoice: Choice<ConfirmationResult> = { label: include, value: { kind: 'includeDependents' } };
    const lines = [filterNotice(plan.scope), detail];
    const choices = [includeChoice, previewChoice()];
    return this.showDialog({ message, detail: lines.filter(Boolean).join('\n'), choices, plan });
  }

  private async prompt(
    plan: Plan,
    busyCount: number,
    confirmed: Plan | undefined,
  ): Promise<ConfirmationResult | undefined> {
    if (confirmed ? !exceeds(plan, confirmed) : !needsConfirmation(plan)) {
      this.emitPlan(plan);
      return { kind: 'run', plan };
    }
    const lines = [filterNotice(plan.scope), this.demoNotice(plan), planDetail(plan, (key) => this.nameOf(key))];
    if (busyCount > 0)
      lines.push(vscode.l10n.t('Skipped, because another action is already in progress: {0}.', busyCount));
    return this.showDialog({
      message: planPrompt(plan, (id) => engineNameInPrompt(id, this.deps.service.snapshot)),
      detail: lines.filter(Boolean).join('\n'),
      choices: [...(await this.choicesFor(plan)), previewChoice()],
      plan,
    });
  }

  /** Says that a plan of the whole view leaves out the demo engine; empty if it has no part in it. */
  private demoNotice({ scope }: Plan): string {
    const { snapshot } = this.deps.service;
    const hasReal = scope.isAll && scope.chosen.some((key) => !isDemoNode(key, snapshot));
    const hasDemo = [...snapshot.engines.values()].some(({ isDemo }) => isDemo);
    return hasReal && hasDemo ? vscode.l10n.t('The demo engine is not included.') : '';
  }

  private async choicesFor(plan: Plan): Promise<Choice<ConfirmationResult>[]> {
    const toRun = (one: Plan): Choice<ConfirmationResult> => ({
      label: runButtonText(one),
      value: { kind: 'run', plan: one },
    });
    if (plan.action !== 'remove' || plan.counts.running === 0) return [toRun(plan)];
    const stoppedOnly = await this.plan(plan.scope, { ...plan.options, running: 'skip' });
    const isUseful = stoppedOnly.nodes.size > 0 && stoppedOnly.blockers.length === 0;
    return [toRun(plan), ...(isUseful ? [toRun(stoppedOnly)] : [])];
  }

  private async showDialog(
    prompt: Parameters<typeof this.confirm<ConfirmationResult>>[0],
  ): Promise<ConfirmationResult | undefined> {
    this.emitPlan(prompt.plan);
    return (await this.confirm(prompt))?.value;
  }

  private emitPlan(plan: Plan) {
    this.deps.log.info(`plan ${plan.id}: ${planForLog(plan)}`);
    this.planEmitter.fire(plan);
  }

  private showNothingToDo(plan: Plan) {
    const retained = retainText(plan.retained, (key) => this.nameOf(key));
    void showInformation(joinSentences([actionText(plan.action).nothing, ...retained]));
  }

  private async showPlanError(error: EngineError, action: Action = 'remove') {
    this.deps.log.error(`planning failed: ${error.message}`);
    const showLog = vscode.l10n.t('Show Log');
    const reason = failureText(error.reason, error.detail);
    const message = joinSentences([actionText(action).nothingDone, vscode.l10n.t("Can't create a plan: {0}.", reason)]);
    if ((await showError(message, showLog)) === showLog) this.deps.log.show();
  }

  private nameOf(key: NodeKey): DisplayText {
    const node = this.deps.service.snapshot.graph.get(key);
    return plainText(node?.name ?? key.slice(engineOf(key).length + 1));
  }
}

function needsConfirmation(plan: Plan): boolean {
  const { confirmRemoval, confirmLifecycleActions } = readSettings();
  if (plan.action === 'remove') {
    return confirmRemoval === 'always' || (confirmRemoval === 'whenRunning' && plan.counts.running > 0);
  }
  return confirmLifecycleActions === 'always' || (confirmLifecycleActions === 'whenDisruptive' && isDisruptive(plan));
}

function previewChoice(): Choice<ConfirmationResult> {
  return { label: vscode.l10n.t('Preview Plan'), value: { kind: 'preview' } };
}
