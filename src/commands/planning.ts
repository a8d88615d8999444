import * as vscode from 'vscode';
import { EngineError } from '../engine/error';
import type { Action } from '../graph/action';
import type { EngineId, NodeKey } from '../graph/model';
import { engineOf } from '../graph/model';
import type { PlanOptions, Plan, Scope } from '../graph/plan';
import { hurts } from '../graph/planAction';
import { type CommandLine, planCommands } from '../graph/planCommands';
import { exceeds } from '../graph/retry';
import type { PodgraphService } from '../service/service';
import type { Choice, Confirm } from '../view/confirm';
import { confirmInModal } from '../view/confirm';
import { showError, showInformation } from '../view/display';
import type { ShownLog } from '../view/keptLog';
import type { LazyPreviews } from '../view/preview/lazyPreviews';
import { readSettings } from '../view/settings';
import { actionWords } from '../view/words/action';
import type { DisplayText } from '../view/words/plainText';
import { plainMessage, plainText } from '../view/words/plainText';
import { sentences } from '../view/words/count';
import { engineName } from '../view/words/engine';
import { failureWords } from '../view/words/failure';
import { narrowedWords } from '../view/words/narrowing';
import { runWords } from '../view/words/preview';
import { dependentsQuestion, planDetail, planForLog, planQuestion, stayWords } from '../view/words/plan';

/** What a question about a plan can be answered with. */
type Answer =
  { readonly kind: 'run'; readonly plan: Plan } | { readonly kind: 'includeDependents' } | { readonly kind: 'preview' };

/** What a person wants to be done with what was pointed at. */
export interface Wish extends Omit<PlanOptions, 'protects' | 'away'> {
  readonly scope: Scope;
  /** A plan that the user has confirmed: asked again is only what exceeds it. */
  readonly confirmed?: Plan | undefined;
  /** Whether the plan is to be looked at before it is asked about. */
  readonly preview: boolean;
}

export interface PlanningParts {
  readonly service: PodgraphService;
  readonly log: ShownLog;
  readonly previews: Pick<LazyPreviews, 'ask'>;
  /** What is kept out of every plan. */
  readonly protects: PlanOptions['protects'];
  /** How a shell reaches an engine. */
  readonly commandLine: (id: EngineId, program: CommandLine['program']) => CommandLine;
  /** All that the view shows now. */
  readonly everything: () => Scope;
}

/** From a wish to a plan that a person has said yes to: by a question, or on the preview's page. */
export class Planning implements vscode.Disposable {
  private confirm: Confirm = confirmInModal;
  private readonly offered = new vscode.EventEmitter<Plan>();

  /** Each plan that a person was asked about, or that ran unasked. */
  readonly onDidOfferPlan = this.offered.event;

  constructor(private readonly parts: PlanningParts) {}

  /** Puts another in the place of the person who is asked; without one, modal dialogs ask again. */
  setConfirm(confirm: Confirm | undefined) {
    this.confirm = confirm ?? confirmInModal;
  }

  dispose() {
    this.offered.dispose();
  }

  /** Plans, and asks. Resolves with the plan that was confirmed, or with undefined when none was. */
  async planAndAsk(wish: Wish, busy: number): Promise<Plan | undefined> {
    try {
      const plan = await this.plan(wish.scope, wish);
      if (plan.nodes.size === 0) return void this.sayNothingGoes(plan);
      if (wish.preview) return await this.lookAt(plan);
      const answer =
        plan.blockers.length > 0 ? await this.askAboutBlockers(plan) : await this.ask(plan, busy, wish.confirmed);
      switch (answer?.kind) {
        case 'run':
          return answer.plan;
        case 'preview':
          return await this.lookAt(plan);
        case 'includeDependents':
          return await this.planAndAsk({ ...wish, dependents: 'include' }, busy);
        case undefined:
          return undefined;
      }
    } catch (thrown) {
      void this.sayItFailed(EngineError.from(thrown), wish.action);
      return undefined;
    }
  }

  private plan(scope: Scope, options: PlanOptions): Promise<Plan> {
    const { action, dependents, running, excluded } = options;
    // A plan that is made again keeps its stop timeout, whatever the setting is now.
    const grace = 'grace' in options ? options.grace : (readSettings()['removal.stopTimeout'] ?? undefined);
    const { service, protects } = this.parts;
    return service.plan(scope, { action, dependents, running, excluded, grace, protects });
  }

  /** Shows the plan on a page, where it can be changed. Resolves with the plan that was confirmed there. */
  private async lookAt(plan: Plan): Promise<Plan | undefined> {
    const { previews, service } = this.parts;
    this.announce(plan);
    const confirmed = await previews.ask(plan, {
      engineLabel: (id) => engineName(id, service.snapshot),
      engineFlavour: (id) => service.snapshot.engines.get(id)?.info?.flavour ?? 'podman',
      replan: (before, options) => this.plan(this.scopeNow(before.scope), options),
      copy: (shown) => void this.copyCommands(shown),
    });
    if (confirmed && confirmed !== plan) this.announce(confirmed);
    return confirmed;
  }

  /** Everything is what there is now. */
  private scopeNow(scope: Scope): Scope {
    if (!scope.everything) return scope;
    const now = this.parts.everything();
    return { ...now, chosen: now.chosen.filter((key) => !this.parts.service.operationOf(key)) };
  }

  private async copyCommands(plan: Plan) {
    const { engines } = this.parts.service.snapshot;
    const lines = planCommands(plan, (id) => this.parts.commandLine(id, engines.get(id)?.info?.flavour ?? 'podman'));
    await vscode.env.clipboard.writeText(`${lines.join('\n')}\n`);
    const copied =
      lines.length === 1 ? vscode.l10n.t('1 command copied.') : vscode.l10n.t('{0} commands copied.', lines.length);
    void showInformation(plainMessage(copied));
  }

  /** What was not chosen and needs what was, or what runs and was not to be stopped: what then, is asked, never assumed. */
  private async askAboutBlockers(plan: Plan): Promise<Answer | undefined> {
    const { message, detail, include } = dependentsQuestion(plan);
    const more: Choice<Answer> = { label: include, value: { kind: 'includeDependents' } };
    const lines = [narrowedWords(plan.scope), detail];
    return this.offer({ message, detail: lines.filter(Boolean).join('\n'), choices: [more, previewChoice()], plan });
  }

  private async ask(plan: Plan, busy: number, confirmed: Plan | undefined): Promise<Answer | undefined> {
    if (confirmed ? !exceeds(plan, confirmed) : !mustAsk(plan)) {
      this.announce(plan);
      return { kind: 'run', plan };
    }
    const lines = [narrowedWords(plan.scope), planDetail(plan, (key) => this.nameOf(key))];
    if (busy > 0) lines.push(vscode.l10n.t('Left out, because it is being worked on already: {0}.', busy));
    return this.offer({
      message: planQuestion(plan, (id) => engineName(id, this.parts.service.snapshot)),
      detail: lines.filter(Boolean).join('\n'),
      choices: [...(await this.choicesFor(plan)), previewChoice()],
      plan,
    });
  }

  private async choicesFor(plan: Plan): Promise<Choice<Answer>[]> {
    const toRun = (one: Plan): Choice<Answer> => ({ label: runWords(one), value: { kind: 'run', plan: one } });
    if (plan.action !== 'remove' || plan.counts.running === 0) return [toRun(plan)];
    const stopped = await this.plan(plan.scope, { ...plan.options, running: 'leave' });
    const isWorthAsking = stopped.nodes.size > 0 && stopped.blockers.length === 0;
    return [toRun(plan), ...(isWorthAsking ? [toRun(stopped)] : [])];
  }

  private async offer(question: Parameters<typeof this.confirm<Answer>>[0]): Promise<Answer | undefined> {
    this.announce(question.plan);
    return (await this.confirm(question))?.value;
  }

  private announce(plan: Plan) {
    this.parts.log.info(`plan ${plan.id}: ${planForLog(plan)}`);
    this.offered.fire(plan);
  }

  private sayNothingGoes(plan: Plan) {
    const stays = stayWords(plan.stays, (key) => this.nameOf(key));
    void showInformation(sentences([actionWords(plan.action).nothing, ...stays]));
  }

  private async sayItFailed(error: EngineError, action: Action = 'remove') {
    this.parts.log.error(`planning failed: ${error.message}`);
    const showLog = vscode.l10n.t('Show Log');
    const why = failureWords(error.reason, error.words);
    const message = sentences([actionWords(action).nothingDone, vscode.l10n.t('It could not be planned: {0}.', why)]);
    if ((await showError(message, showLog)) === showLog) this.parts.log.show();
  }

  private nameOf(key: NodeKey): DisplayText {
    const node = this.parts.service.snapshot.graph.get(key);
    return plainText(node?.name ?? key.slice(engineOf(key).length + 1));
  }
}

/** Removals by their setting; changes of state where they hurt: kills, and stops of more than was pointed at. */
function mustAsk(plan: Plan): boolean {
  const { confirmRemoval, confirmChanges } = readSettings();
  if (plan.action === 'remove') {
    return confirmRemoval === 'always' || (confirmRemoval === 'whenRunning' && plan.counts.running > 0);
  }
  return confirmChanges === 'always' || (confirmChanges === 'whenItHurts' && hurts(plan));
}

function previewChoice(): Choice<Answer> {
  return { label: vscode.l10n.t('Preview Plan'), value: { kind: 'preview' } };
}
