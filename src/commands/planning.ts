import * as vscode from 'vscode';
import { EngineError } from '../engine/error';
import { type EngineId, engineOf, type NodeKey } from '../graph/model/model';
import { choosableVolumes } from '../graph/plan/anonymousVolumes';
import type { Action } from '../graph/plan/lifecycleAction';
import { quadletsOf } from '../graph/plan/managed';
import type { Plan, PlanOptions, Scope } from '../graph/plan/plan';
import { isDisruptive, exceeds } from '../graph/plan/planAction';
import type { CommandLine } from '../graph/plan/planCommands';
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
import { planForLog } from '../view/text/plan';
import { filterNotice } from '../view/text/status';
import { backUpText } from '../view/text/volumes';
import { isDemoNode } from './scope';

/** Loads the bundle with the texts of confirmations. */
const loadTexts = () => import('../view/text/confirmation');

type ConfirmationResult =
  | { readonly kind: 'run'; readonly plan: Plan }
  /** The plan deletes volumes, which are saved first. */
  | { readonly kind: 'backUp'; readonly plan: Plan }
  | { readonly kind: 'preview' }
  /** Files of its units have changed: systemd reads them, and it is planned again. */
  | { readonly kind: 'reload' };

export interface PlanRequest extends Omit<PlanOptions, 'protects' | 'unreachable'> {
  readonly scope: Scope;
  /** A confirmed plan: confirmation is skipped unless the new plan exceeds it. */
  readonly confirmed?: Plan | undefined;
  /** Whether to open the preview in place of the dialog. */
  readonly preview: boolean;
}

interface PlanningDeps {
  readonly service: PodgraphService;
  readonly log: LogOutput;
  readonly previews: Pick<LazyPreviews, 'show'>;
  readonly protects: PlanOptions['protects'];
  readonly commandLine: (id: EngineId, program: CommandLine['program']) => CommandLine;
  readonly viewScope: () => Scope;
  /** Resolves with undefined if the user cancels. */
  readonly pickBackupFolder: () => Promise<string | undefined>;
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
      const selected = await this.plan(request.scope, request);
      const isOffered = selected.nodes.size > 0 || (request.scope.isPrune && (request.excluded ?? []).length > 0);
      if (request.preview && isOffered) return await this.showPreview(selected);
      // Dependents are never affected without confirmation: one dialog names them.
      const isBlocked = selected.blockers.length > 0;
      const plan = isBlocked
        ? await this.plan(request.scope, { ...request, dependents: 'include' }, selected)
        : selected;
      if (plan.blockers.length > 0) return await this.showPreview(plan);
      if (plan.nodes.size === 0) {
        // Of units without containers, nothing but their Quadlet files can be removed.
        const onlyQuadlets = !request.removeQuadlets && !plan.scope.isAll && quadletsOf(plan).length > 0;
        if (onlyQuadlets) return await this.planAndConfirm({ ...request, removeQuadlets: true }, busyCount);
        return void this.showNothingToDo(plan);
      }
      const answer = await this.prompt(plan, busyCount, request.confirmed, isBlocked);
      if (answer?.kind === 'reload') {
        await this.deps.service.reloadSystemd(plan);
        return await this.planAndConfirm(request, busyCount);
      }
      if (answer?.kind === 'backUp') return await this.withBackups(answer.plan);
      return answer?.kind === 'preview' ? await this.showPreview(plan) : answer?.plan;
    } catch (thrown) {
      void this.showPlanError(EngineError.from(thrown), request.action);
      return undefined;
    }
  }

  /** Plans with the current settings and protections. Rejects with an `EngineError`; `sibling` as in `Service.plan`. */
  plan(scope: Scope, options: PlanOptions, sibling?: Plan): Promise<Plan> {
    const { action, dependents, running, excluded, removal, recreate, backupFolder, withoutSystemd, removeQuadlets } =
      options;
    // A repeated plan keeps its stop timeout even if the setting has changed.
    const stopTimeout = 'stopTimeout' in options ? options.stopTimeout : (readSettings()['stopTimeout'] ?? undefined);
    const { waitForHealth } = 'waitForHealth' in options ? options : readSettings();
    const deletedVolumes = 'deletedVolumes' in options ? options.deletedVolumes : volumesToDelete();
    return this.deps.service.plan(
      scope,
      {
        action,
        dependents,
        running,
        excluded,
        removal,
        recreate,
        deletedVolumes,
        backupFolder,
        withoutSystemd,
        removeQuadlets,
        stopTimeout,
        waitForHealth,
        protects: this.deps.protects,
      },
      sibling,
    );
  }

  /** Resolves with the plan confirmed in the preview, which may differ from the given one. */
  async showPreview(plan: Plan): Promise<Plan | undefined> {
    const { previews, service } = this.deps;
    this.emitPlan(plan);
    const confirmed = await previews.show(plan, {
      engineLabel: (id) => engineNameInPrompt(id, service.snapshot),
      engineType: (id) => service.snapshot.engines.get(id)?.info?.type ?? 'podman',
      replan: (before, options) => this.plan(this.refreshScope(before.scope), options),
      copy: (current) => void this.copyCommands(current),
      pickBackupFolder: () => this.deps.pickBackupFolder(),
      measureSizes: async (engines) =>
        void (await Promise.allSettled([...engines].map((id) => service.listWithSizes(id)))),
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
    const { toShellCommands } = await import('../graph/plan/planCommands');
    const lines = toShellCommands(plan, (id) => this.deps.commandLine(id, engines.get(id)?.info?.type ?? 'podman'));
    await vscode.env.clipboard.writeText(`${lines.join('\n')}\n`);
    const copied =
      lines.length === 1 ? vscode.l10n.t('1 command copied.') : vscode.l10n.t('{0} commands copied.', lines.length);
    void showInformation(plainMessage(copied));
  }

  private async prompt(
    plan: Plan,
    busyCount: number,
    confirmed: Plan | undefined,
    mustAsk: boolean,
  ): Promise<ConfirmationResult | undefined> {
    if (confirmed ? !exceeds(plan, confirmed) : !mustAsk && !needsConfirmation(plan)) {
      this.emitPlan(plan);
      return { kind: 'run', plan };
    }
    const { confirmationText } = await loadTexts();
    const { service } = this.deps;
    const hasVolumes = choosableVolumes(plan).length > 0;
    const sizes = hasVolumes ? await (await import('./dialogs')).sizesForConfirmation(service, plan) : undefined;
    const { message, detail } = confirmationText(
      plan,
      (key) => this.nameOf(key),
      (id) => engineNameInPrompt(id, service.snapshot),
      sizes,
    );
    const lines = [filterNotice(plan.scope), this.demoNotice(plan), detail];
    if (busyCount > 0)
      lines.push(vscode.l10n.t('Skipped, because another action is already in progress: {0}.', busyCount));
    this.emitPlan(plan);
    const needsReload = [...plan.nodes.values()].some(({ systemd }) => systemd?.needsReload);
    const choices = [...(await this.choicesFor(plan)), ...(needsReload ? [reloadChoice()] : []), previewChoice()];
    return (await this.confirm({ message, detail: lines.filter(Boolean).join('\n'), choices, plan }))?.value;
  }

  /** Says that a plan of the whole view leaves out the demo engine; empty if it has no part in it. */
  private demoNotice({ scope }: Plan): string {
    const { snapshot } = this.deps.service;
    const hasReal = scope.isAll && scope.chosen.some((key) => !isDemoNode(key, snapshot));
    const hasDemo = [...snapshot.engines.values()].some(({ isDemo }) => isDemo);
    return hasReal && hasDemo ? vscode.l10n.t('The demo engine is not included.') : '';
  }

  private async choicesFor(plan: Plan): Promise<Choice<ConfirmationResult>[]> {
    const { runButtonText } = await loadTexts();
    const toRun = (one: Plan): Choice<ConfirmationResult> => ({
      label: runButtonText(one),
      value: { kind: 'run', plan: one },
    });
    if (plan.options.recreate === 'sameImages') {
      if (!(await (await import('./dialogs')).hasNewerImages(this.deps.service, plan))) return [toRun(plan)];
      return [toRun(plan), toRun(await this.plan(plan.scope, { ...plan.options, recreate: 'newestImages' }))];
    }
    if (plan.action !== 'remove') return [toRun(plan)];
    // One alternative: the preview has check boxes for volumes, Quadlet files and single nodes.
    const alternative =
      (await this.backUpChoice(plan)) ??
      (await this.quadletChoice(plan)) ??
      (await this.keepRunningChoice(plan, toRun));
    return [toRun(plan), ...(alternative ? [alternative] : [])];
  }

  /** The same plan, but running containers are kept. */
  private async keepRunningChoice(plan: Plan, toRun: (plan: Plan) => Choice<ConfirmationResult>) {
    if (plan.counts.running === 0) return undefined;
    const stopped = await this.plan(plan.scope, { ...plan.options, running: 'skip' }, plan);
    return stopped.nodes.size > 0 && stopped.blockers.length === 0 ? toRun(stopped) : undefined;
  }

  /** The same plan, but the Quadlet files of its containers are deleted. */
  private async quadletChoice(plan: Plan): Promise<Choice<ConfirmationResult> | undefined> {
    if (quadletsOf(plan).length === 0 || plan.options.removeQuadlets) return undefined;
    const { removeQuadletsText } = await loadTexts();
    const deleting = await this.plan(plan.scope, { ...plan.options, removeQuadlets: true }, plan);
    return { label: removeQuadletsText(quadletsOf(deleting).length), value: { kind: 'run', plan: deleting } };
  }

  /** The same plan, but all anonymous volumes are saved and deleted. */
  private async backUpChoice(plan: Plan): Promise<Choice<ConfirmationResult> | undefined> {
    const { options } = plan;
    const count = choosableVolumes(plan).length;
    if (count === 0 || readSettings().anonymousVolumes === 'keep' || options.backupFolder !== undefined)
      return undefined;
    const deleting = await this.plan(plan.scope, { ...options, deletedVolumes: 'all' }, plan);
    return { label: backUpText(count), value: { kind: 'backUp', plan: deleting } };
  }

  /** Resolves with undefined if the user selects no folder. */
  private async withBackups(plan: Plan): Promise<Plan | undefined> {
    const backupFolder = await this.deps.pickBackupFolder();
    return backupFolder === undefined ? undefined : { ...plan, options: { ...plan.options, backupFolder } };
  }

  private emitPlan(plan: Plan) {
    this.deps.log.info(`plan ${plan.id}: ${planForLog(plan)}`);
    this.planEmitter.fire(plan);
  }

  private async showNothingToDo(plan: Plan) {
    const { retainText } = await loadTexts();
    const retained = retainText(plan.retained, (key) => this.nameOf(key), plan.action === 'bringBack');
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

/** Volumes are deleted without confirmation only if so set. */
function volumesToDelete(): PlanOptions['deletedVolumes'] {
  return readSettings().anonymousVolumes === 'delete' ? 'all' : undefined;
}

function needsConfirmation(plan: Plan): boolean {
  const { confirmRemoval, confirmLifecycleActions } = readSettings();
  // The confirmation of the removal was about both.
  if (plan.action === 'bringBack') return plan.options.recreate === undefined || plan.retained.length > 0;
  if (plan.action === 'remove') {
    return confirmRemoval === 'always' || (confirmRemoval === 'whenRunning' && plan.counts.running > 0);
  }
  return confirmLifecycleActions === 'always' || (confirmLifecycleActions === 'whenDisruptive' && isDisruptive(plan));
}

function reloadChoice(): Choice<ConfirmationResult> {
  return { label: vscode.l10n.t('Reload systemd'), value: { kind: 'reload' } };
}

function previewChoice(): Choice<ConfirmationResult> {
  return { label: vscode.l10n.t('Preview'), value: { kind: 'preview' } };
}
